import { App, SocketModeReceiver } from "@slack/bolt";
import { retire } from "../src/containers/stop.ts";
import { type SlackSimulator, startSlack } from "../src/demo/slack/simulator.ts";
import { livingOfMember } from "../src/ledger/queries/containers.ts";
import { allNodes } from "../src/ledger/queries/nodes.ts";
import { outboxState } from "../src/ledger/queries/outbox.ts";
import { quietLogger } from "../src/slack/clients.ts";
import { manifest } from "../src/slack/manifest.ts";
import { startSlackRoom } from "../src/slack/start.ts";
import { type MemoryWorld, memoryWorld } from "../test/support/memory-world.ts";
import type { Bench } from "./bench.ts";
import type { Measured } from "./measured.ts";
import { inTurns, type Pair, timed } from "./pairs.ts";
import { startPostgres } from "./postgres.ts";

/** What people type most; the first of them is granted a GPU. */
const asked = {
  "answer.deploy": "/container-deploy vision --gpus 1",
  "answer.form": "/container-deploy",
  "answer.list": "/container-list",
  "answer.status": "/gpu-status",
  "answer.limits": "/limits",
};
/** How long every verb of the engine takes for the last row: an answer that waited for one would take as long. */
const engineSlowMs = 4_000;

/**
 * From a command typed in the simulated workspace to the first answer seen there: the real bot, its engine and machine in
 * memory. `answer` is all of them together; `answer.slow-engine` is the deploy while the engine takes seconds for everything.
 */
export const answer: Bench = {
  rows: ["answer", ...Object.keys(asked), "answer.slow-engine"],
  async run(wanted, say, cleanUp) {
    const postgres = await startPostgres();
    cleanUp(() => postgres.stop());
    const desk = await openDesk(await postgres.database("answer"), cleanUp);
    const fixed = await fixedApp(cleanUp);
    const pair = (name: string, text: string): Pair => ({
      name,
      floor: () => answered(fixed, text),
      async ours() {
        const milliseconds = await answered(desk.slack, text);
        await desk.settle();
        return milliseconds;
      },
    });
    const all = wanted.includes("answer");
    const commands = Object.entries(asked).filter(([name]) => all || wanted.includes(name));
    const measured = await inTurns(
      commands.map(([name, text]) => pair(name, text)),
      { rounds: 60, warmUp: 3, say },
    );
    if (wanted.includes("answer.slow-engine")) measured.push(await withSlowEngine(desk, fixed, say));
    if (!all) return measured;
    const together = measured.filter(({ name }) => name in asked);
    const answer: Measured = {
      name: "answer",
      ours: together.flatMap(({ ours }) => ours),
      floor: together.flatMap(({ floor }) => floor),
    };
    return [answer, ...measured];
  },
};

type Desk = { slack: SlackSimulator; world: MemoryWorld; settle(): Promise<void> };

async function openDesk(url: string, cleanUp: Parameters<Bench["run"]>[2]): Promise<Desk> {
  const world = await memoryWorld(url, {
    gpus: 8,
    watchEveryMs: 3000,
    policy:
      "enrol: open\ndefaults: { memory_gib: 1, max_gpu_equivalents: null, max_containers: null, max_memory_gib_total: null }\ngroups: { student: {} }",
  });
  cleanUp(() => world.end());
  const slack = await workspace(cleanUp);
  const room = await startSlackRoom(world, {
    botToken: slack.botToken,
    delivery: { kind: "socket", appToken: slack.appToken },
    apiUrl: slack.apiUrl,
    commandPrefix: "",
  });
  cleanUp(() => room.stop());
  await slack.waitFor(() => slack.isAppConnected(), 10_000, "the app to be connected");
  const ana = await world.member("ana");
  world.start(...room.jobs);
  cleanUp(() => world.stop());
  await world.until(
    async () => (await world.ledger.read((tx) => allNodes(tx))).some((node) => node.adoptedInEpoch !== null),
    "the first look at the GPUs",
  );
  return {
    slack,
    world,
    /** Retires what was deployed, and waits until nothing is left to do or to say: the next one is asked at rest. */
    async settle() {
      const living = await world.ledger.read((tx) => livingOfMember(tx, ana.id));
      for (const { id } of living) await retire(world, { by: ana, which: { containerId: id } });
      await world.until(async () => {
        const [left, messages] = await world.ledger.read(async (tx) => [
          await livingOfMember(tx, ana.id),
          await outboxState(tx),
        ]);
        return left.length === 0 && messages.waiting === 0;
      }, "the container to be gone and everybody to be told");
    },
  };
}

/** The least an answer could be: acknowledged, and the same words for everything. */
async function fixedApp(cleanUp: Parameters<Bench["run"]>[2]): Promise<SlackSimulator> {
  const slack = await workspace(cleanUp);
  const logger = quietLogger({ warn: console.error, error: console.error } as never);
  const clientOptions = { slackApiUrl: slack.apiUrl };
  const receiver = new SocketModeReceiver({
    appToken: slack.appToken,
    logger,
    installerOptions: { clientOptions },
  });
  const app = new App({ token: slack.botToken, receiver, logger, clientOptions });
  app.command(/.*/, async ({ ack, say }) => {
    await ack();
    await say("The same words for everything.");
  });
  await app.start();
  cleanUp(() => app.stop());
  await slack.waitFor(() => slack.isAppConnected(), 10_000, "the floor's app to be connected");
  return slack;
}

async function workspace(cleanUp: Parameters<Bench["run"]>[2]): Promise<SlackSimulator> {
  const slack = await startSlack({
    manifest: manifest(),
    users: [{ id: "UANA", name: "ana", title: "student" }],
  });
  cleanUp(() => slack.close());
  return slack;
}

let channels = 0;

/** Each is asked in a channel of its own, so that looking costs the same however much was said before. */
async function answered(slack: SlackSimulator, text: string): Promise<number> {
  channels += 1;
  const channel = `c${channels}`;
  slack.addChannel({ id: `C${channels}BENCH`, name: channel });
  const ana = slack.as("UANA");
  const milliseconds = await timed(async () => {
    const typed = ana.type(text, { channel });
    await slack.waitFor(() => ana.modal() ?? ana.messages(channel)[0], 10_000, `an answer to ${text}`);
    const outcome = await typed;
    if (!outcome.ok) throw new Error(`${text}: ${outcome.message}`);
  });
  // What is seen first may be an empty form; it is filled, or it would be closed too soon.
  await slack.waitFor(() => ana.modal() === undefined || ana.modal()?.submit, 10_000, "the form");
  if (ana.modal()) await ana.close({ all: true });
  return milliseconds;
}

/** Nothing is retired here: while the engine is slow that takes its time. */
async function withSlowEngine(
  desk: Desk,
  fixed: SlackSimulator,
  say: (s: string) => void,
): Promise<Measured> {
  desk.world.engine.now.slow(engineSlowMs);
  let number = 0;
  const [measured] = await inTurns(
    [
      {
        name: "answer.slow-engine",
        floor: () => answered(fixed, "/container-list"),
        ours: () => answered(desk.slack, `/container-deploy slow${++number} --cpu-only`),
      },
    ],
    { rounds: 30, warmUp: 1, say },
  );
  desk.world.engine.now.slow(0);
  if (!measured) throw new Error("nothing was measured");
  const longest = Math.max(...measured.ours);
  if (longest >= engineSlowMs) throw new Error(`An answer took ${longest} ms: it waited for the engine.`);
  return measured;
}
