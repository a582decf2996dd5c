import { eq } from "drizzle-orm";
import { deploy } from "../../src/containers/deploy.ts";
import { reachFromNow } from "../../src/ends/clock-watch.ts";
import type { Looked } from "../../src/ends/looked.ts";
import { endContainers } from "../../src/jobs/end-containers.ts";
import type { Job } from "../../src/jobs/runner.ts";
import { ends, notices } from "../../src/ledger/end-tables.ts";
import { events } from "../../src/ledger/event-table.ts";
import { containerById } from "../../src/ledger/queries/containers.ts";
import { armedEnds } from "../../src/ledger/queries/ends.ts";
import type { ActiveMember, Container } from "../../src/ledger/schema.ts";
import { ready, settled } from "../containers/steps.ts";
import { freshDatabase } from "../support/database.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { type Post, post } from "./post.ts";

const minuteMs = 60_000;

/** A bot whose hours pass in an instant, with a Slack that takes notices or is away. */
export type EndsLab = {
  world: MemoryWorld;
  clock: JumpingClock;
  slack: Post;
  ana: ActiveMember;
  /** Her next container, running, for so many hours. */
  running(hours: number, wish?: Parameters<typeof deploy>[1]["wish"]): Promise<number>;
  passes(minutes: number): void;
  row(id: number): Promise<Container>;
  /** `last 1 accepted`, `first 1 written` …, the oldest first. */
  told(id: number): Promise<string[]>;
  /** Waits until it was told exactly so. */
  untilTold(id: number, told: string[]): Promise<void>;
  /** `end armed`, `end moved` …, the oldest first; of removals only those that came. */
  ends(id: number): Promise<string[]>;
  /** The minutes from now to its earliest end. */
  minutesLeft(id: number): Promise<number>;
  happened(id: number, what: string): Promise<{ because: string; evidence: Record<string, unknown> }[]>;
  /** After `world.stop()`: another bot, as far as ends are concerned. */
  startAgain(): void;
  end(): Promise<void>;
};

export async function endsLab({
  jobs = () => [],
  looked,
  ...options
}: Parameters<typeof memoryWorld>[1] & {
  /** What else runs in it. */
  jobs?: (world: MemoryWorld, slack: Post) => Job[];
  looked?: Looked;
} = {}): Promise<EndsLab> {
  const database = await freshDatabase();
  const clock = jumpingClock();
  const world = await memoryWorld(database.url, {
    clock,
    policy: "enrol: open\ndefaults: { max_containers: 50, max_waiting: 50, memory_gib: 1, cpus: 1 }",
    ...options,
  });
  const slack = post(clock);
  const ana = await world.member("ana");
  const startAgain = () =>
    world.start(
      endContainers(world, reachFromNow(clock, slack.reach), looked),
      slack.job,
      ...jobs(world, slack),
    );
  startAgain();
  await ready(world);
  let asked = 0;
  const row = async (id: number) => (await world.ledger.read((tx) => containerById(tx, id)))!;
  const told = async (id: number) => {
    const rows = await world.ledger.read((tx) =>
      tx
        .select({ notice: notices, end: ends })
        .from(notices)
        .innerJoin(ends, eq(ends.id, notices.endId))
        .orderBy(notices.id),
    );
    return rows
      .filter(({ end }) => end.containerId === id)
      .map(({ notice }) => `${notice.step} ${notice.attempt} ${notice.acceptedAt ? "accepted" : "written"}`);
  };
  return {
    world,
    clock,
    slack,
    ana,
    async running(hours, wish = { kind: "cpu" }) {
      asked += 1;
      const project = `p${asked}`;
      const { container } = await deploy(world, { by: ana, requestId: project, project, hours, wish });
      await settled(world, container.id, "running");
      return container.id;
    },
    startAgain,
    passes: (minutes) => clock.jump(minutes * minuteMs),
    row,
    told,
    async untilTold(id, expected) {
      await world.until(
        async () => JSON.stringify(await told(id)) === JSON.stringify(expected),
        `container ${id} to be told ${expected.join(", ")}`,
      );
    },
    async ends(id) {
      const rows = await world.ledger.read((tx) => tx.select().from(ends).orderBy(ends.id));
      return rows
        .filter((end) => end.containerId === id && (end.reason !== "remove" || end.state === "done"))
        .map((end) => `${end.reason} ${end.state}`);
    },
    async minutesLeft(id) {
      const [first] = await world.ledger.read((tx) => armedEnds(tx, id));
      return Math.round((first!.at.getTime() - clock.now().getTime()) / minuteMs);
    },
    async happened(id, what) {
      const rows = await world.ledger.read((tx) => tx.select().from(events).orderBy(events.id));
      return rows.filter((event) => event.containerId === id && event.what === what);
    },
    async end() {
      await world.end();
      await database.drop();
    },
  };
}
