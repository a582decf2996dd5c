import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { fingerprintOf } from "./fingerprint.ts";
import { hostKeyFile, places } from "./places.ts";
import { rootsDirectory } from "./replace-file.ts";

const run = promisify(execFile);
const limitMs = 10_000;

/**
 * The SSH host key of a project: made once, then always the same one, whatever becomes of its containers. The private half
 * stays in a directory of its own, 0600. Two calls at once agree on one key. Throws if ssh-keygen or the disk fails.
 */
export async function ensureHostKey(stateDir: string, projectId: number): Promise<HostKey> {
  const directory = places(stateDir).hostKeyOf(projectId);
  const there = await readHostKey(directory);
  if (there) return there;
  await makeHostKey(directory);
  const made = await readHostKey(directory);
  if (!made) throw new Error(`The host key in ${directory} can't be read.`);
  return made;
}

/** `publicKey` is `ssh-ed25519 AAAA…`, without a comment. */
export type HostKey = { publicKey: string; fingerprint: string };

async function readHostKey(directory: string): Promise<HostKey | undefined> {
  const path = join(directory, hostKeyFile);
  // sshd refuses to start with a key that others may read; a copied state directory can bring that about.
  const isThere = await chmod(path, 0o600).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  if (!isThere) return undefined;
  const text = await readFile(`${path}.pub`, "utf8").catch(
    async () => (await run("ssh-keygen", ["-y", "-f", path], { timeout: limitMs })).stdout,
  );
  const publicKey = text.trim().split(" ").slice(0, 2).join(" ");
  return { publicKey, fingerprint: fingerprintOf(publicKey) };
}

let making = 0;

/** Made aside and moved in place whole: whoever is second finds the first one's. */
async function makeHostKey(directory: string): Promise<void> {
  await rootsDirectory(dirname(directory));
  making += 1;
  const aside = join(dirname(directory), `.making-${process.pid}-${making}`);
  try {
    await mkdir(aside, { mode: 0o700 });
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(aside, hostKeyFile)], {
      timeout: limitMs,
    });
    await rename(aside, directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
