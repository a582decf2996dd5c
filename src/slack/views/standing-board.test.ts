import { expect, test } from "vitest";
import { a100 } from "../../../test/support/a100.ts";
import { checkBlocks } from "../../demo/slack/blocks/check.ts";
import type { DeviceShown } from "../../gpu/overview.ts";
import type { Board } from "../../waitlist/shown.ts";
import { standingBoard } from "./board.ts";

const now = new Date("2026-11-27T12:00:00Z");

function shownOn(over: Partial<Board>, names: "handle" | "none" = "handle") {
  const all = { nodes: [], drains: [], devices: [], left: [], line: [], readAt: now, ...over };
  return standingBoard(all as unknown as Board, { names, now });
}
const words = (over: Partial<Board>, names?: "handle" | "none") =>
  JSON.stringify(shownOn(over, names).message.blocks);

const holder: NonNullable<DeviceShown["holder"]> = {
  containerId: 1,
  memberId: 1,
  handle: "ana",
  project: "vision",
  since: new Date("2026-11-27T08:00:00Z"),
  until: new Date("2026-11-27T18:00:00Z"),
  state: "running",
  keptUntil: null,
  isFreeOnDemand: false,
};
const held = (over: Partial<DeviceShown> = {}): DeviceShown => ({ device: a100(0), holder, ...over });

test.each<[string, Partial<DeviceShown>, string]>([
  ["who has it, and what for", {}, "*ana* (vision), since"],
  ["free on demand", { holder: { ...holder, isFreeOnDemand: true } }, "free on demand"],
  ["kept", { holder: { ...holder, state: "stopped", keptUntil: now } }, "kept until"],
  [
    "in use outside Berth, with pid and user",
    {
      holder: undefined,
      device: a100(0, { state: "outside", reason: "Process 4711 of root computes on it." }),
    },
    "in use outside Berth: Process 4711 of root",
  ],
  ["lost", { device: a100(0, { state: "lost", reason: "It is in no reading." }) }, "not seen any more"],
  [
    "quarantined",
    { device: a100(0, { state: "quarantined", reason: "A process is left." }) },
    "held back until it is seen empty",
  ],
  ["free", { holder: undefined }, ":large_green_circle: free"],
])("of a device: %s", (_what, over, expected) => {
  expect(words({ devices: [held(over)] })).toContain(expected);
});

test("where names are not shown there is none", () => {
  const shown = words({ devices: [held()] }, "none");
  expect(shown).toContain("in use, since");
  expect(shown).not.toContain("ana");
});

test.each<[string, Partial<DeviceShown>, Partial<DeviceShown>, boolean]>([
  ["memory that moves within a GB", { memoryUsedMiB: 20_480 }, { memoryUsedMiB: 20_600 }, true],
  ["memory that moves by GBs", { memoryUsedMiB: 20_480 }, { memoryUsedMiB: 22_528 }, false],
  ["use within its step of five", { utilisationPercent: 61 }, { utilisationPercent: 65 }, true],
  ["use in another step", { utilisationPercent: 61 }, { utilisationPercent: 95 }, false],
])("what needs an edit: %s", (_what, before, after, isSame) => {
  const shows = (over: Partial<DeviceShown>) => shownOn({ devices: [held(over)] }).shows;
  expect(shows(before) === shows(after)).toBe(isSame);
});

test("later it shows the same", () => {
  const at = (instant: string) =>
    standingBoard({ nodes: [], drains: [], devices: [held()], left: [], line: [] } as unknown as Board, {
      names: "handle",
      now: new Date(instant),
    });
  expect(at("2026-11-27T12:00:00Z").shows).toBe(at("2026-11-27T13:00:00Z").shows);
});

const gpus = (count: number, over: Partial<NonNullable<DeviceShown["holder"]>> = {}) =>
  Array.from({ length: count }, (_, i) =>
    held({
      device: a100(i),
      holder: { ...holder, ...over },
      memoryUsedMiB: 20_480,
      utilisationPercent: 60,
    }),
  );
const longest = { handle: "a-very-long-user-name-of-thirty", project: "p".repeat(40) };
const waiting = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    container: { id: i, askedAt: now, wish: { kind: "gpu", count: 2 }, hours: 8, waitsFor: "w".repeat(500) },
    ...longest,
    place: i + 1,
    range: { earliest: new Date(now.getTime() + 3_600_000), latest: new Date(now.getTime() + 7_200_000) },
  })) as unknown as Board["line"];

test.each<[string, Partial<Board>, string[]]>([
  ["16 GPUs, as they are on one's own screen", { devices: gpus(16) }, ["*ana* (vision), since", "GPU 15"]],
  [
    "64 GPUs, a line each",
    { devices: gpus(64) },
    ["A100-SXM4, 40 GB each", "GPU 63", "*ana* (vision), until", "▰▰▰▱▱ 20 GB", "Nobody waits"],
  ],
  ["64 GPUs, with those who wait", { devices: gpus(64), line: waiting(3) }, ["GPU 60", "3rd: *a-very-long"]],
  [
    "56 slices of people with the longest names",
    {
      devices: Array.from({ length: 56 }, (_, i) =>
        held({
          device: a100(Math.floor(i / 7), { sliceIndex: i % 7, profile: "1g.5gb", memoryMiB: 4864 }),
          holder: { ...holder, ...longest },
          memoryUsedMiB: 4000,
        }),
      ),
    },
    ["GPU 0, slice 0", "*a-very-long-user-name-of-thirty* (ppppppppppppppppppp…)", "GPU 7, slice 6"],
  ],
  [
    "64 GPUs with the longest of everything",
    { devices: gpus(64, { ...longest, isFreeOnDemand: true }), line: waiting(200) },
    ["GPU 30", "free on demand", "more: `/gpu-status`", "200 requests in the line", "5th", "and 195 more"],
  ],
  [
    "640 that are all held back, each with a long reason",
    {
      devices: Array.from({ length: 640 }, (_, i) =>
        held({ device: a100(i, { state: "quarantined", reason: "r<&".repeat(500) }) }),
      ),
    },
    ["held back until it is seen empty", "more: `/gpu-status`"],
  ],
])("one message is enough, and Slack takes it: %s", (_what, over, parts) => {
  const { message } = shownOn(over);
  expect(checkBlocks(message.blocks, "message")).toEqual([]);
  const drawn = JSON.stringify(message.blocks);
  expect(drawn.length).toBeLessThanOrEqual(12_000);
  for (const part of [...parts, "Why?"]) expect(drawn).toContain(part);
  expect(message.text.length).toBeLessThan(300);
});

test("what is left of memory and disk is said in round figures", () => {
  const left = [{ nodeId: "gpu1", memoryGiB: 411.7, diskBytes: 1234 * 2 ** 30 }];
  expect(words({ left })).toContain("Free: 411 GB of memory and 1200 GB of disk.");
});
