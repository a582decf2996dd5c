import type { Clock } from "../../world.ts";
import { runCommand } from "./run-command.ts";

export type Account = { name: string; uid: number; gid: number };

const accountName = "berth-postgres";

/**
 * Whom the server runs as: `undefined` for ourselves; as root, whom Postgres refuses, a system user of its own, made
 * here if it isn't there. Throws a sentence if it can't be made.
 */
export async function serverAccount(clock: Clock): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  let trouble = "";
  // Starts in other state directories may make it at the same time, and useradd refuses while /etc/passwd is locked.
  for (let attempt = 0; attempt < 20; attempt++) {
    const found = await lookUp();
    if (found) return found;
    const made = await runCommand("useradd", [
      ...["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"],
      ...["--shell", "/usr/sbin/nologin", accountName],
    ]);
    trouble = made.output;
    if (made.code !== 0) await clock.sleep(250);
  }
  throw new Error(
    `The ledger's Postgres can't run as root, and its system user ${accountName} could not be made (${trouble}). ` +
      `Make it yourself, or set DATABASE_URL to a Postgres of your own.`,
  );
}

/** Throws a sentence if the server's user can't come as far as `folder`. */
export async function requireReachable(folder: string, account: Account | undefined): Promise<void> {
  if (!account) return;
  const tried = await runCommand("test", ["-x", folder], { as: account });
  if (tried.code === 0) return;
  throw new Error(
    `The ledger's Postgres runs as the system user ${account.name}, who is not let into ${folder}. Choose another ` +
      "BERTH_STATE_DIR, such as /var/lib/berth, or let other users enter every folder above it (chmod o+x).",
  );
}

async function lookUp(): Promise<Account | undefined> {
  const entry = await runCommand("getent", ["passwd", accountName]);
  const [name, , uid, gid] = entry.output.split(":");
  return entry.code === 0 && name === accountName ? { name, uid: Number(uid), gid: Number(gid) } : undefined;
}
