import { expect, test } from "vitest";
import { a100 } from "../../test/support/a100.ts";
import type { NodeSupply, Supply, Use } from "../ledger/queries/line.ts";
import type { Container, Device, Wish } from "../ledger/schema.ts";
import { type Limits, limitsOf, parsePolicy } from "../policy/policy.ts";
import { nextGrants, type Situation } from "./next.ts";

const student: Limits = limitsOf(parsePolicy(""), { group: "student" }, [], new Date(0));

const node: NodeSupply = { id: "gpu1", cpus: 64, memoryMiB: 512 * 1024, memoryUsedGiB: 0 };

const supply = (free: Device[], uses: Record<string, Use> = {}, nodes = [node]): Supply => ({
  nodes,
  free,
  uses,
  lastHeld: {},
  promise: null,
});

const asks = (id: number, memberId: number, wish: Wish, more: Partial<Container> = {}) =>
  ({
    id,
    memberId,
    wish,
    hours: 8,
    nodeId: null,
    limits: null,
    standsAt: new Date("2026-11-27T09:00:00Z"),
    firstSince: null,
    ...more,
  }) as Container;

const one: Wish = { kind: "gpu", count: 1 };
const two: Wish = { kind: "gpu", count: 2 };

const now = new Date("2026-11-27T10:00:00Z");

const situation = (line: Container[], given: Supply, limits: Limits = student): Situation => ({
  line,
  supply: given,
  holders: [],
  promised: undefined,
  limitsOfMember: () => limits,
  links: new Map(),
  promiseAfterHours: 24,
  now,
});

function next(line: Container[], given: Supply, limits: Limits = student) {
  const { grants, waits } = nextGrants(situation(line, given, limits));
  return {
    grants: Object.fromEntries(
      grants.map(({ container, devices }) => [container.id, devices.map(({ id }) => id)]),
    ),
    waits: Object.fromEntries(waits.map(({ container, because }) => [container.id, because])),
  };
}

test("the oldest first, and each device once", () => {
  expect(next([asks(1, 1, one), asks(2, 2, one), asks(3, 3, one)], supply([a100(0), a100(1)]))).toEqual({
    grants: { 1: ["GPU-0"], 2: ["GPU-1"] },
    waits: { 3: "No GPU is free." },
  });
});

test("whoever fits is served past one who needs more than is free, and that one is told how much is", () => {
  expect(next([asks(1, 1, two), asks(2, 2, one)], supply([a100(0)]))).toEqual({
    grants: { 2: ["GPU-0"] },
    waits: { 1: "It needs 2 GPUs at once and 1 is free." },
  });
});

test("what was given in this round counts for the member's next request", () => {
  const { grants, waits } = next([asks(1, 1, two), asks(2, 1, one)], supply([a100(0), a100(1), a100(2)]));
  expect(grants).toEqual({ 1: ["GPU-0", "GPU-1"] });
  expect(waits[2]).toMatch(/You hold 2 GPUs of the 2 GPUs/);
});

test.each<[string, Use, RegExp]>([
  ["GPUs", { gpuEquivalents: 2, containers: 1, memoryGiB: 32 }, /You hold 2 GPUs of the 2/],
  ["containers", { gpuEquivalents: 0, containers: 3, memoryGiB: 0 }, /You have 3 containers of the 3/],
  ["memory", { gpuEquivalents: 1, containers: 2, memoryGiB: 70 }, /70 of your 96 GiB of memory/],
])("at the limit of %s it waits, and the next in the line is served", (_what, use, sentence) => {
  const seen = next([asks(1, 1, one), asks(2, 2, one)], supply([a100(0)], { 1: use }));
  expect(seen.grants).toEqual({ 2: ["GPU-0"] });
  expect(seen.waits[1]).toMatch(sentence);
});

test("a limit lowered while it waits is judged at the grant: passed over in words, and the next is served", () => {
  const lowered = { ...student, max_gpus_per_container: 1 };
  const line = [asks(1, 1, two), asks(2, 2, one)];
  const { grants, waits } = nextGrants(situation(line, supply([a100(0), a100(1)]), lowered));
  expect(grants.map(({ container }) => container.id)).toEqual([2]);
  expect(waits).toMatchObject([{ isPassedOver: true, isNever: true }]);
  expect(waits[0]?.because).toMatch(
    /limit is 1 GPU in one container; you asked for 2\. It can't start as it is/,
  );
});

test("what was promised to one that can't start any more is not kept from the others", () => {
  const promised = {
    containerId: 1,
    nodeId: "gpu1",
    deviceIds: ["GPU-0", "GPU-1"],
    memoryGiB: 32,
    at: now,
    isLate: false,
  };
  const lowered = { ...student, max_gpus_per_container: 1 };
  const line = [asks(1, 1, two), asks(2, 2, one)];
  const later = { ...promised, at: new Date(now.getTime() + 3_600_000) };
  const asked = { ...situation(line, supply([a100(0), a100(1)]), lowered), promised: later };
  const { grants, promising } = nextGrants(asked);
  expect(promising.missed?.why).toEqual({ is: "own limit" });
  expect(grants.map(({ container }) => container.id)).toEqual([2]);
});

test("a container without a GPU waits for nobody's GPU", () => {
  expect(next([asks(1, 1, one), asks(2, 2, { kind: "cpu" })], supply([])).grants).toEqual({ 2: [] });
});

test("the machine's memory is given once too", () => {
  const small = { ...node, memoryMiB: 40 * 1024 };
  const seen = next([asks(1, 1, one), asks(2, 2, one)], supply([a100(0), a100(1)], {}, [small]));
  expect(seen.grants).toEqual({ 1: ["GPU-0"] });
  expect(seen.waits[2]).toBe("The server has 8 GB of memory left to give and this needs 32 GB.");
});

test("one that can't be brought to another device waits for its own, and says so", () => {
  const again = asks(1, 1, { ...one, exactly: ["GPU-1"] }, { nodeId: "gpu1" });
  expect(next([again], supply([a100(0)])).waits[1]).toMatch(/runs again on the GPU it was made with/);
  expect(next([again], supply([a100(0), a100(1)])).grants).toEqual({ 1: ["GPU-1"] });
});

test("no node is there to grant from: everybody waits with that sentence", () => {
  const seen = next([asks(1, 1, one), asks(2, 2, { kind: "cpu" })], supply([], {}, []));
  expect(seen.grants).toEqual({});
  expect(new Set(Object.values(seen.waits))).toEqual(
    new Set(["The GPU server is not taking new work at the moment."]),
  );
});

test("what is granted never has more shared memory than half of its memory, nor more CPUs than the machine", () => {
  const few = { ...node, cpus: 8 };
  const { grants } = nextGrants(
    situation([asks(1, 1, one)], supply([a100(0)], {}, [few]), { ...student, memory_gib: 20, shm_gib: 16 }),
  );
  expect(grants[0]?.limits).toMatchObject({ cpus: 8, memoryGiB: 20, shmGiB: 10 });
});

test("a slice that is more than its member may hold hinders nobody behind who asks for the same", () => {
  const slice: Wish = { kind: "mig", profile: "1g.6gb" };
  // A quarter of an A30, where the smallest slices of other models are a seventh.
  const quarter = a100(0, { sliceIndex: 0, profile: "1g.6gb", model: "NVIDIA A30", weight: 0.25 });
  const { grants, waits } = nextGrants({
    ...situation([asks(1, 1, slice), asks(2, 2, slice)], supply([quarter])),
    limitsOfMember: (id) => ({ ...student, max_gpu_equivalents: id === 1 ? 0.2 : 2 }),
  });
  expect(grants.map(({ container }) => container.id)).toEqual([2]);
  expect(waits[0]?.because).toMatch(/You hold 0 GPUs/);
});
