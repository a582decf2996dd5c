import { expect, test } from "vitest";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

const policy =
  "enrol: open\nline: { promise_after_h: 0 }\ndefaults: { max_gpu_equivalents: 2, max_gpus_per_container: 2 }";

test("a promise, over the wire: on the card, in the queue, on the board; nobody extends past it; kept when they leave", async () => {
  const desk = await openDesk({ ends: true, world: { gpus: 1, policy } });
  try {
    const { ana, ben } = desk;
    await ana.type("/container-deploy vision --gpus 1 --hours 2");
    await shown(ana, "*vision*  ·  ready");
    await ben.type("/container-deploy speech --gpus 1 --hours 1");
    const waiting = await shown(ben, "*speech*  ·  waiting", "at the latest: that is promised.");
    // Ana's two hours, and a quarter of an hour in which the GPU is emptied.
    const promised = instantIn(waiting);
    expect(promised - Date.now()).toBeGreaterThan(2 * hourMs);
    expect(promised - Date.now()).toBeLessThan(2.6 * hourMs);

    await ben.type("/gpu-queue");
    expect(instantIn(await heard(ben, "that is promised"))).toBe(promised);
    await ben.type("/gpu-status");
    await heard(ben, "promised");
    await ana.type("/container-extend vision 4");
    await heard(ana, "its GPU is promised to somebody in the line");

    await ana.click(await shown(ana, "*vision*  ·  ready"), "Retire", { confirmed: true });
    await shown(ben, "*speech*  ·  ready", "ssh -p");
  } finally {
    await desk.end();
  }
});

const hourMs = 3_600_000;
type Person = FrontDesk["ana"];
type Message = ReturnType<Person["messages"]>[number];

const shown = (who: Person, ...words: string[]) =>
  who.waitForMessage(
    "dm",
    (message) => !message.ephemeral && words.every((part) => wordsIn(message.blocks).includes(part)),
  );

const heard = (who: Person, words: string) =>
  who.waitForMessage(
    "dm",
    (message) => message.ephemeral && `${message.text} ${wordsIn(message.blocks)}`.includes(words),
  );

/** The instant that stands before "at the latest", as the reader's Slack would write it in their own zone. */
function instantIn(message: Message): number {
  const blocks = JSON.stringify(message.blocks);
  const seconds = /(?:"timestamp":|<!date\^)(\d+)(?:(?!timestamp|<!date).)*at the latest/s.exec(blocks)?.[1];
  expect(seconds, blocks).toBeDefined();
  return Number(seconds) * 1000;
}
