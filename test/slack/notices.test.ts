import { afterEach, beforeEach, expect, test } from "vitest";
import { ownContainers } from "../../src/containers/list.ts";
import { notices } from "../../src/ledger/end-tables.ts";
import { memberByHandle } from "../../src/ledger/queries/members.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** The end of a container as its owner lives through it: two notices, the ways out of them, and what becomes of each. */

let desk: FrontDesk;
let clock: JumpingClock;
let saidInside: (readonly string[])[];
const minuteMs = 60_000;

beforeEach(async () => {
  clock = jumpingClock();
  saidInside = [];
  desk = await openDesk({
    world: {
      clock,
      gpus: 1,
      onExec: (_name, argv) => {
        if (argv.some((word) => /notice\.sh|before-stop\.sh/.test(word))) saidInside.push(argv);
        return { exitCode: 0, output: "" };
      },
    },
    ends: true,
  });
});
afterEach(async () => {
  await desk.end();
});

const dm = (words: string) =>
  desk.ana.waitForMessage("dm", (message) => !message.ephemeral && wordsIn(message.blocks).includes(words));
const answer = (words: string) =>
  desk.ana.waitForMessage("dm", (message) => message.ephemeral && wordsIn(message.blocks).includes(words));

async function mine() {
  const ana = await desk.world.ledger.read((tx) => memberByHandle(tx, "ana"));
  const [view] = await ownContainers(desk.world, { id: ana?.id ?? -1 });
  if (!view) throw new Error("ana has no container");
  return view;
}

/** Puts the clock to so many minutes before the end as it is now. */
async function minutesBefore(minutes: number): Promise<void> {
  const { container } = await mine();
  clock.jump((container.endsAt?.getTime() ?? 0) - minutes * minuteMs - clock.now().getTime());
}

async function running() {
  await desk.ana.type("/container-deploy vision --gpus 1 --hours 8");
  const ready = await dm("ready");
  await minutesBefore(75);
  return ready;
}

const buttonsOf = (message: { blocks?: unknown }) =>
  [...JSON.stringify(message.blocks).matchAll(/"type":"button","action_id":"([^":]+)/g)].map(([, id]) => id);

/** The first notice, and the last. */
async function first() {
  await minutesBefore(60);
  return accepted(await dm("*vision*  ·  stops"));
}
async function last(after: { ts: string }) {
  await minutesBefore(15);
  const isNew = (message: { ts: string; ephemeral?: boolean; blocks?: unknown }) =>
    message.ts !== after.ts && !message.ephemeral && wordsIn(message.blocks).includes("*vision*  ·  stops");
  return accepted(await desk.ana.waitForMessage("dm", isNew));
}

/** The receipt counts, not what somebody sees: no time passes before it is there. */
async function accepted<Message extends { ts: string }>(message: Message): Promise<Message> {
  await desk.world.until(async () => {
    const rows = await desk.world.ledger.read((tx) => tx.select().from(notices));
    return rows.some(({ ts, acceptedAt }) => ts === message.ts && acceptedAt !== null);
  }, "the receipt of a notice");
  return message;
}

test("60 and 15 minutes before: new messages with what, when, why and the ways out; then it stops and both say so", async () => {
  const ready = await running();
  const one = await first();
  expect(one.ts).not.toBe(ready.ts);
  const words = wordsIn(one.blocks);
  expect(words).toContain("in 1 h");
  expect(words).toContain("Its 8 hours are over.");
  expect(words).toMatch(/<!date\^\d+\^/);
  expect(words).toContain("Files in `/workspace` and what you installed stay.");
  expect(words).toContain("It costs nothing: nobody waits for what it holds.");
  expect(one.text).toContain("*vision* stops in 1 h");
  expect(buttonsOf(one)).toEqual(["extend-container", "stop-container", "ask-why"]);
  const two = await last(one);
  expect(wordsIn(two.blocks)).toContain("in 15 min");
  const rows = await desk.world.ledger.read((tx) => tx.select().from(notices).orderBy(notices.id));
  expect(rows).toMatchObject([
    { step: "first", ts: one.ts, channel: expect.stringMatching(/^D/), acceptedAt: expect.any(Date) },
    { step: "last", ts: two.ts, acceptedAt: expect.any(Date) },
  ]);
  clock.jump(16 * minuteMs);
  const stopped = await dm("“vision” has stopped. Its 8 hours are over.");
  expect(stopped.ts).not.toBe(two.ts);
  for (const { ts } of [one, two]) {
    const over = await desk.ana.waitForMessage(
      "dm",
      (message) => message.ts === ts && wordsIn(message.blocks).includes("·  stopped"),
    );
    expect(buttonsOf(over)).toEqual([]);
  }
});

test("Extend on a notice moves the end; the notice says who and to when, and the new end has a ladder of its own", async () => {
  await running();
  const one = await first();
  await desk.ana.click(one, "Extend 4 h");
  await answer("4 h later.");
  const over = await desk.ana.waitForMessage(
    "dm",
    (message) => message.ts === one.ts && wordsIn(message.blocks).includes("*ana* moved its end from"),
  );
  expect(buttonsOf(over)).toEqual([]);
  await minutesBefore(60);
  const next = await desk.ana.waitForMessage(
    "dm",
    (message) => message.ts !== one.ts && wordsIn(message.blocks).includes("*vision*  ·  stops"),
  );
  expect(wordsIn(next.blocks)).toContain("ana extended them by 4 h");
  expect((await mine()).container.state).toBe("running");
});

test("Stop now asks first, stops, and the notice says who did it", async () => {
  await running();
  const one = await first();
  expect(desk.ana.confirmText(one, "Stop now")).toContain("Everything that runs in it ends.");
  await desk.ana.click(one, "Stop now", { confirmed: true });
  const over = await desk.ana.waitForMessage(
    "dm",
    (message) => message.ts === one.ts && wordsIn(message.blocks).includes("ana stopped it."),
  );
  expect(buttonsOf(over)).toEqual([]);
});

test("Why? tells of the end, with the rule and the numbers", async () => {
  await running();
  await desk.ana.click(await first(), "Why?");
  await desk.ana.waitForModal((modal) => wordsIn(modal.blocks).includes("ends at:"));
});

test("what is lost is told from the last reading of the GPUs", async () => {
  await running();
  const { container, devices } = await mine();
  desk.world.host.compute(devices[0]?.id ?? "", {
    containerId: container.engineId ?? "",
    memoryMiB: 31 * 1024,
  });
  await desk.world.until(
    async () => (desk.world.node.latest.gpus?.processes.length ?? 0) > 0,
    "a reading with the process",
  );
  // Hours pass in an instant here; the next reading may come later than the notice.
  const { gpus } = desk.world.node.latest;
  Object.defineProperty(desk.world.node.latest, "gpus", {
    get: () => gpus && { ...gpus, at: clock.now() },
    set: () => undefined,
  });
  const words = wordsIn((await first()).blocks);
  expect(words).toContain("1 process on its GPU with 31 GB in GPU memory");
});

test("where an extension is over the budget, or past what is allowed, the notice says so at once", async () => {
  await running();
  await desk.ben.type("/container-deploy speech --gpus 1");
  await desk.ben.waitForMessage("dm", (message) => wordsIn(message.blocks).includes("waiting"));
  const words = wordsIn((await first()).blocks);
  expect(words).toContain(
    "It costs 4 GPU-hours (1 GPU) of your budget, because somebody waits for what it holds.",
  );
});

test("Extend in the same instant as the stop: whoever commits first wins, the other is told", async () => {
  await running();
  const two = await last(await first());
  await minutesBefore(0);
  await desk.ana.click(two, "Extend 4 h");
  const said = await desk.ana.waitForMessage(
    "dm",
    (message) => message.ephemeral && /4 h later|there is no end to move/.test(wordsIn(message.blocks)),
  );
  const { container } = await mine();
  const extended = wordsIn(said.blocks).includes("later");
  expect(container.wanted).toBe(extended ? "running" : "stopped");
  const over = await desk.ana.waitForMessage(
    "dm",
    (message) => message.ts === two.ts && buttonsOf(message).length === 0,
  );
  expect(wordsIn(over.blocks)).toContain(extended ? "*ana* moved its end from" : "·  stopped");
});

test("the same is said in the container, once for each notice; at the last one before-stop is begun; extended, the file follows", async () => {
  await running();
  const one = await first();
  await desk.world.until(async () => saidInside.length >= 1, "the first notice in the container");
  const two = await last(one);
  await desk.world.until(async () => saidInside.length >= 3, "the last notice in the container");
  const endsAt = (await mine()).container.endsAt?.toISOString().replace(/\.\d+Z$/, "Z");
  const [notice, another, hook] = saidInside;
  expect(notice?.slice(1)).toMatchObject([
    expect.stringContaining("notice.sh"),
    "ana",
    expect.any(String),
    endsAt,
    expect.stringContaining("vision stops in 60 minutes"),
  ]);
  expect(another?.at(-1)).toContain("vision stops in 15 minutes");
  expect(hook?.[1]).toContain("before-stop.sh");
  await desk.ana.click(two, "Extend 4 h");
  await desk.world.until(async () => saidInside.length >= 4, "the moved end in the container");
  const later = (await mine()).container.endsAt?.toISOString().replace(/\.\d+Z$/, "Z");
  expect(later).not.toBe(endsAt);
  expect(saidInside[3]?.slice(-2)).toEqual([later, ""]);
});

test("a container that does not answer keeps nobody from anything", async () => {
  await running();
  desk.world.engine.now.trouble({ verb: "exec", when: "before", error: "silent", times: 100 });
  const two = await last(await first());
  clock.jump(16 * minuteMs);
  await dm("“vision” has stopped.");
  expect(two.ts).toBeDefined();
});
