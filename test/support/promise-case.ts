import { expect } from "vitest";
import type { Holder } from "../../src/ledger/queries/holders.ts";
import type { Container } from "../../src/ledger/schema.ts";
import { limitsOf, parsePolicy } from "../../src/policy/policy.ts";
import { nextGrants, type Situation } from "../../src/waitlist/next.ts";
import type { Promised } from "../../src/waitlist/promise.ts";
import { asks as asksAnytime, at, gpu, noon } from "./line.ts";

/** Four GPUs; who stands in the line has its own member each, and has waited two days if not said otherwise. */
const limits = limitsOf(parsePolicy(""), { group: "faculty" }, [], new Date(0));
export const now = noon;

export const asks = (id: number, count: number, more: Partial<Container> = {}) =>
  asksAnytime(id, count, { standsAt: new Date(now.getTime() - 48 * 3_600_000), ...more });

export const promised = (
  containerId: number,
  deviceIds: string[],
  time: string,
  isLate = false,
): Promised => ({
  containerId,
  nodeId: "gpu1",
  deviceIds,
  memoryGiB: 128,
  at: at(time),
  isLate,
});

export function look(
  line: Container[],
  holders: Holder[],
  more: Partial<Situation> = {},
  memoryGiB = 1024,
  nodes = true,
) {
  const held = holders.flatMap(({ devices }) => devices.map(({ id }) => id));
  const free = [0, 1, 2, 3].map(gpu).filter(({ id }) => !held.includes(id));
  const memoryUsedGiB = holders
    .filter(({ state }) => state !== "stopped")
    .reduce((sum, holder) => sum + holder.memoryGiB, 0);
  const seen = nextGrants({
    line,
    supply: {
      nodes: nodes ? [{ id: "gpu1", cpus: 64, memoryMiB: memoryGiB * 1024, memoryUsedGiB }] : [],
      free,
      uses: {},
      lastHeld: {},
      promise: null,
    },
    holders,
    promised: undefined,
    limitsOfMember: () => limits,
    links: new Map(),
    promiseAfterHours: 24,
    now,
    ...more,
  });
  const { open, change, missed } = seen.promising;
  return {
    grants: Object.fromEntries(
      seen.grants.map(({ container, devices }) => [container.id, devices.map(({ id }) => id)]),
    ),
    ...(open
      ? { open: [open.containerId, [...open.deviceIds].sort(), open.at.toISOString().slice(11, 16)] }
      : {}),
    ...(change ? { change } : {}),
    ...(missed ? { missed: missed.why.is, late: missed.promised.isLate } : {}),
    passedOver: seen.waits.filter((one) => one.isPassedOver).map(({ container }) => container.id),
    untils: seen.waits.flatMap(({ freeUntil }) => freeUntil?.toISOString().slice(11, 16) ?? []),
  };
}

export const young = { standsAt: new Date(now.getTime() - 3_600_000) };

/** What there is, and what the line is told then; `undefined` in what is expected: not said at all. */
export type PromiseCase = [
  string,
  Container[],
  Holder[],
  Partial<ReturnType<typeof look>>,
  Partial<Situation>?,
  number?,
];

export function expectPromise(...[, line, holders, expected, more, memoryGiB]: PromiseCase): void {
  const overLimit = more && "supply" in more;
  const { supply: _, ...rest } = more ?? {};
  const noGpus = { ...limits, max_gpu_equivalents: 2 };
  const seen = look(
    line,
    holders,
    { ...rest, ...(overLimit ? { limitsOfMember: () => noGpus } : {}) },
    memoryGiB,
  );
  expect(seen).toMatchObject(
    Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined)),
  );
  for (const [key, value] of Object.entries(expected))
    if (value === undefined) expect(seen).not.toHaveProperty(key);
}
