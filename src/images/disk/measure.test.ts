import { expect, test } from "vitest";
import { measurements } from "./measure.ts";

const image = (id: string, bytes: number, sharedBytes: number) => ({
  id,
  bytes,
  sharedBytes,
  refs: [],
  labels: {},
  createdAt: new Date(0),
  containers: 0,
});
const build = (id: number, engineImageId: string) => ({ id, memberId: 1, engineImageId });

test("of an image counts what no other has; of a container what it wrote", () => {
  const disk = {
    images: [image("sha256:a", 900, 700)],
    containers: [{ id: "c1", name: "vision._.ana", layerBytes: 30 }],
  };
  const there = { builds: [build(5, "sha256:a")], containers: [{ id: 9, memberId: 2, engineId: "c1" }] };
  expect(measurements(disk, there)).toEqual([
    { kind: "image", ofId: 5, memberId: 1, bytes: 200 },
    { kind: "layer", ofId: 9, memberId: 2, bytes: 30 },
  ]);
});

test("of a container counts as well what was carried over when it got other devices", () => {
  const labels = { "berth.resume": "9", "berth.resume.bytes": "500" };
  const unused = { "berth.resume": "9", "berth.resume.bytes": "700" };
  const disk = {
    images: [
      { ...image("sha256:a", 900, 700), labels, containers: 1 },
      { ...image("sha256:b", 900, 700), labels: unused },
    ],
    containers: [{ id: "c1", name: "vision._.ana", layerBytes: 30 }],
  };
  const there = { builds: [], containers: [{ id: 9, memberId: 2, engineId: "c1" }] };
  expect(measurements(disk, there).map(({ bytes }) => bytes)).toEqual([530]);
});

test("two builds that are the same image count once", () => {
  const rows = measurements(
    { images: [image("sha256:a", 900, 0)], containers: [] },
    { builds: [build(5, "sha256:a"), build(6, "sha256:a")], containers: [] },
  );
  expect(rows.map(({ bytes }) => bytes)).toEqual([900, 0]);
});

test("what the engine doesn't know is not measured: unknown is not nothing", () => {
  const there = { builds: [build(5, "sha256:a")], containers: [{ id: 9, memberId: 2, engineId: "c1" }] };
  expect(measurements({ images: [], containers: [] }, there)).toEqual([]);
});
