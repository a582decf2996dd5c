import { afterAll, beforeAll, expect, test } from "vitest";
import { type SlackSimulator, startSlack } from "../../src/demo/slack/simulator.ts";
import { tell } from "../../src/ledger/queries/outbox.ts";
import { manifest } from "../../src/slack/manifest.ts";
import type { SlackSettings } from "../../src/slack/settings.ts";
import { startSlackRoom } from "../../src/slack/start.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { life } from "./mortal.ts";

/**
 * The bot is killed at every step of telling somebody three things. A second one goes on: nothing is lost, the order
 * stays, and a second copy comes only where the first bot died after Slack's ok and before the receipt was written.
 */
let database: TestDatabase;
let machine: MemoryWorld;
let slack: SlackSimulator;
let settings: SlackSettings;

beforeAll(async () => {
  database = await freshDatabase();
  machine = await memoryWorld(database.url, { checkEpoch: false });
  slack = await startSlack({ manifest: manifest({}), users: [{ id: "UANA", name: "ana" }], channels: [] });
  settings = {
    botToken: slack.botToken,
    delivery: { kind: "socket", appToken: slack.appToken },
    apiUrl: slack.apiUrl,
    commandPrefix: "",
  };
  await machine.member("ana");
});

afterAll(async () => {
  await slack?.close();
  await machine?.end();
  await database?.drop();
});

const stepsOfOne = [
  "before the attempt is noted",
  "after the attempt is noted",
  "after Slack said ok, before the receipt",
  "after the receipt",
];
const copiedAt = "after Slack said ok, before the receipt";
const words = ["one", "two", "three"];

let lives = 0;

async function live(dieAt?: number): Promise<{ steps: number; said: string[]; expected: string[] }> {
  lives += 1;
  const texts = words.map((word) => `${lives} ${word}`);
  const mind = life();
  const first = await memoryWorld(database.url, { share: machine, ledger: mind.ledger });
  const room = await startSlackRoom(first, settings);
  await first.ledger.transaction(async (tx) => {
    for (const text of texts) await tell(tx, "UANA", { kind: "note", text }, first.clock.now());
  });
  mind.arm(dieAt);
  await Promise.race([room.drain(), mind.death]);
  first.die();
  await room.stop();

  const second = await memoryWorld(database.url, { share: machine });
  const next = await startSlackRoom(second, settings);
  await second.until(async () => (await next.drain()).left === 0, "everything to be sent");
  await next.stop();
  await second.end();
  const said = slack
    .as("UANA")
    .messages("dm")
    .map(({ text }) => text)
    .filter((text) => text.startsWith(`${lives} `));
  return { steps: mind.steps.length, said, expected: texts };
}

test("told whole and in order by a bot that lives", async () => {
  const { steps, said, expected } = await live();
  expect(said).toEqual(expected);
  expect(steps).toBe(words.length * stepsOfOne.length);
});

test.each(
  words.flatMap((word, n) => stepsOfOne.map((step, m) => [step, word, n * stepsOfOne.length + m] as const)),
)("killed %s of “%s”", async (step, word, dieAt) => {
  const { said, expected } = await live(dieAt);
  const copied = step === copiedAt ? words.indexOf(word) : -1;
  expect(said).toEqual(expected.flatMap((text, n) => (n === copied ? [text, text] : [text])));
});
