import { expect, test } from "vitest";
import { parseCatalogue } from "./catalogue.ts";
import { gpusOf, runsOn } from "./runs-on.ts";

const [cuda, cpu] = parseCatalogue(`images:
  - { name: a, framework: F, version: "1", image: x, architectures: [ada, hopper], cuda: "12.6.3", min_driver: "560.35.05" }
  - { name: b, framework: F, version: "1", image: x }
`).images;
if (!cuda || !cpu) throw new Error("two rows were written");

const node = (id: string, driver: string, ...models: string[]) => ({
  id,
  latest: { gpus: { at: new Date(0), driver, processes: [], gpus: models.map((model) => gpu(model)) } },
});
const gpu = (model: string) => ({
  uuid: "GPU-1",
  index: 0,
  model,
  memoryMiB: 1,
  memoryUsedMiB: 0,
  utilisationPercent: undefined,
  migEnabled: false,
  slices: [],
});

test.each([
  ["one of its architectures is there", ["ampere", "hopper"], "570.1", undefined],
  ["none is", ["ampere"], "570.1", "It is made for Ada and Hopper GPUs; this server has Ampere."],
  ["there is no GPU", [], undefined, "It is made for Ada and Hopper GPUs; this server has no GPU."],
  ["the very driver", ["ada"], "560.35.05", undefined],
  [
    "an older driver",
    ["ada"],
    "560.35.03",
    "Its CUDA 12.6.3 needs driver 560.35.05 or newer; this server has 560.35.03.",
  ],
  ["a driver with fewer numbers", ["ada"], "561", undefined],
  ["a driver that isn't known", ["ada"], undefined, undefined],
  ["GPUs that aren't known", undefined, "560.35.05", undefined],
])("%s", (_sentence, architectures, driver, because) => {
  expect(runsOn(cuda, { architectures, driver })).toEqual(
    because === undefined ? { runs: true } : { runs: false, because },
  );
});

test("what needs no GPU runs anywhere", () => {
  expect(runsOn(cpu, { architectures: [], driver: undefined })).toEqual({ runs: true });
});

test("a server's GPUs are those of all its machines, with the oldest driver", () => {
  const gpus = gpusOf([
    node("a", "580.82.07", "NVIDIA A100-SXM4-40GB", "NVIDIA A100-SXM4-40GB"),
    node("b", "550.127.05", "NVIDIA H100 80GB HBM3"),
    node("c", "none"),
  ]);
  expect(gpus).toEqual({ architectures: ["ampere", "hopper"], driver: "550.127.05" });
});

test("a machine that was not read, or a model nobody knows, makes it unknown, unless the policy says it", () => {
  const unread = { id: "b", latest: {} };
  const odd = node("c", "580.1", "NVIDIA PG999");
  expect(gpusOf([unread])).toEqual({ architectures: undefined, driver: undefined });
  expect(gpusOf([node("a", "570.1", "NVIDIA L4"), odd]).architectures).toBeUndefined();
  expect(
    gpusOf([unread, odd], { b: { architectures: ["ada"] }, c: { architectures: ["blackwell"] } }),
  ).toEqual({
    architectures: ["ada", "blackwell"],
    driver: "580.1",
  });
});

test("a server without GPUs has none: that is known", () => {
  expect(gpusOf([node("a", "none")])).toEqual({ architectures: [], driver: undefined });
});
