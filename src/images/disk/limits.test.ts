import { expect, test } from "vitest";
import { gigabytes } from "../../sentence.ts";
import { overStorage } from "./limits.ts";

const gib = 1024 ** 3;
const limits = { image_gib: 60, workspace_gib: 500 };

test.each([
  ["a build while the images are below", 59.9, 900, "build", undefined],
  ["a build while the images are at it", 60, 0, "build", "images-full"],
  ["a new container while the files are at it", 0, 500, "deploy", "workspaces-full"],
  ["a new container while only the images are", 900, 499, "deploy", undefined],
] as const)("%s", (_sentence, images, files, what, reason) => {
  const use = { imageBytes: images * gib, workspaceBytes: files * gib };
  expect(overStorage(use, limits, what)?.reason).toBe(reason);
});

test("unlimited is never used up", () => {
  const use = { imageBytes: 1e15, workspaceBytes: 1e15 };
  for (const what of ["build", "deploy"] as const)
    expect(overStorage(use, { image_gib: null, workspace_gib: null }, what)).toBeUndefined();
});

test.each([
  [0, "0 GB"],
  [0.44 * gib, "0.4 GB"],
  [9.96 * gib, "10 GB"],
  [412.3 * gib, "412 GB"],
  [0.01 * gib, "10 MB"],
])("%d bytes are %s", (bytes, words) => {
  expect(gigabytes(bytes)).toBe(words);
});
