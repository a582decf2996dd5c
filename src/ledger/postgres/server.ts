import { randomBytes } from "node:crypto";
import { access, chown, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Clock } from "../../world.ts";
import type { Account } from "./account.ts";
import { type Layout, privateFolder } from "./layout.ts";
import { runCommand } from "./run-command.ts";
import { serverSettings } from "./settings.ts";

/** A killed server refuses the next start until the system has cleared away its process: 1–2 s as measured. */
const refusedStartRetryMs = 15_000;
const logLimitBytes = 16 * 1024 * 1024;

/** Makes the database cluster if there is none. A killed one leaves nothing that looks whole. */
export async function createData(
  place: Layout,
  programs: string,
  account: Account | undefined,
): Promise<void> {
  if (await isThere(place.data)) {
    if (await isThere(place.password)) return;
    throw new Error(
      `The ledger is in ${place.data}, but its password file ${place.password} is gone. Put it back.`,
    );
  }
  await writeSecret(place.password, randomBytes(24).toString("hex"), account);
  const unfinished = `${place.data}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  if (account) await chown(unfinished, account.uid, account.gid);
  const made = await runCommand(
    join(programs, "initdb"),
    [
      ...["--pgdata", unfinished, "--username", "berth", "--pwfile", place.password],
      ...["--auth-local", "scram-sha-256", "--auth-host", "scram-sha-256"],
      ...["--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums"],
    ],
    { as: account, limitSeconds: 120 },
  );
  if (made.code !== 0) throw new Error(`The ledger's database could not be made: ${made.output}`);
  await rename(unfinished, place.data);
}

/** Returns when the server takes connections. Throws a sentence with what it said if it doesn't. */
export async function startServer(
  place: Layout,
  programs: string,
  account: Account | undefined,
  clock: Clock,
): Promise<void> {
  await privateFolder(place.sockets, account);
  await writeFile(place.settings, serverSettings(place.sockets));
  await prepareLog(place.log, account);
  // Only a server that did not end as it should leaves this file; then the refusal passes.
  const patienceMs = (await isThere(join(place.data, "postmaster.pid"))) ? refusedStartRetryMs : 0;
  const began = clock.monotonicMs();
  for (;;) {
    // Paths seen from there: pg_ctl puts them between double quotes and hands them to a shell.
    const started = await runCommand(
      join(programs, "pg_ctl"),
      [
        ...[
          "start",
          "--wait",
          "--timeout",
          "60",
          "--pgdata",
          basename(place.data),
          "--log",
          basename(place.log),
        ],
        ...["--options", `-c config_file=${basename(place.settings)}`],
      ],
      { as: account, directory: place.base, limitSeconds: 90 },
    );
    if (started.code === 0) return;
    if (clock.monotonicMs() - began > patienceMs) {
      const said = (await endOf(place.log)) || started.output;
      throw new Error(`The ledger's Postgres did not start. The end of ${place.log} says: ${said}`);
    }
    await clock.sleep(250);
  }
}

/** Does nothing if it isn't running. Connections are cut; what was committed is on disk. */
export async function stopServer(
  place: Layout,
  programs: string,
  account: Account | undefined,
): Promise<void> {
  const pidFile = join(place.data, "postmaster.pid");
  for (const mode of ["fast", "immediate"]) {
    if (!(await isThere(pidFile))) return;
    const stopped = await runCommand(
      join(programs, "pg_ctl"),
      ["stop", "--wait", "--timeout", "30", "--mode", mode, "--pgdata", place.data],
      { as: account, limitSeconds: 60 },
    );
    if (stopped.code === 0) return;
    // A killed server leaves its file: there is nothing to stop.
    if (/no server running|No such process/.test(stopped.output)) return;
  }
  throw new Error(`The ledger's Postgres did not stop. See ${place.log}.`);
}

export async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** For the server's user, who reads it once, in initdb; we are that user or root. */
async function writeSecret(path: string, secret: string, account: Account | undefined): Promise<void> {
  await rm(path, { force: true });
  await writeFile(path, secret, { mode: 0o600, flag: "wx" });
  if (account) await chown(path, account.uid, account.gid);
}

/** Ours to make when the folder isn't the server's; one older log is kept. */
async function prepareLog(log: string, account: Account | undefined): Promise<void> {
  const size = await stat(log).then(
    (found) => found.size,
    () => 0,
  );
  if (size > logLimitBytes) await rename(log, `${log}.old`);
  const file = await open(log, "a", 0o600);
  if (account) await file.chown(account.uid, account.gid);
  await file.close();
}

async function endOf(log: string): Promise<string> {
  const text = await readFile(log, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-5).join(" | ");
}
