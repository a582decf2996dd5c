/**
 * The image that carries what was changed in a stopped container over to another of other devices: one name for each
 * container, on the engine that has it.
 */
export function carriedRef(instance: string, containerId: number): string {
  return `berth-carried/${instance}:resume-${containerId}`;
}

/** Whose it is; undefined: no such name of this installation. */
export function containerCarried(instance: string, ref: string): number | undefined {
  const begins = `berth-carried/${instance}:resume-`;
  return ref.startsWith(begins) ? Number(ref.slice(begins.length)) : undefined;
}

/** The labels that say what such an image is. Containers made from it have them too. */
export const carriedLabels = {
  /** Number of the container. */
  container: "berth.resume",
  /** The run for which it was made, and the engine's container it was made of. */
  run: "berth.resume.run",
  of: "berth.resume.of",
  /** Bytes of all layers on top of the container's own image, those of earlier such images among them. */
  bytes: "berth.resume.bytes",
} as const;

/** What an image carries on top of the container's own image. */
export function carriedBytes(labels: Readonly<Record<string, string>>): number {
  return Number(labels[carriedLabels.bytes] ?? 0);
}
