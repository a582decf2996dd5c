import { access, chmod, lchown, lstat, mkdir, rename } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { HostSilent } from "../errors.ts";

/** In the workspaces root of a disk that is mounted. Without it nothing is made: the path may be an empty mount point. */
export const workspacesMarker = ".berth-workspaces";

/** The directory above all workspaces: what stands before the first part with `{handle}` in it. */
export function workspacesRootOf(workspacePath: string): string {
  return dirname(`${workspacePath.slice(0, workspacePath.indexOf("{"))}x`);
}

/**
 * Makes the directory with mode 0700 for that uid; one that is there is left as it is. Directories between the root and it
 * belong to whoever runs this, 0700. Links are never followed: a part of the path that is one is an error.
 * Throws HostSilent if the marker file is missing.
 */
export async function ensureWorkspace(root: string, path: string, uid: number): Promise<void> {
  await needsMarker(root);
  const steps = namesBelow(root, path);
  let directory = root;
  for (const step of steps.slice(0, -1)) {
    directory = join(directory, step);
    if (!(await isDirectory(directory))) await makeDirectory(directory);
  }
  if (await isDirectory(path)) return;

  // Owner first, name last: whoever is killed in between leaves no workspace that its member can't write.
  const unfinished = join(dirname(path), `.new-${basename(path)}`);
  try {
    if (!(await isDirectory(unfinished))) await makeDirectory(unfinished);
    await lchown(unfinished, uid, uid);
    await rename(unfinished, path);
  } catch (error) {
    // Somebody else who made it at the same time was faster.
    if (!(await isDirectory(path))) throw error;
  }
}

/** The names from `root` to `path`, one at least. Throws where that is not a path below it, written without detours. */
export function namesBelow(root: string, path: string): string[] {
  const steps = relative(root, path).split("/");
  if (resolve(path) !== path || steps[0] === ".." || steps[0] === "")
    throw new Error(`${path} is not below ${root}`);
  return steps;
}

/** Throws `HostSilent` where the disk of the workspaces may not be there. */
export async function needsMarker(root: string): Promise<void> {
  try {
    await access(join(root, workspacesMarker));
  } catch {
    throw new HostSilent(
      `${root} has no file ${workspacesMarker}: the disk of the workspaces may not be mounted. If it is: touch ${join(root, workspacesMarker)}`,
    );
  }
}

async function makeDirectory(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  if (await isDirectory(path)) await chmod(path, 0o700);
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found !== undefined && !found.isDirectory()) throw new Error(`${path} is there and is no directory`);
  return found !== undefined;
}
