import { createWriteStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type pino from "pino";
import { wallClock } from "../clock.ts";
import { startEmbedded } from "../ledger/embedded.ts";
import { createLog, type Log } from "../log.ts";
import { type Bot, startBot } from "../main.ts";
import { stopDemoEngine } from "./engine/start.ts";
import { type DemoKey, demoKey } from "./lab/keys.ts";
import { channels, people } from "./lab/people.ts";
import { seedLab } from "./lab/seed.ts";
import { demoParts } from "./parts.ts";
import { type DemoServer, demoInstance, startDemoServer } from "./server.ts";
import { type SlackSimulator, startSlack } from "./slack/simulator.ts";

export type Demo = {
  bot: Bot;
  slack: SlackSimulator;
  server: DemoServer;
  keys: ReadonlyMap<string, DemoKey>;
  /** Stops all that was started, in reverse; what is on disk is found by the next start. */
  stop(): Promise<void>;
};

export type DemoOptions = {
  stateDir: string;
  cacheDir: string;
  kind: "simulated" | "nvidia" | "memory";
  dockerHost: string;
  /** Of the page; 0: any that is free. */
  port: number;
  say: (sentence: string) => void;
  /** Ends the start wherever it is; what was started by then is stopped. */
  signal?: AbortSignal;
  /** Takes away what an earlier run that was cut off left running: without its ledger it would be adopted. */
  beginsEmpty?: boolean;
};

/** Everything of Berth on one machine: ledger, engine, GPUs, a Slack-like page, the bot, and the lab's people. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  await mkdir(options.stateDir, { recursive: true });
  const log = demoLog(options.stateDir);
  const opened: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const close of opened.reverse()) {
      await close().catch((err: unknown) => log.error({ err }, "something of the demo did not close"));
    }
    opened.length = 0;
  };
  const { signal } = options;
  try {
    const started = startAll(options, log, (close) => {
      if (signal?.aborted) void close().catch(() => undefined);
      else opened.push(close);
    });
    return { ...(await (signal ? Promise.race([started, rejectedBy(signal)]) : started)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

async function startAll(
  options: DemoOptions,
  log: Log,
  atTheEnd: (close: () => Promise<unknown>) => void,
): Promise<Omit<Demo, "stop">> {
  const { stateDir, say } = options;
  // Whoever does not wait for us any more has closed what there was.
  const goOn = () => options.signal?.throwIfAborted();
  say("Starting the ledger (Postgres)");
  const embedded = { stateDir: join(stateDir, "ledger"), clock: wallClock, log };
  const postgres = await startEmbedded(embedded);
  atTheEnd(() => postgres.stop());
  goOn();
  // From its beginning: an engine whose image can't be made is not left behind.
  if (options.kind === "simulated") atTheEnd(() => stopDemoEngine(stateDir));
  const server = await startDemoServer({ ...options, clock: wallClock, log });
  atTheEnd(() => server.stop());
  goOn();
  if (options.beginsEmpty) await removeContainers(server);
  say("Opening the workspace");
  const keys = new Map<string, DemoKey>();
  for (const { id, name } of people) keys.set(id, await demoKey(stateDir, name));
  const slack = await openWorkspace(options, server, keys);
  atTheEnd(() => slack.close());
  goOn();
  const revive = () => {
    goOn();
    return startEmbedded(embedded);
  };
  const bot = await startBot(
    await demoParts(stateDir, {
      postgres: { url: postgres.url, revive },
      server,
      slack,
      log,
    }),
  );
  atTheEnd(() => bot.stop());
  await bot.active;
  await seedLab(bot.world, stateDir);
  return { bot, slack, server, keys };
}

async function removeContainers({ node }: DemoServer): Promise<void> {
  const ours = (await node.engine.list()).filter((one) => one.labels["berth.instance"] === demoInstance);
  for (const { id } of ours) await node.engine.remove(id);
}

async function openWorkspace(
  { stateDir, port }: DemoOptions,
  server: DemoServer,
  keys: ReadonlyMap<string, DemoKey>,
): Promise<SlackSimulator> {
  const manifest: unknown = JSON.parse(
    await readFile(join(import.meta.dirname, "../../manifests/slack-app.json"), "utf8"),
  );
  return startSlack({
    manifest,
    port,
    stateFile: join(stateDir, "slack.json"),
    workspaceName: "Harbour Lab",
    domain: "harbour-lab",
    users: people.map(({ group, ...person }) => ({ ...person, isAdmin: group === "admin" })),
    channels: channels.map((channel) => ({
      ...channel,
      members: channel.members === "all" ? "all" : [...channel.members],
    })),
    ...(server.pretends ? { banner: server.pretends } : {}),
    extras: (user) => {
      const key = keys.get(user);
      return key ? { demoKey: key } : undefined;
    },
  });
}

/** The terminal is for people; what an operator would read goes to a file. */
function demoLog(stateDir: string): Log {
  return createLog(
    "info",
    createWriteStream(join(stateDir, "berth.log"), { flags: "a" }) as pino.DestinationStream,
  );
}
