import { afterEach, expect, test } from "vitest";
import { reachFromNow } from "../../src/ends/clock-watch.ts";
import { tellProblemsJob } from "../../src/jobs/tell-problems.ts";
import { outbox } from "../../src/ledger/bot-tables.ts";
import { tell } from "../../src/ledger/queries/outbox.ts";
import { writeMinutes } from "../../src/ledger/queries/use.ts";
import { containers } from "../../src/ledger/schema.ts";
import { deviceBecomes } from "../containers/steps.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { quietMinute } from "../support/minute.ts";
import { rounds } from "../support/rounds.ts";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** What needs an admin, as the admins read it in their channel while days pass. */

let clock: JumpingClock;
let desk: FrontDesk;

afterEach(async () => {
  await desk.end();
});

async function open(world: Parameters<typeof openDesk>[0] = {}): Promise<void> {
  clock = jumpingClock();
  desk = await openDesk({
    ...world,
    world: { clock, watchEveryMs: 40, ...world.world },
    jobs: (all, reach) => [looks.of(tellProblemsJob(all, reachFromNow(all.clock, reach)))],
  });
}

const looks = rounds();

/** So many minutes pass; then a whole look, and all that it has to say is sent. */
async function passes(minutes: number): Promise<void> {
  clock.jump(minutes * 60_000);
  await looks.whole(desk.world.until);
  await desk.world.until(
    async () =>
      (await desk.world.ledger.read((tx) => tx.select().from(outbox))).every(
        (row) => row.sentAt !== null || row.setAsideAt !== null,
      ),
    "everything to be sent",
  );
}

const read = () =>
  desk.dmitri.messages("CADMINS").map(({ blocks }) => wordsIn(blocks).replace(/\s+/g, " ").trim());

/** A message that is said again is edited after the new one is sent. */
const admins = (said: unknown[]) => expect.poll(read, { timeout: 10_000 }).toEqual(said);

test("a GPU that vanishes, stays away, comes and goes: two messages in two days, and each is true", async () => {
  await open();
  const { world } = desk;
  const [id = ""] = world.host.deviceIds();
  world.host.vanish(id);
  await deviceBecomes(world, id, "lost");
  await passes(1);
  await passes(60);
  await admins([expect.stringMatching(/^GPU 0 of gpu1 vanished .* Whoever has it keeps it/)]);

  await passes(24 * 60);
  await admins([
    expect.stringMatching(/^Said again below: .*GPU 0 of gpu1 vanished/),
    expect.stringMatching(/^Still so since .*: GPU 0 of gpu1 vanished/),
  ]);

  world.host.comeBack(id);
  await deviceBecomes(world, id, "ok");
  await passes(1);
  await expect.poll(() => read()[1], { timeout: 10_000 }).toMatch(/^Still so/);
  await passes(5);
  await expect
    .poll(() => read()[1], { timeout: 10_000 })
    .toBe("Solved: GPU 0 of gpu1 is not missing any more.");

  // Gone again within the hour: whoever read of it knows it.
  world.host.vanish(id);
  await deviceBecomes(world, id, "lost");
  await passes(1);
  await admins([expect.stringMatching(/^Said again/), expect.stringMatching(/^Still so since/)]);
  world.host.comeBack(id);
  await deviceBecomes(world, id, "ok");
  await passes(1);
  await passes(5);
  await passes(90);
  // Days later it is news.
  world.host.vanish(id);
  await deviceBecomes(world, id, "lost");
  await passes(1);
  await admins([
    expect.stringMatching(/^Said again/),
    expect.stringMatching(/^Solved/),
    expect.stringMatching(/^GPU 0 of gpu1 vanished/),
  ]);
});

test("what a container does is not known for half an hour: one message a day, however often it comes and goes", async () => {
  await open();
  const { ana, world } = desk;
  await ana.type("/container-deploy vision --gpus 1 --hours 24");
  await ana.waitForMessage("dm", (message) => message.text.startsWith("*vision* is ready"));
  const [row] = await world.ledger.read((tx) => tx.select().from(containers));
  const isKnown = () =>
    world.ledger.write((tx) =>
      writeMinutes(tx, [
        {
          containerId: row!.id,
          run: 1,
          sign: "idle",
          ...quietMinute(clock.now()),
        },
      ]),
    );
  await passes(29);
  expect(read()).toEqual([]);
  await passes(2);
  const [text] = read();
  expect(text).toMatch(/not known for more than half an hour what a container on gpu1 does.*vision\._\.ana/);
  await isKnown();
  await passes(1);
  await passes(6);
  expect(read()).toEqual(["Solved: It is known again what containers on gpu1 do."]);
  await passes(120);
  expect(read()).toEqual([text]);
});

test("somebody whom Slack does not know any more: said to the admins, with what to do, until something arrives", async () => {
  await open();
  const { slack, world } = desk;
  const note = (text: string) =>
    world.ledger.write((tx) => tell(tx, "UBEN", { kind: "note", text }, clock.now()));
  const isBens = (args: Record<string, unknown>) => args.channel === "UBEN";
  slack.faults.next("chat.postMessage", { error: "user_not_found", times: 100, when: isBens });
  await note("never read");
  await world.until(async () => {
    clock.jump(31_000);
    return (await world.ledger.read((tx) => tx.select().from(outbox))).some((row) => row.setAsideAt !== null);
  }, "the message to be put aside");
  await passes(1);
  expect(read()).toEqual([
    expect.stringMatching(/^Nothing can be told to ben: .*\(user_not_found\)\. Nothing of theirs is stopped/),
  ]);
  slack.faults.clear();
  await note("read");
  await passes(0);
  await passes(1);
  await passes(6);
  expect(read()).toEqual(["Solved: Messages to ben arrive again."]);
});
