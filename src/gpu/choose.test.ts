import { expect, test } from "vitest";
import { a100 } from "../../test/support/a100.ts";
import type { Device, Wish } from "../ledger/schema.ts";
import { chooseDevices } from "./choose.ts";
import { weigh } from "./weigh.ts";

const wholes = (...indexes: number[]) => indexes.map((i) => gpu(i));
const gpus = (count: number, model?: string): Wish =>
  model === undefined ? { kind: "gpu", count } : { kind: "gpu", count, model };
const mig = (profile: string): Wish => ({ kind: "mig", profile });

type Given = { wish: Wish; free: Device[]; had?: string[]; near?: [number, number, number][] };

test.each<[string, Given, string[] | undefined]>([
  ["a wish for no GPU takes none", { wish: { kind: "cpu" }, free: wholes(0) }, []],
  ["the lowest GPU is taken", { wish: gpus(1), free: wholes(3, 1, 2) }, ["g1"]],
  [
    "the one the same member had last goes before the lowest",
    { wish: gpus(1), free: wholes(1, 2, 3), had: ["g3"] },
    ["g3"],
  ],
  [
    "the smallest that serves goes before the one had last",
    { wish: gpus(1), free: [gpu(0, { memoryMiB: 81920 }), gpu(1)], had: ["g0"] },
    ["g1"],
  ],
  [
    "a model is asked for by a part of its name",
    { wish: gpus(1, "h100"), free: [gpu(0), gpu(1, { model: "NVIDIA H100 80GB HBM3" })] },
    ["g1"],
  ],
  ["another model is never given instead", { wish: gpus(1, "h100"), free: wholes(0, 1) }, undefined],
  [
    "all GPUs of a container are of one model",
    { wish: gpus(2), free: [gpu(0), gpu(1, { model: "NVIDIA H100" }), gpu(2)] },
    ["g0", "g2"],
  ],
  [
    "all GPUs of a container are of one machine",
    { wish: gpus(2), free: [gpu(0), gpu(1, { nodeId: "other" })] },
    undefined,
  ],
  [
    "several GPUs: the best linked pair goes first",
    {
      wish: gpus(2),
      free: wholes(0, 1, 2, 3),
      near: [
        [2, 3, 0],
        [0, 1, 3],
      ],
    },
    ["g2", "g3"],
  ],
  [
    "equally linked: the lowest",
    {
      wish: gpus(2),
      free: wholes(0, 1, 2, 3),
      near: [
        [2, 3, 0],
        [0, 1, 0],
      ],
    },
    ["g0", "g1"],
  ],
  [
    "a set is as good as its worst link",
    {
      wish: gpus(3),
      free: wholes(0, 1, 2, 3),
      near: [
        [0, 1, 0],
        [0, 2, 5],
        [1, 2, 5],
        [1, 3, 2],
        [2, 3, 2],
      ],
    },
    ["g1", "g2", "g3"],
  ],
  [
    "an unknown link is the farthest",
    { wish: gpus(2), free: wholes(0, 1, 2), near: [[1, 2, 9]] },
    ["g1", "g2"],
  ],
  ["fewer free than asked for serve nobody", { wish: gpus(3), free: wholes(0, 1) }, undefined],
  [
    "the smallest slice that serves is taken",
    { wish: mig("2g.10gb"), free: [slice(0, "3g.20gb"), slice(1, "2g.10gb")] },
    ["s1"],
  ],
  [
    "a larger slice serves where the asked one is held",
    { wish: mig("2g.10gb"), free: [slice(0, "4g.20gb"), slice(1, "3g.20gb")] },
    ["s1"],
  ],
  ["a smaller slice never serves", { wish: mig("3g.20gb"), free: [slice(0, "2g.10gb")] }, undefined],
  [
    "of equal slices the one had last",
    { wish: mig("1g.5gb"), free: [slice(0, "1g.5gb"), slice(1, "1g.5gb")], had: ["s1"] },
    ["s1"],
  ],
  [
    "media engines are given only where asked for or nothing else is as small",
    { wish: mig("1g.5gb"), free: [slice(0, "1g.5gb+me"), slice(1, "1g.5gb")] },
    ["s1"],
  ],
  [
    "a wish for media engines is served by nothing else",
    { wish: mig("1g.5gb+me"), free: [slice(0, "2g.10gb")] },
    undefined,
  ],
  [
    "a whole GPU is never made of slices",
    { wish: gpus(1), free: [0, 1, 2, 3, 4, 5, 6].map((i) => slice(i, "1g.5gb")) },
    undefined,
  ],
  ["a slice is never cut from a whole GPU", { wish: mig("1g.5gb"), free: wholes(0) }, undefined],
  [
    "a device that is lost, quarantined or in use outside is not given",
    {
      wish: gpus(1),
      free: [gpu(0, { state: "lost" }), gpu(1, { state: "quarantined" }), gpu(2, { state: "outside" })],
    },
    undefined,
  ],
  [
    "a stopped container runs again on what it was made with, if that is free, however others are linked",
    {
      wish: { ...gpus(2), preferably: ["g0", "g3"] },
      free: wholes(0, 1, 2, 3),
      near: [
        [0, 1, 0],
        [0, 3, 3],
      ],
    },
    ["g0", "g3"],
  ],
  [
    "and else on what serves it",
    { wish: { ...gpus(1), preferably: ["g3"] }, free: wholes(1, 2), had: ["g2"] },
    ["g2"],
  ],
  [
    "and of several what serves it, if fewer are wished for now",
    { wish: { ...gpus(1), preferably: ["g1", "g2"] }, free: wholes(1, 2), had: ["g2"] },
    ["g2"],
  ],
  [
    "one that can't be carried over runs again on exactly its own devices",
    { wish: { ...gpus(2), exactly: ["g3", "g1"] }, free: wholes(0, 1, 2, 3) },
    ["g3", "g1"],
  ],
  [
    "and on no others while one of its own is held",
    { wish: { ...gpus(2), exactly: ["g3", "g1"] }, free: wholes(0, 2, 3) },
    undefined,
  ],
])("%s", (_sentence, { wish, free, had, near }, expected) => {
  const links = new Map((near ?? []).map(([a, b, far]) => [[`g${a}`, `g${b}`].sort().join(" "), far]));
  expect(chooseDevices(wish, free, new Set(had), links)?.map(({ id }) => id)).toEqual(expected);
});

test("sixteen GPUs of one machine are chosen from without counting every set", () => {
  const free = Array.from({ length: 32 }, (_, i) => gpu(i));
  expect(chooseDevices(gpus(16), free, new Set(), new Map())?.map(({ gpuIndex }) => gpuIndex)).toEqual([
    ...Array(16).keys(),
  ]);
});

function gpu(index: number, more: Partial<Device> = {}): Device {
  return a100(index, { id: `g${index}`, gpuUuid: `g${index}`, ...more });
}

function slice(index: number, profile: string): Device {
  const gigabytes = Number(/(\d+)gb/.exec(profile)?.[1]);
  return gpu(0, {
    id: `s${index}`,
    sliceIndex: index,
    profile,
    memoryMiB: gigabytes * 1024,
    part: `[${index},${index + 1})`,
    weight: weigh("NVIDIA A100-SXM4-40GB", profile),
  });
}
