import { expect, test } from "vitest";
import { a100 } from "../../test/support/a100.ts";
import type { Holder } from "../ledger/queries/holders.ts";
import type { Container, Device, Wish } from "../ledger/schema.ts";
import { limitsOf, parsePolicy } from "../policy/policy.ts";
import { nextGrants, type Situation } from "./next.ts";
import type { Promised } from "./promise.ts";

/** Four GPUs; who stands in the line has its own member each, and has waited two days if not said otherwise. */
const limits = limitsOf(parsePolicy(""), { group: "faculty" }, [], new Date(0));
const at = (time: string) => new Date(`2026-11-27T${time}:00Z`);
const now = at("12:00");

const gpu = (index: number): Device => a100(index, { id: `${index}` });

const asks = (id: number, count: number, more: Partial<Container> = {}) =>
  ({
    id,
    memberId: id,
    wish: { kind: "gpu", count } satisfies Wish,
    hours: 8,
    nodeId: null,
    limits: null,
    standsAt: new Date(now.getTime() - 48 * 3_600_000),
    firstSince: null,
    ...more,
  }) as Container;

const holds = (gpus: number[], endsAt: string | null, more: Partial<Holder> = {}): Holder => ({
  containerId: 100 + (gpus[0] ?? 50),
  memberId: 100,
  nodeId: "gpu1",
  state: "running",
  stateSince: at("10:00"),
  wanted: "running",
  wantedBy: "owner",
  hours: 8,
  grantedAt: at("10:00"),
  endsAt: endsAt === null ? null : at(endsAt),
  gpuKeptUntil: null,
  devices: gpus.map(gpu),
  gpuEquivalents: gpus.length,
  memoryGiB: 128,
  adminEndsAt: null,
  isExempt: false,
  ...more,
});

const promised = (containerId: number, deviceIds: string[], time: string, isLate = false): Promised => ({
  containerId,
  nodeId: "gpu1",
  deviceIds,
  memoryGiB: 128,
  at: at(time),
  isLate,
});

function look(
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

const young = { standsAt: new Date(now.getTime() - 3_600_000) };

test.each<[string, Container[], Holder[], Partial<ReturnType<typeof look>>, Partial<Situation>?, number?]>([
  [
    "the first that does not fit gets the promise: when enough are free if nobody leaves early, and 15 minutes",
    [asks(1, 2)],
    [holds([0], "14:00"), holds([1], "16:00"), holds([2], "18:00"), holds([3], "20:00")],
    { open: [1, ["0", "1"], "16:15"], change: "made" },
  ],
  [
    "what is free already is part of it",
    [asks(1, 4)],
    [holds([0, 1], "14:00")],
    { open: [1, ["0", "1", "2", "3"], "14:15"] },
  ],
  [
    "it needs memory too: of the node, when others have given theirs back",
    [asks(1, 1)],
    [
      holds([0], "13:00", { memoryGiB: 200 }),
      holds([1, 2, 3], "17:00", { memoryGiB: 200 }),
      holds([], "15:00", { memoryGiB: 500 }),
    ],
    { open: [1, ["0"], "15:15"] },
    {},
    800,
  ],
  [
    "who has not waited `promise_after_h` gets none, and whoever fits is served past it",
    [asks(1, 4, young), asks(2, 1)],
    [holds([0], "14:00")],
    { grants: { 2: ["1"] }, open: undefined },
  ],
  [
    "whom an admin put first need not have waited",
    [asks(1, 4, { ...young, firstSince: at("11:59") })],
    [holds([0], "14:00")],
    { open: [1, ["0", "1", "2", "3"], "14:15"] },
  ],
  [
    "one promise at a time",
    [asks(1, 4), asks(2, 3)],
    [holds([0], "14:00"), holds([1, 2], "13:00")],
    { open: [1, ["0", "1", "2", "3"], "14:15"], grants: {} },
  ],
  [
    "those behind are granted only from other devices",
    [asks(1, 2), asks(2, 1)],
    [holds([0], "14:00"), holds([1], "20:00"), holds([2], "21:00")],
    { open: [1, ["0", "3"], "14:15"], grants: {}, untils: ["13:45"] },
  ],
  [
    "other devices: those that are not promised",
    [asks(1, 3), asks(2, 1)],
    [holds([0, 1, 2], "14:00")],
    { open: [1, ["0", "1", "2"], "14:15"], grants: { 2: ["3"] } },
    // Three of the four are enough, and the one that is free now is not among them.
    { promised: promised(1, ["0", "1", "2"], "14:15") },
  ],
  [
    "or if they end before that instant, their start counted in",
    [asks(1, 4), asks(2, 1, { hours: 1.75 }), asks(3, 1, { hours: 1.76 })],
    [holds([0], "14:00")],
    { grants: { 2: ["1"] }, open: [1, ["0", "1", "2", "3"], "14:15"] },
  ],
  [
    "those behind leave the memory of the promised alone too",
    [asks(1, 4), asks(2, 0, { wish: { kind: "cpu" } })],
    [holds([0], "14:00")],
    { grants: {}, open: [1, ["0", "1", "2", "3"], "14:15"] },
    {},
    256,
  ],
  [
    "an over-limit member is passed over, and no promise is made to them",
    [asks(1, 4), asks(2, 1)],
    [holds([0], "14:00")],
    { passedOver: [1], grants: { 2: ["1"] }, open: undefined },
    { supply: undefined as never },
  ],
  [
    "a holder without an end: no promise from it",
    [asks(1, 4)],
    [holds([0], null)],
    { open: undefined, grants: {} },
  ],
  [
    "if the first can't be promised anything, the next can",
    [asks(1, 4), asks(2, 2)],
    [holds([0], null), holds([1, 2], "14:00")],
    { open: [2, ["1", "2"], "14:15"] },
  ],
  [
    "a holder that is overdue counts as ending in 15 minutes",
    [asks(1, 4)],
    [holds([0], "11:55")],
    { open: [1, ["0", "1", "2", "3"], "12:30"] },
  ],
  [
    "it may move earlier",
    [asks(1, 4)],
    [holds([0], "13:00")],
    { open: [1, ["0", "1", "2", "3"], "13:15"], change: "moved" },
    { promised: promised(1, ["0", "1", "2", "3"], "16:15") },
  ],
  [
    "never later: somebody is overdue, and the instant stays",
    [asks(1, 4)],
    [holds([0], "11:50")],
    { open: [1, ["0", "1", "2", "3"], "12:05"], change: undefined, missed: undefined },
    { promised: promised(1, ["0", "1", "2", "3"], "12:05") },
  ],
  [
    "its instant passes while somebody is overdue: it is late, once, and its devices stay kept for it",
    [asks(1, 4), asks(2, 1)],
    [holds([0], "11:30")],
    { missed: "overdue", late: true, open: [1, ["0", "1", "2", "3"], "11:45"], grants: {} },
    { promised: promised(1, ["0", "1", "2", "3"], "11:45") },
  ],
  [
    "late is said once",
    [asks(1, 4)],
    [holds([0], "11:30")],
    { missed: undefined, open: [1, ["0", "1", "2", "3"], "11:45"] },
    { promised: promised(1, ["0", "1", "2", "3"], "11:45", true) },
  ],
  [
    "late, and then one of its devices is lost: missed for that too, once, and promised anew",
    [asks(1, 4)],
    [holds([0], "11:30")],
    { missed: "not there", late: false, open: [1, ["0", "1", "2", "3"], "12:30"], change: "made" },
    { promised: promised(1, ["0", "1", "2", "9"], "11:45", true) },
  ],
  [
    "a device of it is lost and others can be had in time: it comes from them",
    [asks(1, 1)],
    [holds([1], "13:00"), holds([0, 2, 3], "20:00")],
    { open: [1, ["1"], "13:15"], change: "moved", missed: undefined },
    { promised: promised(1, ["9"], "13:15") },
  ],
  [
    "a device of it is lost and others can't be had in time: missed, and promised anew",
    [asks(1, 1)],
    [holds([0, 1, 2, 3], "20:00")],
    { missed: "not there", late: false, open: [1, ["0"], "20:15"], change: "made" },
    { promised: promised(1, ["9"], "13:15") },
  ],
  [
    "somebody may stay longer than was agreed: missed, and promised anew",
    [asks(1, 1)],
    [holds([0], "19:00"), holds([1, 2, 3], "20:00")],
    { missed: "held longer", late: false, open: [1, ["0"], "19:15"], change: "made" },
    { promised: promised(1, ["0"], "13:15") },
  ],
  [
    "it fits now: granted, and the promise is kept",
    [asks(1, 4), asks(2, 1)],
    [],
    { grants: { 1: ["0", "1", "2", "3"] }, missed: undefined },
    { promised: promised(1, ["0", "1", "2", "3"], "12:05") },
  ],
  [
    "what was promised is given first: it was kept from whoever was passed by",
    [asks(1, 1), asks(2, 1)],
    [],
    { grants: { 1: ["3"], 2: ["0"] } },
    { promised: promised(1, ["3"], "12:05") },
  ],
  [
    "it is given whatever serves it, not only what was promised",
    [asks(1, 1)],
    [holds([0], "14:00")],
    { grants: { 1: ["1"] }, open: undefined },
    { promised: promised(1, ["0"], "14:15") },
  ],
  [
    "who stands before the promised one does not take what is promised either",
    [asks(2, 1, { firstSince: at("11:00") }), asks(1, 4)],
    [holds([0], "14:00")],
    { grants: {}, open: [1, ["0", "1", "2", "3"], "14:15"] },
    { promised: promised(1, ["0", "1", "2", "3"], "14:15") },
  ],
  [
    "once it is kept the next goes to the first in the line that does not fit, also if that stood before it",
    [asks(2, 2), asks(1, 2), asks(3, 2)],
    [holds([2, 3], "20:00")],
    { grants: { 1: ["0", "1"] }, open: [2, ["2", "3"], "20:15"], change: "made" },
    { promised: promised(1, ["0", "1"], "14:15") },
  ],
  [
    "what is promised to a member counts as held for whatever else they ask for",
    [asks(1, 4), asks(2, 1, { memberId: 1, hours: 0.5 })],
    [holds([0], "14:00")],
    { passedOver: [2], grants: {} },
    { promised: promised(1, ["0", "1", "2", "3"], "14:15") },
  ],
  [
    "its instant has passed and its member may hold less now: missed for that, and given up",
    [asks(1, 4)],
    [holds([0], "11:30")],
    { missed: "own limit", late: false, open: undefined, passedOver: [1] },
    { promised: promised(1, ["0", "1", "2", "3"], "11:45"), supply: undefined as never },
  ],
  [
    "late, and then its member may hold less: missed for that too, once",
    [asks(1, 4)],
    [holds([0], "11:30")],
    { missed: "own limit", late: false, open: undefined, passedOver: [1] },
    { promised: promised(1, ["0", "1", "2", "3"], "11:45", true), supply: undefined as never },
  ],
  [
    "who is spared the end of their hours gets nothing of what is promised, however few they asked for",
    [asks(1, 4), asks(2, 1, { hours: 1 }), asks(3, 1, { hours: 1 })],
    [holds([0], "14:00")],
    { grants: { 3: ["1"] }, open: [1, ["0", "1", "2", "3"], "14:15"], untils: [] },
    { exempt: new Set([2]) },
  ],
  [
    "nothing is promised from what somebody gets who is spared the end of their hours",
    [asks(1, 1), asks(2, 4), asks(3, 1)],
    [holds([1, 2], "14:00"), holds([3], "13:00")],
    { grants: { 1: ["0"] }, open: [3, ["3"], "13:15"], change: "made" },
    { exempt: new Set([1]) },
  ],
])("%s", (_sentence, line, holders, expected, more, memoryGiB) => {
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
});

test("while its machine is not there nothing is concluded before its instant", () => {
  const given = { promised: promised(1, ["0", "1", "2", "3"], "14:15") };
  expect(look([asks(1, 4)], [], given, 1024, false)).toMatchObject({
    open: [1, ["0", "1", "2", "3"], "14:15"],
  });
  const over = look([asks(1, 4)], [], { promised: promised(1, ["0"], "11:00") }, 1024, false);
  expect(over).toMatchObject({ missed: "no node", late: true });
});
