import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";

/**
 * Files of a directory whose owner may be root in a container and changes it while we look. Every directory on the way is held
 * open and the next name is looked up in it by its descriptor, without following links: what is read or written is inside,
 * whatever is moved or replaced meanwhile.
 */

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
/** A pipe would be waited for without the last. */
const asItIs = O_NOFOLLOW | O_NONBLOCK;

let written = 0;

/** The directory itself must be none that its owner can replace: those above it are root's. Throws the system's error. */
export function openDirectory(path: string): Promise<FileHandle> {
  return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/** `at`: an open directory. */
export function openDirectoryIn(at: FileHandle, name: string): Promise<FileHandle> {
  return open(within(at, name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/** Never blocks; may be anything but a link: look at it by `stat` before it is read. */
export function openIn(at: FileHandle, name: string): Promise<FileHandle> {
  return open(within(at, name), O_RDONLY | asItIs);
}

/** By a name of its own first: whoever looks sees the old file or the new one, and a link of that name is replaced, not followed. */
export async function replaceIn(
  at: FileHandle,
  name: string,
  text: string,
  owner: { uid: number; mode: number },
): Promise<void> {
  written += 1;
  const next = `.next-${process.pid}-${written}`;
  const file = await open(within(at, next), O_WRONLY | O_CREAT | O_EXCL | asItIs, 0o600);
  try {
    try {
      await file.writeFile(text);
      await file.chmod(owner.mode);
      await file.chown(owner.uid, owner.uid);
    } finally {
      await file.close();
    }
    await rename(within(at, next), within(at, name));
  } catch (error) {
    await rm(within(at, next), { force: true });
    throw error;
  }
}

/** Made for that uid if it is missing; throws where the name is something else. */
export async function ensureDirectoryIn(at: FileHandle, name: string, uid: number): Promise<FileHandle> {
  const made = await mkdir(within(at, name), { mode: 0o755 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
      return false;
    },
  );
  const directory = await openDirectoryIn(at, name);
  try {
    if (made) await directory.chown(uid, uid);
  } catch (error) {
    await directory.close();
    throw error;
  }
  return directory;
}

/** A name in an open directory, as a path. The kernel goes on from the descriptor, not from where the directory once was. */
export function within(at: FileHandle, name: string): string {
  if (name === "" || name === "." || name === ".." || name.includes("/") || name.includes("\0"))
    throw new Error(`${JSON.stringify(name)} is not the name of a file`);
  return `/proc/self/fd/${at.fd}/${name}`;
}
