import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import Docker from "dockerode";
import pg from "pg";
import { type Config, readConfig } from "../../src/config.ts";
import { type SlackSimulator, startSlack } from "../../src/demo/slack/simulator.ts";
import { manifest } from "../../src/slack/manifest.ts";
import { type Bed, bed } from "../support/bed.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { freePort } from "../support/free-port.ts";

/** `berth start` as an operator runs it: a process of its own, told everything by its environment. */
export type BotProcess = {
  bed: Bed;
  /** As its environment says. */
  config: Config;
  slack: SlackSimulator;
  database: TestDatabase;
  /** Starts it, with these flags; resolves when Slack reaches it. */
  start(...flags: string[]): Promise<void>;
  /** Starts a second one beside it; resolves when that stands by. */
  startStandby(): Promise<void>;
  /** SIGKILL, in the middle of whatever it does. With a standby, that is the one from now on. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** `berth …` as an admin types it in a shell on the server, beside the bot. */
  shell(...words: string[]): Promise<{ code: number; out: string; err: string }>;
  /** One row of a query. */
  one<T extends pg.QueryResultRow>(query: string): Promise<T>;
  /** Asks every 5 ms, 60 s at most, until the query's first column is true. */
  untilTrue(query: string): Promise<void>;
  /** Names of the engine's containers, running or not. */
  containers(): Promise<{ name: string; state: string }[]>;
  /** It did not end by itself. */
  isUp(): boolean;
  /** What /healthz answers on the port that the bot, or its standby, could have. */
  health(): Promise<{ status: number; role: string; why: string[] }>;
  log(): string;
  /** After Postgres was away. */
  reconnect(): Promise<void>;
  end(): Promise<void>;
};

/**
 * `own`: a database on a server that nobody else uses, so that it can be taken away. `more`: who else is in the workspace, and
 * another policy, which may be told where workspaces are.
 */
export async function botProcess(
  own?: TestDatabase,
  more: {
    people?: readonly { id: string; name: string }[];
    policy?: (workspacesRoot: string) => string;
  } = {},
): Promise<BotProcess> {
  const here = await bed();
  await here.clear();
  const database = own ?? (await freshDatabase());
  const stateDir = await mkdtemp(join(tmpdir(), "berth-process-"));
  await writeFile(join(stateDir, "policy.yaml"), (more.policy ?? policy)(here.workspacesRoot));
  await writeFile(join(stateDir, "catalogue.yaml"), catalogue(here.imageRef));
  const slack = await startSlack({
    manifest: manifest(),
    users: [
      { id: "UDMITRI", name: "dmitri", isAdmin: true },
      { id: "UANA", name: "ana" },
      ...(more.people ?? []),
    ],
    channels: [{ id: "CADMINS", name: "admins" }],
  });
  let client = await connected(database.url);
  let child: ChildProcess | undefined;
  let standby: ChildProcess | undefined;
  let printed = "";

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const ending = child;
    child = standby;
    standby = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return ending?.exitCode ?? null;
    const exited = once(ending, "exit");
    ending.kill(signal);
    const late = setTimeout(() => ending.kill("SIGKILL"), 60_000);
    await exited;
    clearTimeout(late);
    return ending.exitCode;
  };

  const env = {
    PATH: `${here.gpus.binDir}:${process.env.PATH}`,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    DATABASE_URL: database.url,
    DOCKER_HOST: `unix://${here.socketPath}`,
    BERTH_GPUS: "simulated",
    BERTH_ADMINS: "UDMITRI",
    BERTH_ADMIN_CHANNEL: "CADMINS",
    BERTH_SSH_HOST: here.sshAddress,
    BERTH_SSH_BIND: here.sshAddress,
    BERTH_STATE_DIR: stateDir,
    BERTH_POLICY: join(stateDir, "policy.yaml"),
    BERTH_BRIDGE: "br-process",
    BERTH_HEALTH_PORT: String(await freePort()),
  };
  const cli = join(import.meta.dirname, "../../src/cli.ts");
  const spawnOne = (...flags: string[]): ChildProcess => {
    const one = spawn(process.execPath, [cli, "start", ...flags], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    one.stderr?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    return one;
  };

  return {
    bed: here,
    config: readConfig(env),
    slack,
    database,
    async start(...flags) {
      // The connection of one that was killed is not taken for the new one's.
      await slack.waitFor(() => !slack.isAppConnected(), 10_000, "the bot before it to be gone");
      const started = spawnOne(...flags);
      child = started;
      await slack.waitFor(
        () => slack.isAppConnected() || started.exitCode !== null,
        60_000,
        "the bot to connect",
      );
      if (started.exitCode !== null) throw new Error(`the bot ended: ${printed.slice(-2000)}`);
    },
    async startStandby() {
      const before = printed.length;
      const started = spawnOne();
      standby = started;
      await slack.waitFor(
        () => printed.slice(before).includes("standing by") || started.exitCode !== null,
        60_000,
        "the second bot to stand by",
      );
      if (started.exitCode !== null) throw new Error(`the standby ended: ${printed.slice(-2000)}`);
    },
    async kill() {
      await end("SIGKILL");
    },
    stop: () => end("SIGTERM"),
    isUp: () => child !== undefined && child.exitCode === null && child.signalCode === null,
    async shell(...words) {
      const asked = { env: { ...env, SUDO_USER: "dmitri" }, timeout: 60_000 };
      return await promisify(execFile)(process.execPath, [cli, ...words], asked).then(
        ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
        (failed: { code: number; stdout: string; stderr: string }) => ({
          ...{ code: failed.code, out: failed.stdout, err: failed.stderr },
        }),
      );
    },
    async health() {
      const answer = await fetch(`http://127.0.0.1:${env.BERTH_HEALTH_PORT}/healthz`);
      return { status: answer.status, ...((await answer.json()) as { role: string; why: string[] }) };
    },
    async one<T extends pg.QueryResultRow>(query: string) {
      return (await client.query<T>(query)).rows[0] as T;
    },
    async untilTrue(query) {
      const deadline = Date.now() + 60_000;
      for (;;) {
        const row = (await client.query<Record<string, unknown>>(query)).rows[0];
        if (row && Object.values(row)[0] === true) return;
        if (Date.now() > deadline) throw new Error(`in vain for 60 s: ${query}\n${printed.slice(-2000)}`);
        await new Promise((done) => setTimeout(done, 5));
      }
    },
    async containers() {
      const listed = await new Docker({ socketPath: here.socketPath }).listContainers({ all: true });
      return listed.map((one) => ({ name: one.Names[0]?.slice(1) ?? "", state: one.State }));
    },
    log: () => printed,
    async reconnect() {
      client = await connected(database.url);
    },
    async end() {
      await end("SIGTERM");
      await end("SIGTERM");
      await client.end();
      await slack.close();
      await here.clear();
      await database.drop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** Ana enrols and adds a key, by the buttons a newcomer has. */
export async function letAnaIn({ slack }: BotProcess): Promise<void> {
  const ana = slack.as("UANA");
  await ana.type("/berth help", { channel: "admins" });
  await ana.click(await ana.waitForMessage("dm", "Welcome"), "Choose my user name");
  await ana.waitForModal((modal) => JSON.stringify(modal.blocks).includes("User name"));
  await ana.submit({ handle: "ana" });
  await ana.close({ all: true });
  await ana.type("/ssh-key", { channel: "admins" });
  await ana.click(await ana.waitForMessage("admins", /SSH key/), "Add an SSH key");
  await ana.waitForModal((modal) => JSON.stringify(modal.blocks).includes("Public key"));
  const folder = await mkdtemp(join(tmpdir(), "berth-key-"));
  await promisify(execFile)("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
  const added = await ana.submit({ key: await readFile(join(folder, "key.pub"), "utf8") });
  await rm(folder, { recursive: true });
  if (!added.ok) throw new Error(`the key was not taken: ${added.message}`);
  await ana.close({ all: true });
}

const policy = (root: string) => `
defaults: { cpus: 1, memory_gib: 0.5, shm_gib: 0.1, pids: 256, gpu_hold_after_stop_h: 0 }
enrol: open
notices: { first_m: 60, last_m: 15, remove_first_h: 24, sigterm_grace_s: 2 }
workspace_path: ${root}/{handle}/{project}
`;

const catalogue = (ref: string) => `
images:
  - { name: python, framework: Python, version: "3", image: "${ref}", python: "3", house: true }
`;
