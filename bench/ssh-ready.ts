import { chmod, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { wallClock } from "../src/clock.ts";
import { retire } from "../src/containers/stop.ts";
import { placeOf } from "../src/demo/engine/place.ts";
import { writeLabFiles } from "../src/demo/lab/files.ts";
import { demoKey } from "../src/demo/lab/keys.ts";
import { people } from "../src/demo/lab/people.ts";
import { seedLab } from "../src/demo/lab/seed.ts";
import { demoInstance, startDemoServer } from "../src/demo/server.ts";
import { startSlack } from "../src/demo/slack/simulator.ts";
import type { Engine } from "../src/engine/engine.ts";
import { readCatalogue } from "../src/images/catalogue.ts";
import { livingOfMember } from "../src/ledger/queries/containers.ts";
import { memberBySlackUser, projectByName } from "../src/ledger/queries/members.ts";
import { allNodes } from "../src/ledger/queries/nodes.ts";
import { outboxState } from "../src/ledger/queries/outbox.ts";
import type { ActiveMember } from "../src/ledger/schema.ts";
import { startBot } from "../src/main.ts";
import { readPolicy } from "../src/policy/read-policy.ts";
import { makeRandom } from "../src/random.ts";
import { manifest } from "../src/slack/manifest.ts";
import type { World } from "../src/world.ts";
import type { Bench } from "./bench.ts";
import { byHand } from "./by-hand.ts";
import { type Door, untilSignedIn } from "./login.ts";
import { inTurns, timed } from "./pairs.ts";
import { startPostgres } from "./postgres.ts";

const asker = "U0BEN";
const project = "vision";
const command = `/container-deploy ${project} --gpus 1`;

/**
 * From the command typed to a sign-in that works, on the demo's real engine with the image there. The floor: the same create
 * body, start and sign-in by hand, on the same engine, port and GPU, while Berth does not look.
 */
export const sshReady: Bench = {
  rows: ["ssh.ready"],
  async run(_wanted, say, cleanUp) {
    const lack = process.env.BERTH_NO_ENGINE ?? (process.getuid?.() === 0 ? undefined : "nobody is root");
    if (lack) throw new Error(`ssh.ready needs a real engine, and there is none here: ${lack}.`);
    const { world, slack, socketPath, looking } = await openDemo(say, cleanUp);
    const ben = (await world.ledger.read((tx) => memberBySlackUser(tx, asker))) as ActiveMember;
    const atRest = () => settle(world, ben);
    await atRest();

    // The first one gives the project its port, and the floor its body.
    await slack.as(asker).type(command);
    const port = await until(
      async () => (await world.ledger.read((tx) => projectByName(tx, ben.id, project)))?.sshPort,
      "the project's port",
    );
    const { privateKeyPath } = await demoKey(world.settings.stateDir, "ben");
    const door: Door = {
      address: world.settings.sshBind,
      port,
      user: ben.handle,
      privateKey: await readFile(privateKeyPath),
    };
    await untilSignedIn(door);
    const hand = await byHand(socketPath, `${project}._.${ben.handle}`);
    await atRest();
    say("the image is there and the first sign-in worked");

    return inTurns(
      [
        {
          name: "ssh.ready",
          async ours() {
            const milliseconds = await timed(async () => {
              const started = hand.nextStart();
              const typed = slack.as(asker).type(command);
              // Not before, as by hand: who knocks at an address where nobody is yet is not heard there for a second.
              await started;
              await untilSignedIn(door);
              const outcome = await typed;
              if (!outcome.ok) throw new Error(outcome.message);
            });
            await atRest();
            return milliseconds;
          },
          async floor() {
            looking.pause();
            let id = "";
            const milliseconds = await timed(async () => {
              id = await hand.start();
              await untilSignedIn(door);
            });
            await hand.remove(id);
            looking.goOn();
            await atRest();
            return milliseconds;
          },
        },
      ],
      { rounds: 20, warmUp: 1, say },
    );
  },
};

/** As `npm run demo` has it, but that Berth can be kept from looking at the engine while the floor is measured there. */
async function openDemo(say: (sentence: string) => void, cleanUp: Parameters<Bench["run"]>[2]) {
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
  const { policyPath } = await writeLabFiles(stateDir, server.imageRef);
  const policy = await readPolicy(policyPath);
  const bot = await startBot({
    postgres: { url: await postgres.database("demo") },
    nodes: new Map([[server.node.id, { ...server.node, engine: looking.engine }]]),
    policy,
    catalogue: await readCatalogue(policyPath, policy.catalogue),
    settings: {
      instance: demoInstance,
      sshHost: server.sshAddress,
      sshBind: server.sshAddress,
      sshPorts: { first: 22000, last: 22999 },
      sshJump: undefined,
      stateDir: join(stateDir, "state"),
      admins: [],
      adminChannel: undefined,
      boardChannel: undefined,
    },
    slack: {
      botToken: slack.botToken,
      delivery: { kind: "socket", appToken: slack.appToken },
      apiUrl: slack.apiUrl,
      commandPrefix: "",
    },
    clock: wallClock,
    random: makeRandom(),
    log,
    watchEveryMs: 3000,
  });
  cleanUp(() => bot.stop());
  await bot.active;
  const { world } = bot;
  await seedLab(world, world.settings.stateDir);
  await until(
    async () => (await world.ledger.read((tx) => allNodes(tx))).some((node) => node.adoptedInEpoch !== null),
    "the first look at the engine",
  );
  return { world, slack, looking, socketPath: placeOf(stateDir).socketPath };
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

/** Retires what there is, and waits until nothing is left to do or to say. */
async function settle(world: World, by: ActiveMember): Promise<void> {
  const living = await world.ledger.read((tx) => livingOfMember(tx, by.id));
  for (const { id } of living) await retire(world, { by, which: { containerId: id } });
  await until(async () => {
    const [left, messages] = await world.ledger.read(async (tx) => [
      await livingOfMember(tx, by.id),
      await outboxState(tx),
    ]);
    return left.length === 0 && messages.waiting === 0;
  }, "the container to be gone");
  await wallClock.sleep(300);
}

async function until<T>(look: () => Promise<T | undefined | null | false>, what: string): Promise<T> {
  const began = performance.now();
  while (performance.now() - began < 60_000) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen;
    await wallClock.sleep(50);
  }
  throw new Error(`waited a minute in vain for ${what}`);
}
