import { chmod, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { wallClock } from "../src/clock.ts";
import { placeOf } from "../src/demo/engine/place.ts";
import { people } from "../src/demo/lab/people.ts";
import { seedLab } from "../src/demo/lab/seed.ts";
import { demoParts } from "../src/demo/parts.ts";
import { startDemoServer } from "../src/demo/server.ts";
import { type SlackSimulator, startSlack } from "../src/demo/slack/simulator.ts";
import type { Engine } from "../src/engine/engine.ts";
import { allNodes } from "../src/ledger/queries/nodes.ts";
import { startBot } from "../src/main.ts";
import type { Policy } from "../src/policy/keys.ts";
import { manifest } from "../src/slack/manifest.ts";
import type { World } from "../src/world.ts";
import type { Bench } from "./bench.ts";
import { startPostgres } from "./postgres.ts";
import { until } from "./until.ts";

export type Demo = {
  world: World;
  slack: SlackSimulator;
  /** Of the demo's own engine, for what is done there by hand. */
  socketPath: string;
  /** Berth can be kept from looking at the engine while the floor is measured there. */
  looking: { pause(): void; goOn(): void };
  /** The bot's own database. */
  databaseUrl: string;
};

/**
 * All of `npm run demo` but its page: a real engine, simulated GPUs, a bot in a simulated workspace. `change` is what the policy
 * and the catalogue are besides the demo's own. Throws a sentence where there can't be an engine.
 */
export async function openDemo(
  what: string,
  say: (sentence: string) => void,
  cleanUp: Parameters<Bench["run"]>[2],
  change: { policy?: (policy: Policy) => Policy } = {},
): Promise<Demo> {
  const lack = process.env.BERTH_NO_ENGINE ?? (process.getuid?.() === 0 ? undefined : "nobody is root");
  if (lack) throw new Error(`${what} needs a real engine, and there is none here: ${lack}.`);
  const log = pino({ level: "silent" });
  const stateDir = await mkdtemp(join(await realpath(tmpdir()), "berth-bench-demo-"));
  cleanUp(() => rm(stateDir, { recursive: true, force: true }));
  await chmod(stateDir, 0o755);
  const postgres = await startPostgres();
  cleanUp(() => postgres.stop());
  const server = await startDemoServer({
    stateDir,
    cacheDir: join(import.meta.dirname, "../.berth/cache"),
    kind: "simulated",
    dockerHost: "",
    clock: wallClock,
    log,
    say,
  });
  cleanUp(() => server.stop());
  const looking = pausable(server.node.engine);
  const slack = await startSlack({
    manifest: manifest(),
    users: people.map(({ group, ...person }) => ({ ...person, isAdmin: group === "admin" })),
  });
  cleanUp(() => slack.close());
  const databaseUrl = await postgres.database("demo");
  // Without the file, which would be read again and take the place of what was changed.
  const { policyPath: _, ...parts } = await demoParts(stateDir, {
    postgres: { url: databaseUrl },
    server,
    slack,
    log,
  });
  const bot = await startBot({
    ...parts,
    nodes: new Map([[server.node.id, { ...server.node, engine: looking.engine }]]),
    policy: change.policy?.(parts.policy) ?? parts.policy,
    settings: { ...parts.settings, admins: [], adminChannel: undefined },
  });
  cleanUp(() => bot.stop());
  await bot.active;
  const { world } = bot;
  await seedLab(world, world.settings.stateDir);
  await until(
    async () => (await world.ledger.read((tx) => allNodes(tx))).some((node) => node.adoptedInEpoch !== null),
    "the first look at the engine",
  );
  return { world, slack, looking, socketPath: placeOf(stateDir).socketPath, databaseUrl };
}

/** The engine, whose containers made by hand are neither seen nor heard of. */
function pausable(engine: Engine): { engine: Engine; pause(): void; goOn(): void } {
  let over = Promise.withResolvers<void>();
  over.resolve();
  let isPaused = false;
  return {
    engine: {
      ...engine,
      async list() {
        await over.promise;
        return engine.list();
      },
      watch: (onChange, signal) =>
        engine.watch((change) => {
          if (!isPaused) onChange(change);
        }, signal),
    },
    pause() {
      isPaused = true;
      over = Promise.withResolvers<void>();
    },
    goOn() {
      isPaused = false;
      over.resolve();
    },
  };
}
