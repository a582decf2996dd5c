import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import pg from "pg";
import { type SlackSimulator, startSlack } from "../../src/demo/slack/simulator.ts";
import { manifest } from "../../src/slack/manifest.ts";
import { type Bed, bed } from "../support/bed.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";

/** `berth start` as an operator runs it: a process of its own, told everything by its environment. */
export type BotProcess = {
  bed: Bed;
  slack: SlackSimulator;
  database: TestDatabase;
  /** Starts it; resolves when Slack reaches it. */
  start(): Promise<void>;
  /** SIGKILL, in the middle of whatever it does. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** One row of a query. */
  one<T extends pg.QueryResultRow>(query: string): Promise<T>;
  /** Asks every 5 ms, 60 s at most, until the query's first column is true. */
  untilTrue(query: string): Promise<void>;
  /** Names of the engine's containers, running or not. */
  containers(): Promise<{ name: string; state: string }[]>;
  log(): string;
  end(): Promise<void>;
};

export async function botProcess(): Promise<BotProcess> {
  const here = await bed();
  await here.clear();
  const database = await freshDatabase();
  const stateDir = await mkdtemp(join(tmpdir(), "berth-process-"));
  await writeFile(join(stateDir, "policy.yaml"), policy(here.workspacesRoot));
  await writeFile(join(stateDir, "catalogue.yaml"), catalogue(here.imageRef));
  const slack = await startSlack({
    manifest: manifest(),
    users: [
      { id: "UDMITRI", name: "dmitri", isAdmin: true },
      { id: "UANA", name: "ana" },
    ],
    channels: [{ id: "CADMINS", name: "admins" }],
  });
  const client = new pg.Client({ connectionString: database.url });
  client.on("error", () => undefined);
  await client.connect();
  let child: ChildProcess | undefined;
  let printed = "";

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return ending?.exitCode ?? null;
    const exited = once(ending, "exit");
    ending.kill(signal);
    const late = setTimeout(() => ending.kill("SIGKILL"), 60_000);
    await exited;
    clearTimeout(late);
    return ending.exitCode;
  };

  return {
    bed: here,
    slack,
    database,
    async start() {
      child = spawn(process.execPath, [join(import.meta.dirname, "../../src/cli.ts"), "start"], {
        env: {
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
        },
        stdio: ["ignore", "ignore", "pipe"],
      });
      child.stderr?.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
      });
      const started = child;
      await slack.waitFor(
        () => slack.isAppConnected() || started.exitCode !== null,
        60_000,
        "the bot to connect",
      );
      if (started.exitCode !== null) throw new Error(`the bot ended: ${printed.slice(-2000)}`);
    },
    async kill() {
      await end("SIGKILL");
    },
    stop: () => end("SIGTERM"),
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
    async end() {
      await end("SIGTERM");
      await client.end();
      await slack.close();
      await here.clear();
      await database.drop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
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
