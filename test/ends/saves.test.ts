import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { reachFromNow } from "../../src/ends/clock-watch.ts";
import { endContainers } from "../../src/jobs/end-containers.ts";
import { tellInsideJob } from "../../src/jobs/tell-inside.ts";
import { ends, notices } from "../../src/ledger/end-tables.ts";
import { allNodes } from "../../src/ledger/queries/nodes.ts";
import { type Laptop, laptop, paste } from "../access/laptop.ts";
import { type RealWorld, realWorld, until } from "../images/real-world.ts";
// Runs on the one engine: test/support/bed.ts.
import { type Bed, bed } from "../support/bed.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { unwarned } from "../support/unwarned.ts";
import { type Post, post } from "./post.ts";

/** The whole way of an end on a real engine; only Slack takes what it is told at once, and hours pass in an instant. */
let here: Bed;
let database: TestDatabase;
let world: RealWorld;
let mine: Laptop;
let clock: JumpingClock;
let slack: Post;

const host = "vision.berth";
const minuteMs = 60_000;

beforeAll(async () => {
  here = await bed();
  await here.clear();
  [database, mine] = await Promise.all([freshDatabase(), laptop()]);
  clock = jumpingClock();
  slack = post(clock);
  world = await realWorld(database.url, here, {
    instance: "saves",
    clock,
    policy: `
enrol: open
defaults: { cpus: 1, memory_gib: 0.5, shm_gib: 0.1, pids: 256 }
notices: { sigterm_grace_s: 10 }
`,
    catalogue: `
images:
  - { name: house, framework: Python, version: "3", image: "${here.imageRef}", python: "3", house: true }
`,
  });
  world.start(endContainers(world, reachFromNow(clock, slack.reach)), slack.job, tellInsideJob());
  await until("the first look at the machine", 30, async () => {
    const [node] = await world.ledger.read((tx) => allNodes(tx));
    return node?.adoptedInEpoch ?? undefined;
  });
});

afterAll(async () => {
  await world?.end();
  await mine?.close();
  await here?.clear();
  await database?.drop();
});

/** Saves for two seconds when it is told to end; it would not survive a hang-up. */
const job = `sh -c "trap 'sleep 2; echo saved >> /workspace/run; exit' TERM; echo begun > /workspace/run; while :; do sleep 0.2; done"`;

test("its hours are over: told, 15 minutes later stopped, and the job in tmux has saved", async () => {
  const ana = await world.member("ana", mine.publicKey);
  const wish = { kind: "cpu" } as const;
  const asked = { by: ana, requestId: randomUUID(), project: "vision", image: "house", wish, hours: 2 };
  const { container, project } = await deploy(world, asked);
  await paste(mine, await world.settled(container.id, "running"));
  await inside(`tmux new-session -d -s job ${JSON.stringify(job)}`);
  const file = join(project.workspacePath, "run");
  await until("the job to begin", 20, () => readFile(file, "utf8").catch(() => undefined));

  const [end] = await world.ledger.read((tx) => tx.select().from(ends));
  expect(end).toMatchObject({ reason: "end", state: "armed" });
  clock.jump(end!.at.getTime() - clock.now().getTime() - 14 * minuteMs);
  const last = await until("the receipt of the last notice", 30, async () => {
    const all = await world.ledger.read((tx) => tx.select().from(notices));
    return all.find(({ step, acceptedAt }) => step === "last" && acceptedAt !== null);
  });
  await until("the word in the terminal", 30, async () => {
    const { out } = await mine.ssh(host, "cat ~/.berth/ends-at");
    return out.trim() === "" ? undefined : out;
  });
  expect(await readFile(file, "utf8")).toBe("begun\n");

  clock.jump(15 * minuteMs + 5_000);
  await world.settled(container.id, "stopped");
  expect(await readFile(file, "utf8")).toBe("begun\nsaved\n");
  const [done] = await world.ledger.read((tx) => tx.select().from(ends));
  expect(done).toMatchObject({ id: last.endId, state: "done" });
  expect(done!.closedAt!.getTime() - last.acceptedAt!.getTime()).toBeGreaterThanOrEqual(15 * minuteMs);
  expect(await unwarned(world)).toEqual([]);
});

async function inside(command: string): Promise<void> {
  expect(await mine.ssh(host, command)).toMatchObject({ code: 0 });
}
