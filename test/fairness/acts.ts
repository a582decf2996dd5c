import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { deploy } from "../../src/containers/deploy.ts";
import { run } from "../../src/containers/run.ts";
import { freeGpu, retire, stop } from "../../src/containers/stop.ts";
import { swap } from "../../src/containers/swap.ts";
import { endByAdmin } from "../../src/ends/by-admin.ts";
import { extend } from "../../src/ends/extend.ts";
import { Refusal } from "../../src/errors.ts";
import { containerViews } from "../../src/ledger/queries/container-views.ts";
import type { ActiveMember, Container, Wish } from "../../src/ledger/schema.ts";
import { asMember } from "../../src/members/acting.ts";
import { endExemption, setExemption } from "../../src/members/exemptions.ts";
import { endOverride, setOverride } from "../../src/members/overrides.ts";
import { drain, drainOff } from "../../src/nodes/drain.ts";
import { pause, pauseOff } from "../../src/nodes/pause.ts";
import { putFirst } from "../../src/waitlist/put-first.ts";
import type { World } from "../../src/world.ts";
import { alive, type Crowd } from "./crowd.ts";

const hour = 3_600_000;

const wish: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Wish>({ kind: "gpu", count: 1 }) },
  { weight: 2, arbitrary: fc.constant<Wish>({ kind: "gpu", count: 2 }) },
  { weight: 1, arbitrary: fc.constant<Wish>({ kind: "gpu", count: 4 }) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom("1g.5gb", "1g.5gb", "2g.10gb", "3g.20gb")
      .map((profile): Wish => ({ kind: "mig", profile })),
  },
  { weight: 2, arbitrary: fc.constant<Wish>({ kind: "cpu" }) },
);

/** Limits an admin changes, and to what: sometimes more than the group's, often less. */
const changes: [string, string[]][] = [
  ["max_gpu_equivalents", ["1", "2", "4", "unlimited"]],
  ["max_gpus_per_container", ["1", "2", "4"]],
  ["max_containers", ["1", "2", "5"]],
  ["max_waiting", ["1", "3"]],
  ["memory_gib", ["4", "8", "16"]],
  ["max_memory_gib_total", ["16", "24", "60"]],
  ["max_runtime_h", ["2", "6", "12"]],
  ["extension_gpu_h_per_7d", ["1", "2", "20"]],
];

const act = fc.oneof(
  { weight: 40, arbitrary: fc.constant("deploy" as const) },
  { weight: 12, arbitrary: fc.constantFrom("stop" as const, "run" as const, "retire" as const) },
  { weight: 4, arbitrary: fc.constantFrom("leave" as const, "swap" as const, "freeGpu" as const) },
  { weight: 8, arbitrary: fc.constant("extend" as const) },
  { weight: 5, arbitrary: fc.constantFrom("override" as const, "overrideEnded" as const) },
  { weight: 3, arbitrary: fc.constantFrom("drain" as const, "drainOff" as const, "drainOff" as const) },
  { weight: 2, arbitrary: fc.constantFrom("pause" as const, "pauseOff" as const, "pauseOff" as const) },
  { weight: 3, arbitrary: fc.constantFrom("first" as const, "endNow" as const, "endLater" as const) },
  { weight: 1, arbitrary: fc.constantFrom("exempt" as const, "exemptionEnded" as const) },
  { weight: 3, arbitrary: fc.constantFrom("vanish" as const, "comeBack" as const, "comeBack" as const) },
  { weight: 2, arbitrary: fc.constantFrom("slackAway" as const, "slackBack" as const, "slackBack" as const) },
  { weight: 2, arbitrary: fc.constant("kill" as const) },
  { weight: 12, arbitrary: fc.constant("pass" as const) },
);

export const command = fc.record({
  act,
  // Some ask again and again, so that their own limits hinder them; everybody comes now and then.
  who: fc.oneof({ weight: 3, arbitrary: fc.nat(5) }, { weight: 4, arbitrary: fc.nat(29) }),
  pick: fc.nat(9999),
  project: fc.constantFrom("vision", "audio", "notes"),
  wish,
  hours: fc.constantFrom(0.5, 1, 2, 3, 4, 5, 6, 6, 8, 10),
  minutes: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 2, max: 60 }) },
    { weight: 4, arbitrary: fc.integer({ min: 60, max: 240 }) },
    { weight: 1, arbitrary: fc.constantFrom(600, 1500) },
  ),
  /** At the same time as the one before. */
  joins: fc.integer({ min: 0, max: 9 }).map((n) => n > 2),
});
export type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** Done alone: what is not asked of a bot. */
export const isAlone = ({ act }: Command) =>
  ["pass", "slackAway", "slackBack", "kill", "vanish", "comeBack"].includes(act);

/** What people asked for, by request id; those that were not answered are asked again, as Slack does. */
export type Asked = { answered: Set<string>; unanswered: Map<string, Parameters<typeof deploy>[1]> };

/** One thing that one person does. A refusal is an answer; anything else that is thrown is a fault. */
export async function obey(crowd: Crowd, asked: Asked, wanted: Command): Promise<void> {
  const bots = crowd.living();
  const bot = bots[wanted.pick % (bots.length || 1)];
  try {
    if (bot) await alive(bot, ask(crowd, asked, wanted, bot.world));
    else if (["drain", "drainOff", "pause", "pauseOff", "override", "overrideEnded"].includes(wanted.act))
      await ask(crowd, asked, wanted, crowd.machine);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    crowd.count(`refused: ${error.reason}`);
  }
}

/** Asked again of whoever is there now. */
export async function askAgain(crowd: Crowd, asked: Asked): Promise<void> {
  for (const request of [...asked.unanswered.values()]) {
    const bot = crowd.living()[0];
    if (bot) await alive(bot, deployAnswered(crowd, bot.world, asked, request));
  }
}

async function deployAnswered(
  crowd: Crowd,
  world: World,
  asked: Asked,
  request: Parameters<typeof deploy>[1],
): Promise<void> {
  asked.unanswered.set(request.requestId, request);
  try {
    await deploy(world, request);
    asked.answered.add(request.requestId);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    crowd.count(`refused: ${error.reason}`);
  }
  asked.unanswered.delete(request.requestId);
}

async function ask(
  crowd: Crowd,
  asked: Asked,
  { act, who, pick, project, wish, hours, minutes }: Command,
  world: World,
): Promise<unknown> {
  const { book, members, clock } = crowd;
  // Most of those who ask for several GPUs may have them.
  const isWide = wish.kind === "gpu" && wish.count > 1 && pick % 5 > 0;
  const by = members[isWide ? (who % 7) * 4 + 3 : who]!;
  const admin = crowd.admins[pick % 2]!;
  const acting = asMember(admin);
  const reason = `reason ${pick}`;
  const later = new Date(clock.now().getTime() + minutes * 60_000);
  const one = (...states: Container["state"][]) => {
    const some = [...book.containers.values()].filter(({ state }) => states.includes(state));
    return some[pick % (some.length || 1)];
  };
  /** The owner does it, with a container of theirs. */
  const own = async (
    row: Container | undefined,
    what: (by: ActiveMember, which: { containerId: number }) => unknown,
  ) => row && what(members.find(({ id }) => id === row.memberId)!, { containerId: row.id });
  const openOf = <T extends { endedAt: Date | null }>(rows: Map<number | string, T>) => {
    const open = [...rows.values()].filter(({ endedAt }) => endedAt === null);
    return open[pick % (open.length || 1)];
  };
  const requestId = randomUUID();
  switch (act) {
    case "deploy":
      return deployAnswered(crowd, world, asked, { by, requestId, project, wish, hours });
    case "stop":
      return own(one("running", "running", "starting"), (by, which) => stop(world, { by, which }));
    case "run":
      return own(one("stopped"), (by, which) => run(world, { by, which }));
    case "retire":
      return own(one("running", "stopped", "stopping"), (by, which) => retire(world, { by, which }));
    case "leave":
      return own(one("waiting"), (by, which) => stop(world, { by, which }));
    case "swap":
      return own(one("waiting"), (by, which) => swap(world, { by, which, wish }));
    case "freeGpu":
      return own(one("stopped"), (by, which) => freeGpu(world, { by, which }));
    case "extend": {
      // Half of the time one whose devices are promised to somebody.
      const [promise] = [...book.promises.values()].filter(({ state }) => state === "open");
      const lease = [...book.leases.values()].find(
        ({ deviceId, endedAt }) => endedAt === null && promise?.deviceIds.includes(deviceId),
      );
      const held = pick % 2 === 0 ? book.containers.get(lease?.containerId ?? 0) : undefined;
      const row = held?.state === "running" ? held : one("running");
      return own(row, (by, which) => extend(world, { by, which, hours: Math.min(hours, 3), requestId }));
    }
    case "override": {
      const [limit, values] = changes[pick % changes.length]!;
      const value = values[(pick >> 4) % values.length]!;
      const until = pick % 3 === 0 ? null : new Date(clock.now().getTime() + hours * hour);
      return setOverride(world, { by: admin, memberId: by.id, limit, value, until, reason });
    }
    case "overrideEnded": {
      const open = openOf(book.overrides);
      return open && endOverride(world, { by: admin, overrideId: open.id });
    }
    case "drain": {
      const target = pick % 6 === 5 ? {} : { gpuIndex: pick % 5 };
      return drain(world, { by: acting, target, reason, ...(pick % 4 === 0 ? { endsAt: later } : {}) });
    }
    case "drainOff": {
      const open = openOf(book.drains);
      const gpu = open && [...book.devices.values()].find(({ gpuUuid }) => gpuUuid === open.gpuUuid);
      const target = gpu ? { gpuIndex: gpu.gpuIndex } : { nodeId: "gpu1" };
      return open && drainOff(world, { by: acting, target });
    }
    case "pause":
      return pause(world, { by: acting, reason });
    case "pauseOff":
      return pauseOff(world, { by: acting });
    case "first": {
      const row = one("waiting");
      const member = members.find(({ id }) => id === row?.memberId);
      const request = `${member?.handle}/${row?.name.split("._.")[0]}`;
      return row && putFirst(world, { request, reason, actor: acting.actor, byName: acting.name });
    }
    case "endNow":
    case "endLater": {
      const row = one("running", "starting", "waiting");
      return (
        row &&
        world.ledger.transaction(async (tx) => {
          const [view] = await containerViews(tx, [row.id]);
          const at = act === "endNow" ? "now" : later;
          if (view) await endByAdmin(tx, world, view, { by: acting.name, actor: acting.actor, reason, at });
        })
      );
    }
    case "exempt": {
      const row = one("running");
      const about = row && pick % 2 === 0 ? row : undefined;
      const memberId = row?.memberId ?? by.id;
      const until = new Date(clock.now().getTime() + 6 * hour);
      const containerId = about?.id ?? null;
      return setExemption(world, { by: admin, memberId, containerId, spares: "end", until, reason });
    }
    case "exemptionEnded": {
      const open = openOf(book.exemptions);
      return open && endExemption(world, { by: admin, exemptionId: open.id });
    }
  }
  return undefined;
}
