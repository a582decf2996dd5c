import type { App } from "@slack/bolt";
import type { SlackSimulator } from "../src/demo/slack/simulator.ts";
import type { Bench } from "./bench.ts";
import { type Desk, fixedApp, openDesk } from "./desk.ts";
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
    const fixed = await fixedApp(cleanUp, sameWords);
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

/** The least an answer could be: acknowledged, and the same words for everything. */
function sameWords(app: App): void {
  app.command(/.*/, async ({ ack, say }) => {
    await ack();
    await say("The same words for everything.");
  });
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
