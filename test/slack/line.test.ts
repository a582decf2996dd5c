import { afterEach, beforeEach, expect, test } from "vitest";
import { livingOfMember } from "../../src/ledger/queries/containers.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** What people see of the line, and what they do about it. */

let desk: FrontDesk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(async () => {
  await desk.end();
});

type Who = "ana" | "ben" | "dmitri";
type Message = ReturnType<FrontDesk["ana"]["messages"]>[number];

const card = (who: Who, ...words: string[]) =>
  desk[who].waitForMessage(
    "dm",
    (message) => !message.ephemeral && words.every((part) => wordsIn(message.blocks).includes(part)),
  );

/** What only that person sees, in answer to the line they type. */
async function answerTo(who: Who, line: string): Promise<Message> {
  const before = new Set(desk[who].messages("dm").map((message) => message.ts));
  await desk[who].type(line);
  return desk[who].waitForMessage("dm", (message) => message.ephemeral && !before.has(message.ts));
}

async function deployed(who: Who, line: string): Promise<void> {
  const project = line.split(" ")[0] ?? "";
  await desk[who].type(`/container-deploy ${line}`);
  await card(who, `*${project}*  ·  ready`);
}

/** The card of one that waits. */
async function waits(who: Who, line: string): Promise<Message> {
  const project = line.split(" ")[0] ?? "";
  await desk[who].type(`/container-deploy ${line}`);
  return card(who, `*${project}*  ·  waiting`);
}

async function living(who: Who) {
  return desk.world.ledger.read(async (tx) => {
    const member = await memberByHandle(tx, who);
    return member ? livingOfMember(tx, member.id) : [];
  });
}

/** The newest delivery of a press, to be sent again with something else in it. */
function pressedLast() {
  return desk.slack.journal.deliveries("interactive").at(-1)?.payload as {
    actions: object[];
    message?: object;
  };
}

let presses = 0;
async function press(name: string, value: object): Promise<void> {
  const real = pressedLast();
  presses += 1;
  await desk.slack.deliver("interactive", {
    ...real,
    trigger_id: `pressed.${presses}`,
    actions: [
      { ...real.actions[0], action_id: name, value: JSON.stringify(value), action_ts: `${presses}.0` },
    ],
  });
}

const told = (who: Who, words: string) =>
  desk[who].waitForMessage("dm", (message) => wordsIn(message.blocks).includes(words));

test("a deploy that can't be granted says why, and what would start now instead", async () => {
  await deployed("ben", "two --gpus 1");
  const answer = await answerTo("ben", "/container-deploy three --gpus 2");
  const words = wordsIn(answer.blocks);
  expect(words).toContain("*three* waits");
  expect(words).toContain("You hold 1 GPU of the 2 GPUs you may hold at once");
  expect(words).toContain("Could start now instead: 1 GPU for 8 h, or CPUs only for 8 h.");
  expect(words).toContain("It would start at once if you stop *two*.");
  for (const label of ["Start with 1 GPU", "Start with CPUs only", "Stop two", "Leave the line"])
    expect(words).toContain(label);
});

test("Swap: one press and the smaller thing starts, in a new message with the sign-in line; the old one has no buttons", async () => {
  await deployed("ben", "two --gpus 1");
  const waiting = await waits("ben", "three --gpus 2");
  await desk.ben.click(waiting, "Start with 1 GPU");
  const ready = await card("ben", "*three*  ·  ready", "ssh -p", "GPU 1");
  expect(ready.ts).not.toBe(waiting.ts);
  const old = await card("ben", "*three* goes on in a newer message below.");
  expect(old.ts).toBe(waiting.ts);
  expect(JSON.stringify(old.blocks)).not.toContain("button");
  expect((await living("ben")).map(({ wish }) => wish)).toEqual([
    { kind: "gpu", count: 1 },
    { kind: "gpu", count: 1 },
  ]);
  await desk.ben.click(ready, "Why?");
  await desk.ben.waitForModal("ben took 1 GPU for 8 h instead of 2 GPUs for 8 h.");
});

test("Stop one of your own: its GPU is given back at once, and what waited starts", async () => {
  await deployed("ben", "two --gpus 1");
  const waiting = await waits("ben", "three --gpus 2");
  expect(desk.ben.confirmText(waiting, "Stop two")).toContain("its GPU is given back at once");
  await desk.ben.click(waiting, "Stop two", { confirmed: true });
  await told("ben", "*two* is stopping; its GPU is given back as soon as it is seen empty.");
  await card("ben", "*three*  ·  ready", "ssh -p");
  await card("ben", "*two*  ·  stopped", "It holds no GPU.");
});

test("a GPU kept for a stopped container is offered back", async () => {
  await deployed("ben", "two --gpus 2");
  await desk.ben.click(await card("ben", "*two*  ·  ready"), "Stop", { confirmed: true });
  await card("ben", "*two*  ·  stopped");
  const waiting = await waits("ben", "three --gpus 2");
  expect(wordsIn(waiting.blocks)).toContain("if you free the GPU kept for *two*");
  await desk.ben.click(waiting, "Free the GPU of two", { confirmed: true });
  await card("ben", "*three*  ·  ready");
});

test("/gpu-queue: place, how it came about, the way out; and nothing when nothing waits", async () => {
  await deployed("ana", "one --gpus 2");
  await deployed("ben", "two --gpus 2");
  await deployed("dmitri", "four --cpu-only");
  await waits("dmitri", "five --gpus 1");
  await waits("dmitri", "six --gpus 2");
  const queue = await answerTo("dmitri", "/gpu-queue");
  const words = wordsIn(queue.blocks);
  for (const part of [
    "*five*  ·  1st in the line  ·  1 GPU for 8 h",
    "*six*  ·  2nd in the line  ·  2 GPUs for 8 h",
    "No GPU is free.",
    "and there you stand.",
    "2 requests in the line in all.",
  ])
    expect(words).toContain(part);
  const leave = queue.blocks?.find((block) => JSON.stringify(block).includes("leave-line"));
  await desk.dmitri.click(queue, `${leave?.block_id}/leave-line`, { confirmed: true });
  await told("dmitri", "*five* left the line.");
  await desk.dmitri.click(queue, "Refresh");
  await told("dmitri", "*six*  ·  1st in the line");
  const others = await answerTo("ana", "/gpu-queue");
  expect(others.text).toBe("Nothing of yours waits in the line. 1 request of others does.");
  await desk.ana.click(others, "The whole line");
  await told("ana", "*dmitri* (six), 2 GPUs for 8 h");
});

test("/gpu-status without names: nobody is told apart by handle or project", async () => {
  await desk.end();
  desk = await openDesk({ world: { gpus: 1, policy: "enrol: open\nboard_names: none" } });
  await deployed("ana", "one --gpus 1");
  await waits("ben", "two --gpus 1");
  const words = wordsIn((await answerTo("ana", "/gpu-status")).blocks);
  expect(words).toContain("1st: a request, 1 GPU for 8 h");
  expect(words).not.toMatch(/ben|two|\*ana\*/);
});

test("Put first: the owner is told, everyone in the line reads why, and the order is that", async () => {
  await deployed("ana", "one --gpus 2");
  await deployed("dmitri", "four --gpus 2");
  await waits("dmitri", "early --gpus 2");
  const late = await waits("ben", "late --gpus 1");
  expect(wordsIn(late.blocks)).toContain("2nd in the line");
  const answer = await answerTo("dmitri", '/berth first ben/late "demo for the visitors at 15:00"');
  expect(wordsIn(answer.blocks)).toContain("*ben/late* is first in the line now.");
  const reason = "demo for the visitors at 15:00 (dmitri)";
  await desk.ben.waitForMessage("dm", "dmitri put “late” first in the line: demo for the visitors at 15:00");
  await card("ben", "put first: 1st in the line");
  await card("dmitri", "*early*  ·  waiting, 2nd in the line", `Put first: ${reason}`);
  const board = wordsIn((await answerTo("ana", "/gpu-status")).blocks);
  expect(board).toContain(`put first: ${reason}`);
  expect(board.indexOf("(late)")).toBeLessThan(board.indexOf("(early)"));
  await desk.ben.click(await card("ben", "put first"), "Why?");
  await desk.ben.waitForModal("dmitri put it first in the line: demo for the visitors at 15:00");
});

test("Put first in wrong words, or by somebody who may not: a plain answer, and the line is as it was", async () => {
  await deployed("ana", "one --gpus 2");
  await deployed("dmitri", "four --gpus 2");
  await waits("ben", "late --gpus 1");
  for (const [who, line, words] of [
    ["ben", "late because", "Only admins can do that."],
    ["dmitri", "", "Put whom first, and why?"],
    ["dmitri", "late", "Say why: everyone in the line reads it."],
    ["dmitri", `late ${"so ".repeat(100)}`, "may have 200 letters; this has 299"],
    ["dmitri", "ben/lat demo", "Did you mean ben/late?"],
    ["dmitri", "ana/one demo", "Nothing called “ana/one” waits"],
  ] as const)
    expect(wordsIn((await answerTo(who, `/berth first ${line}`)).blocks)).toContain(words);
  expect((await living("ben"))[0]?.firstSince).toBeNull();
});

test("Put first where two wait under one name asks whose; twice says that it was done", async () => {
  await deployed("ana", "one --gpus 2");
  await deployed("dmitri", "four --gpus 2");
  await waits("ben", "late --gpus 1");
  await waits("dmitri", "late --gpus 1");
  expect(wordsIn((await answerTo("dmitri", "/berth first late demo")).blocks)).toContain(
    "Say whose: ben/late or dmitri/late.",
  );
  await answerTo("dmitri", "/berth first ben/late demo");
  expect(wordsIn((await answerTo("dmitri", "/berth first ben/late again")).blocks)).toContain(
    "ben/late was put first already",
  );
});

test("stale and forged presses are judged again: nothing happens, and the answer is plain", async () => {
  await deployed("ben", "two --gpus 1");
  const waiting = await waits("ben", "three --gpus 2");
  const three = (await living("ben")).find(({ state }) => state === "waiting")?.id ?? 0;
  await desk.ben.click(waiting, "Why?");
  await desk.ben.waitForModal("asked for 2 GPUs");
  await desk.ben.close({ all: true });
  for (const [value, words] of [
    [{ devices: "gpu:9", hours: 8 }, "There are at most 4 GPUs for one container"],
    [{ devices: "gpu:1.5", hours: 8 }, "must be a whole number"],
    [{ devices: "tpu", hours: 8 }, "must be a whole number"],
    [{ devices: "mig:9g.90gb", hours: 8 }, "There is no slice 9g.90gb"],
    [{ devices: "gpu:1", hours: 1e9 }, "more than you may ask for at once"],
    [{ devices: "gpu:1", hours: -1 }, "The hours must be a number above 0."],
    [{ devices: "gpu:2", hours: 7 }, "That can't start at this moment after all"],
    [{ devices: "gpu:1", hours: null }, "This button is from another time"],
  ] as const) {
    await press("swap-request", { containerId: three, ...value });
    await told("ben", words);
  }
  expect((await living("ben")).find(({ id }) => id === three)).toMatchObject({
    state: "waiting",
    wish: { kind: "gpu", count: 2 },
    hours: 8,
  });

  // What is somebody else's is answered as if it were not there.
  await desk.ana.type("/container-deploy one --gpus 1");
  await desk.ana.click(await card("ana", "*one*  ·  ready"), "Why?");
  await desk.ana.waitForModal("SSH answers");
  await desk.ana.close({ all: true });
  for (const name of ["swap-request", "stop-and-free", "leave-line"])
    await press(name, { containerId: three, devices: "gpu:1", hours: 8 });
  await desk.world.until(
    async () =>
      desk.ana.messages("dm").filter(({ text }) => text.includes("That container is no longer there."))
        .length === 3,
    "three plain answers",
  );

  // Pressed once more after it has started, nothing changes.
  await desk.ben.click(waiting, "Start with 1 GPU");
  await card("ben", "*three*  ·  ready");
  await desk.ben.click(waiting, "Start with CPUs only", { stale: true });
  await told("ben", "*three* is running.");
  await desk.ben.click(waiting, "Leave the line", { confirmed: true, stale: true });
  expect((await living("ben")).map(({ state, wish }) => [state, wish.kind])).toEqual([
    ["running", "gpu"],
    ["running", "gpu"],
  ]);
});
