import type { Holder } from "../../src/ledger/queries/holders.ts";
import type { Container, Device } from "../../src/ledger/schema.ts";
import { limitsOf, parsePolicy } from "../../src/policy/policy.ts";
import { foresee } from "../../src/waitlist/foresee.ts";
import { nextGrants, type Situation } from "../../src/waitlist/next.ts";
import { byPlace, standing } from "../../src/waitlist/order.ts";
import type { Promised } from "../../src/waitlist/promise.ts";
import { shareHeld } from "../../src/waitlist/range.ts";
import { a100 } from "../../test/support/a100.ts";
import { type Asking, gpus } from "./workload.ts";

/** How a line may be served. All three are the product's function that grants; FIFO shows it the head alone. */
export type Rule = {
  name: string;
  headOnly?: boolean;
  promiseAfterHours: number;
  handicapMaxHours: number;
  /** Hours later for each GPU-hour asked for. */
  bySize?: number;
  /** Tell ranges and see whether they hold; the costly part. */
  tells?: boolean;
};

export type Outcome = {
  waits: { hours: number; gpus: number }[];
  busyGpuHours: number;
  promises: number;
  broken: number;
  /** Ranges that had an end, each with its width and whether it held; `within48`: whether it was granted in that time. */
  told: { widthHours: number; held: boolean; within48: boolean }[];
  withoutEnd: number;
};

const hourMs = 3_600_000;
const minuteMs = 60_000;
/** Measured on the demo's engine these are seconds; here they are what an unlucky one takes. */
const startMs = 2 * minuteMs;
const stopMs = 5 * minuteMs;
const warmUpMs = 3 * 24 * hourMs;
const tellEveryMs = 6 * hourMs;
const day0 = new Date("2026-11-02T00:00:00Z").getTime();

const limits = limitsOf(
  parsePolicy(
    "groups: { student: { max_gpu_equivalents: null, max_gpus_per_container: null, max_containers: null, max_memory_gib_total: null } }",
  ),
  { group: "student" },
  [],
  new Date(0),
);
const noLinks = new Map<string, number>();

const devices: Device[] = Array.from({ length: gpus }, (_, index) => a100(index));

type Run = { holder: Holder; asking: Asking; leavesMs: number };

/** One lab's month under one rule. The same askings under another rule are what it is compared with. */
export function simulate(askings: readonly Asking[], days: number, rule: Rule): Outcome {
  const untilMs = days * 24 * hourMs;
  const outcome: Outcome = { waits: [], busyGpuHours: 0, promises: 0, broken: 0, told: [], withoutEnd: 0 };
  const past: { member: number; gpus: number; fromMs: number; toMs: number }[] = [];
  const shares: number[] = [];
  const open = new Map<
    number,
    { told: { earliest: number; latest: number; atMs: number }[]; lastToldMs: number }
  >();
  let line: { container: Container; asking: Asking }[] = [];
  let running: Run[] = [];
  let promised: Promised | undefined;
  let next = 0;
  let nowMs = 0;

  const handicapped = (asking: Asking): Date => {
    const since = asking.atMs - 7 * 24 * hourMs;
    const held = [
      ...past,
      ...running.map((one) => ({
        member: one.asking.member,
        gpus: one.asking.gpus,
        fromMs: one.holder.grantedAt.getTime() - day0,
        toMs: nowMs,
      })),
    ]
      .filter(({ member }) => member === asking.member)
      .reduce(
        (sum, one) => sum + (one.gpus * Math.max(0, one.toMs - Math.max(one.fromMs, since))) / hourMs,
        0,
      );
    const line = { handicap_gpu_h_per_hour: 10, handicap_max_h: rule.handicapMaxHours, promise_after_h: 0 };
    const stands = standing(new Date(day0 + asking.atMs), held, line);
    return new Date(stands.getTime() + (rule.bySize ?? 0) * asking.gpus * asking.hours * hourMs);
  };

  const situation = (): Situation => {
    const held = new Set(running.flatMap(({ holder }) => holder.devices.map(({ id }) => id)));
    return {
      line: line.map(({ container }) => container),
      supply: {
        nodes: [{ id: "gpu1", cpus: 64, memoryMiB: 2 ** 30, memoryUsedGiB: 0 }],
        free: devices.filter(({ id }) => !held.has(id)),
        uses: {},
        lastHeld: {},
        promise: null,
      },
      holders: running.map(({ holder }) => holder),
      promised,
      limitsOfMember: () => limits,
      links: noLinks,
      promiseAfterHours: rule.promiseAfterHours,
      now: new Date(day0 + nowMs),
    };
  };

  const serve = () => {
    for (;;) {
      const all = situation();
      const seen = nextGrants(rule.headOnly ? { ...all, line: all.line.slice(0, 1) } : all);
      if (seen.promising.change === "made") outcome.promises += 1;
      if (seen.promising.missed) outcome.broken += 1;
      for (const { container, devices: given } of seen.grants) {
        if (container.id === promised?.containerId && nowMs + day0 > promised.at.getTime())
          outcome.broken += 1;
        start(container, given);
      }
      promised = seen.promising.open;
      line = line.filter(
        ({ container }) => !seen.grants.some((grant) => grant.container.id === container.id),
      );
      if (!rule.headOnly || seen.grants.length === 0) return;
    }
  };

  const start = (container: Container, given: Device[]) => {
    const asking = line.find((one) => one.container.id === container.id)?.asking;
    if (!asking) throw new Error("granted what is not in the line");
    const toTheEnd = asking.usedHours >= asking.hours;
    const grantedAt = new Date(day0 + nowMs);
    running.push({
      asking,
      leavesMs: nowMs + startMs + asking.usedHours * hourMs + (toTheEnd ? stopMs : 0),
      holder: {
        containerId: container.id,
        memberId: container.memberId,
        nodeId: "gpu1",
        state: "running",
        stateSince: grantedAt,
        wanted: "running",
        wantedBy: "owner",
        hours: asking.hours,
        grantedAt,
        endsAt: new Date(grantedAt.getTime() + startMs + asking.hours * hourMs),
        gpuKeptUntil: null,
        devices: given,
        gpuEquivalents: given.length,
        memoryGiB: 0,
        adminEndsAt: null,
        isExempt: false,
      },
    });
    if (asking.atMs >= warmUpMs) {
      outcome.waits.push({ hours: (nowMs - asking.atMs) / hourMs, gpus: asking.gpus });
      for (const { earliest, latest, atMs } of open.get(container.id)?.told ?? [])
        outcome.told.push({
          widthHours: (latest - earliest) / hourMs,
          held: earliest <= day0 + nowMs && day0 + nowMs <= latest,
          within48: nowMs - atMs <= 48 * hourMs,
        });
    }
    open.delete(container.id);
  };

  const tell = () => {
    const due = line.filter(
      ({ container, asking }) =>
        asking.atMs >= warmUpMs && nowMs - (open.get(container.id)?.lastToldMs ?? -Infinity) >= tellEveryMs,
    );
    if (due.length === 0) return;
    const ranges = foresee(situation(), shareHeld(shares.slice(-50)));
    for (const { container } of due) {
      const range = ranges.get(container.id);
      const before = open.get(container.id)?.told ?? [];
      if (range && range.latest === null) outcome.withoutEnd += 1;
      const told = range?.latest
        ? [...before, { earliest: range.earliest.getTime(), latest: range.latest.getTime(), atMs: nowMs }]
        : before;
      open.set(container.id, { told, lastToldMs: nowMs });
    }
  };

  while (next < askings.length || running.length > 0 || line.length > 0) {
    const asking = askings[next];
    const leaves = Math.min(...running.map(({ leavesMs }) => leavesMs));
    nowMs = Math.min(asking?.atMs ?? Infinity, leaves);
    if (asking && asking.atMs <= leaves) {
      next += 1;
      const askedAt = new Date(day0 + asking.atMs);
      const container = {
        id: next,
        memberId: asking.member,
        wish: { kind: "gpu", count: asking.gpus },
        hours: asking.hours,
        nodeId: null,
        limits: null,
        askedAt,
        standsAt: handicapped(asking),
        firstSince: null,
      } as unknown as Container;
      line = [...line, { container, asking }].sort((a, b) => byPlace(a.container, b.container));
    }
    for (const gone of running.filter(({ leavesMs }) => leavesMs <= nowMs)) {
      const fromMs = gone.holder.grantedAt.getTime() - day0;
      past.push({ member: gone.asking.member, gpus: gone.asking.gpus, fromMs, toMs: nowMs });
      shares.push(Math.min(1, (nowMs - fromMs) / hourMs / gone.asking.hours));
      const within = Math.min(nowMs, untilMs) - Math.max(fromMs, warmUpMs);
      outcome.busyGpuHours += (gone.asking.gpus * Math.max(0, within)) / hourMs;
    }
    running = running.filter(({ leavesMs }) => leavesMs > nowMs);
    serve();
    if (rule.tells) tell();
  }
  return outcome;
}

/** GPU-hours there are in what is counted. */
export function offeredGpuHours(days: number): number {
  return gpus * (days * 24 - warmUpMs / hourMs);
}
