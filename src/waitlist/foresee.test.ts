import { expect, test } from "vitest";
import { asks as asksHours, at, gpu, holds as holdsSome, noon } from "../../test/support/line.ts";
import type { Holder } from "../ledger/queries/holders.ts";
import type { Container } from "../ledger/schema.ts";
import { limitsOf, parsePolicy } from "../policy/policy.ts";
import { foresee } from "./foresee.ts";
import type { Promised } from "./promise.ts";

/** Two GPUs; who stands in the line has its own member each. Half of the hours are used where people leave early. */
const limits = limitsOf(parsePolicy(""), { group: "faculty" }, [], new Date(0));
const now = noon;

const asks = (id: number, count: number, hours: number, more: Partial<Container> = {}) =>
  asksHours(id, count, { hours, ...more });
const holds = (index: number, hours: number, endsAt: string | null): Holder =>
  holdsSome([index], endsAt, { hours, memoryGiB: 32 });

function told(line: Container[], holders: Holder[], promised?: Promised, uses = {}) {
  const held = holders.flatMap(({ devices }) => devices.map(({ id }) => id));
  const ranges = foresee(
    {
      line,
      supply: {
        nodes: [{ id: "gpu1", cpus: 64, memoryMiB: 1024 * 1024, memoryUsedGiB: 32 * holders.length }],
        free: [0, 1].map(gpu).filter(({ id }) => !held.includes(id)),
        uses,
        lastHeld: {},
        promise: null,
      },
      holders,
      promised,
      limitsOfMember: () => limits,
      links: new Map(),
      promiseAfterHours: 24,
      now,
    },
    0.5,
  );
  const clock = (instant: Date | null) => instant?.toISOString().slice(11, 16) ?? null;
  return Object.fromEntries(
    [...ranges].map(([id, { earliest, latest, promisedBy, because }]) => [
      id,
      [clock(earliest), clock(latest), ...(promisedBy ? ["promised"] : []), ...(because ? [because] : [])],
    ]),
  );
}

test.each<[string, ReturnType<typeof told>, ReturnType<typeof told>]>([
  [
    "latest: all stay to their end; earliest: each leaves after its share of the hours",
    told([asks(1, 1, 2)], [holds(0, 6, "16:00"), holds(1, 8, "18:00")]),
    { 1: ["13:00", "17:00"] },
  ],
  [
    "who stands behind has their turn when those before have had theirs",
    told([asks(1, 1, 2), asks(2, 1, 2)], [holds(0, 6, "16:00"), holds(1, 8, "18:00")]),
    { 1: ["13:00", "17:00"], 2: ["14:00", "19:00"] },
  ],
  [
    "the promised is told its instant",
    told([asks(1, 2, 2)], [holds(0, 6, "16:00"), holds(1, 8, "18:00")], {
      containerId: 1,
      nodeId: "gpu1",
      deviceIds: ["0", "1"],
      memoryGiB: 128,
      at: at("18:15"),
      isLate: false,
    }),
    { 1: ["14:00", "19:00", "promised"] },
  ],
  [
    "an unlimited holder: not before someone stops",
    told([asks(1, 2, 2)], [holds(0, 6, null), holds(1, 8, "18:00")]),
    { 1: ["12:00", null, "Not before someone stops."] },
  ],
  [
    "beyond two days nobody is told an hour",
    told([asks(1, 2, 24), asks(2, 2, 24), asks(3, 2, 24), asks(4, 2, 24)], [holds(0, 6, "16:00")]),
    {
      1: ["13:00", "17:00"],
      2: ["01:00", "17:00"],
      3: ["13:00", null, "It may take more than two days."],
      4: ["01:00", null, "It may take more than two days."],
    },
  ],
])("%s", (_sentence, seen, ranges) => {
  expect(seen).toEqual(ranges);
});

test("who is at a limit waits until their own leave", () => {
  const own = { ...holds(0, 6, "16:00"), memberId: 1 };
  const uses = { 1: { gpuEquivalents: 4, containers: 1, memoryGiB: 32 } };
  expect(told([asks(1, 1, 2)], [own, holds(1, 6, "13:00")], undefined, uses)).toEqual({
    1: ["13:00", "17:00"],
  });
});
