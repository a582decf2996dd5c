import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { command, succeeds } from "./command.ts";

/**
 * The members' folders on a file system of their own kind: a bind mount of the folder onto itself, `nosuid,nodev`, so that
 * neither a setuid file nor a device node made by root in a container works on the host. Has the marker file that says
 * "the right disk is mounted". Safe to repeat.
 */
export async function mountWorkspaces(root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  if (!(await mountPointsBelow(root)).includes(root)) await command(["mount", "--bind", root, root]);
  await command(["mount", "-o", "remount,bind,nosuid,nodev", root]);
  await chmod(root, 0o700);
  await writeFile(
    join(root, ".berth-workspaces"),
    "The workspaces of Berth's members live here. Berth refuses to work without this file.\n",
  );
}

/** Unmounts everything at and below a folder, the deepest first. A mount that is busy is detached. */
export async function unmountBelow(folder: string): Promise<void> {
  for (const point of (await mountPointsBelow(folder)).reverse()) {
    if (!(await succeeds(["umount", point]))) await succeeds(["umount", "--lazy", point]);
  }
}

/** In the order in which they were mounted. */
export async function mountPointsBelow(folder: string): Promise<string[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8");
  const points = table.split("\n").map((line) => asWritten(line.split(" ")[4] ?? ""));
  return points.filter((point) => point === folder || point.startsWith(`${folder}/`));
}

/** The kernel writes a space as \040 and so on. */
function asWritten(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_all, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
