import { chmod, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

let written = 0;

/** Whoever reads the file sees the old one or the new one, whole, and the new one is on the disk when this returns. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  written += 1;
  const next = join(dirname(path), `.next-${process.pid}-${written}`);
  try {
    const file = await open(next, "wx", mode);
    try {
      await file.writeFile(content);
      // The mode of `open` is cut by this process's umask.
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

/** Made if missing, 0755: sshd refuses keys below a directory that others may write. */
export async function rootsDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
}
