import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { ownContainers } from "../../src/containers/list.ts";
import { retire } from "../../src/containers/stop.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { settled } from "../containers/steps.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** What admins keep from being granted, what they stop, and what happened: typed in Slack. */

let desk: FrontDesk;

beforeAll(async () => {
  desk = await openDesk();
});
afterEach(async () => {
  await answerTo("/berth pause off");
  await answerTo("/berth drain off");
  const ana = await anaNow();
  for (const { container } of await ownContainers(desk.world, ana)) {
    await retire(desk.world, { by: ana, which: { containerId: container.id } });
    await settled(desk.world, container.id, "retired");
  }
});
afterAll(async () => {
  await desk.end();
});

async function answerTo(line: string, who: "ana" | "dmitri" | "eve" = "dmitri") {
  const person = desk[who];
  const before = new Set(person.messages("gpu").map((message) => message.ts));
  expect(await person.type(line, { channel: "gpu" })).toEqual({ ok: true });
  return await person.waitForMessage("gpu", (message) => message.ephemeral && !before.has(message.ts));
}

const anaNow = async () => (await desk.world.ledger.read((tx) => memberByHandle(tx, "ana"))) as ActiveMember;

async function running(project: string): Promise<void> {
  await deploy(desk.world, { by: await anaNow(), requestId: randomUUID(), project });
  await desk.ana.waitForMessage("dm", (message) => message.text.includes(`*${project}* is ready`), 20_000);
}

test("nobody but an admin gets an answer, nor changes anything", async () => {
  for (const who of ["ana", "eve"] as const)
    for (const line of [
      'drain "x"',
      "drain off",
      'pause "x"',
      "pause off",
      'stop ana/vision now "x"',
      "events",
      "events gpu 0",
      "report",
    ])
      expect((await answerTo(`/berth ${line}`, who)).text).toContain("Only admins can do that.");
  expect(wordsIn((await answerTo("/gpu-status")).blocks)).not.toMatch(/drained|paused/);
});

test.each([
  ["/berth drian x", "Did you mean /berth drain?"],
  ["/berth pase x", "Did you mean /berth pause?"],
  ["/berth evnts", "Did you mean /berth events?"],
  ["/berth drain of", "Did you mean off?"],
  ["/berth drain", "Say why"],
  ["/berth pause", "Say why"],
  ["/berth drain gpu 9 hot", "gpu1 has no GPU 9. It has GPU 0, GPU 1, GPU 2 and GPU 3."],
  ["/berth drain from teatime disks", "is not a time I can read"],
  ["/berth drain from 2020-01-01 disks", "is over already"],
  ["/berth stop vision x", "does not say whose container it is"],
  ["/berth stop anna/vision now x", "Did you mean ana?"],
  ["/berth events nobody-at-all", "There is nobody and nothing called"],
  ["/berth constructor", "I don't know “constructor”"],
])("wrong words are answered with the right ones: %s", async (line, sentence) => {
  expect(wordsIn((await answerTo(line)).blocks)).toContain(sentence);
});

test("paused: the answer, the board, Home and a deploy say who and why, and markup in it is text", async () => {
  const answer = await answerTo('/berth pause "the *new* <!channel> driver"');
  expect(answer.text).toContain("Berth is paused: nothing is granted anywhere until pause off.");
  expect(answer.text).toContain("&lt;!channel&gt;");
  const boarded = await answerTo("/gpu-status", "ana");
  expect(wordsIn(boarded.blocks)).toContain("Berth is paused by *dmitri* since");
  expect(JSON.stringify(boarded.blocks)).toContain("&lt;!channel&gt;");
  const waits = await answerTo("/container-deploy paused --gpus 1", "ana");
  expect(wordsIn(waits.blocks)).toContain(
    "Berth is paused by dmitri: the *new* &lt;!channel&gt; driver. Your place in the line stays.",
  );
  expect((await answerTo("/berth pause again")).text).toContain("Berth is paused already: by dmitri since");
  expect((await answerTo("/berth pause off")).text).toContain("the line goes on");
  await desk.ana.waitForMessage("dm", (message) => message.text.includes("*paused* is ready"), 20_000);
  expect((await answerTo("/berth pause off")).text).toBe("Berth was not paused.");
});

test("drained with an instant, in the admin's own time: the board says so, and whoever is there hears of it", async () => {
  await running("speech");
  const answer = await answerTo('/berth drain from tomorrow 18:00 "new disks"');
  expect(answer.text).toMatch(/The server gpu1 gives nothing new out from now on\..*will be stopped <!date/);
  expect(answer.text).toContain("ana/speech");
  await desk.ana.waitForMessage(
    "dm",
    /“speech” will be stopped .* by dmitri: the server gpu1 is drained \(new disks\)/,
    20_000,
  );
  const words = wordsIn((await answerTo("/gpu-status", "ana")).blocks);
  expect(words).toContain("The server `gpu1` is being drained by *dmitri* since");
  expect(words).toContain("0 of 4 GPUs are free.");
  expect((await answerTo("/berth drain off")).text).toContain("1 stop that it had planned is cancelled.");
  await desk.ana.waitForMessage("dm", /“speech” is not stopped/, 20_000);
});

test("one GPU drained, quoted words kept together", async () => {
  expect((await answerTo('/berth drain gpu 3 "it is hot"')).text).toContain(
    "GPU 3 of gpu1 gives nothing new out",
  );
  expect(wordsIn((await answerTo("/gpu-status")).blocks)).toContain(
    ":construction: drained by dmitri: it is hot",
  );
  expect((await answerTo("/berth drain gpu 3 off")).text).toContain("The drain of GPU 3 of gpu1 is over");
  expect((await answerTo('/berth drain "gpu 3 is hot"')).text).toContain(
    "The server gpu1 gives nothing new out",
  );
});

test("an admin's stop at once: the owner reads who and why; the history names both, page by page", async () => {
  await running("vision");
  expect((await answerTo('/berth stop ana/vision now "it mines coins"')).text).toContain(
    "ana/vision is being stopped at once; its owner is told who and why.",
  );
  const told = await desk.ana.waitForMessage("dm", /“vision” has stopped/, 20_000);
  expect(told.text).toContain("dmitri stopped it: it mines coins");
  const history = await answerTo("/berth events ana/vision");
  expect(wordsIn(history.blocks)).toMatch(
    /\*stop wished\* \(ana\/vision by dmitri\) {2}dmitri stopped it: it mines coins/,
  );
  const everything = await answerTo("/berth events");
  const first = wordsIn(everything.blocks);
  await desk.dmitri.click(everything, "Older");
  await desk.slack.waitFor(
    () =>
      desk.dmitri
        .messages("gpu")
        .some(
          ({ text, blocks }) =>
            text.startsWith("What happened") &&
            wordsIn(blocks) !== first &&
            !wordsIn(blocks).includes("ana/vision "),
        ),
    10_000,
    "the older page",
  );
});

test("the week so far, for admins who don't wait for Monday", async () => {
  const words = wordsIn((await answerTo("/berth report")).blocks);
  expect(words).toMatch(/The GPU server's week, .* to /);
  expect(words).toMatch(/Nobody waited\.|Longest waits/);
  expect(words).toContain("set idle_mode: stop in the policy file");
});
