import { execFile } from "node:child_process";
import { chmod, chown, mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export type DemoKey = { publicKey: string; privateKeyPath: string };

/** A key pair for one person of the demo, made once. Its private half never leaves its folder. */
export async function demoKey(stateDir: string, name: string): Promise<DemoKey> {
  const folder = join(stateDir, "keys");
  await mkdir(folder, { recursive: true });
  const privateKeyPath = join(folder, name);
  if (!(await stat(privateKeyPath).catch(() => undefined))) {
    const comment = `${name}@berth-demo`;
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", privateKeyPath], {
      timeout: 10_000,
    });
    await chmod(privateKeyPath, 0o600);
    await letTheCallerRead(privateKeyPath);
  }
  return { publicKey: (await readFile(`${privateKeyPath}.pub`, "utf8")).trim(), privateKeyPath };
}

/** Started with sudo, the person who tries the line in another terminal is not root: ssh refuses a key that is not theirs. */
async function letTheCallerRead(path: string): Promise<void> {
  const [uid, gid] = [Number(process.env.SUDO_UID), Number(process.env.SUDO_GID)];
  if (process.getuid?.() !== 0 || !Number.isInteger(uid) || !Number.isInteger(gid)) return;
  await chown(path, uid, gid);
  await chown(`${path}.pub`, uid, gid);
}
