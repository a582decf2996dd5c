import { createHash } from "node:crypto";
import { chown, lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Account } from "./account.ts";

/** Where the parts of one embedded server lie. */
export type Layout = {
  readonly base: string;
  readonly data: string;
  readonly log: string;
  /** postgresql.conf. Not in `data`, where the server's user could make root write somewhere else. */
  readonly settings: string;
  readonly password: string;
  readonly lock: string;
  readonly sockets: string;
};

/** sun_path of a Unix socket address holds 107 bytes and a zero. */
const longestSocketPathBytes = 107;

export function layout(stateDir: string, isRoot: boolean): Layout {
  const base = join(stateDir, "postgres");
  return {
    base,
    data: join(base, "data"),
    log: join(base, "postgres.log"),
    settings: join(base, "postgresql.conf"),
    password: join(base, "password"),
    lock: join(base, "start.lock"),
    sockets: socketFolder(base, isRoot),
  };
}

/** Inside the state directory, or, where that path would be too long for a socket, in a place with a short one. */
export function socketFolder(base: string, isRoot: boolean): string {
  const inside = join(base, "socket");
  if (Buffer.byteLength(join(inside, ".s.PGSQL.5432")) <= longestSocketPathBytes) return inside;
  const short = createHash("sha256").update(base).digest("hex").slice(0, 16);
  return join(isRoot ? "/run" : "/tmp", `berth-${short}`);
}

/** A folder that only the server's user (and root) can enter; refused if somebody else made it first. */
export async function privateFolder(path: string, account: Account | undefined): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const found = await lstat(path);
  const ours = [process.getuid?.(), account?.uid];
  if (!found.isDirectory() || !ours.includes(found.uid) || (found.mode & 0o077) !== 0) {
    throw new Error(
      `${path} must be a folder of the ledger's own with mode 0700. Look at it, and move it away.`,
    );
  }
  if (account) await chown(path, account.uid, account.gid);
}
