/** What a container is called in the engine and on the server: `vision._.ana`. */
export function containerName(project: string, handle: string): string {
  return `${project}._.${handle}`;
}

/** `vision._.ana` → `vision` */
export function projectOf(name: string): string {
  return name.split("._.")[0] ?? name;
}
