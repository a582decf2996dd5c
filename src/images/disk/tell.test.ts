import { expect, test } from "vitest";
import type { MemberStorage } from "../../ledger/queries/disk.ts";
import { tellings } from "./tell.ts";

const gib = 1024 ** 3;
const limits = { image_gib: 60, workspace_gib: 500, layer_gib: 50 };
const ana: MemberStorage = {
  memberId: 1,
  slackUserId: "UANA",
  group: "student",
  handle: "ana",
  images: { bytes: 0, told: false },
  workspaces: { bytes: 0, told: false },
  layers: [],
};

test("below 80 % nothing is said", () => {
  const some = {
    ...ana,
    images: { bytes: 47.9 * gib, told: false },
    workspaces: { bytes: 399 * gib, told: false },
  };
  expect(tellings(some, limits)).toEqual([]);
});

test("from 80 % on it is said, with the numbers and what to do", () => {
  const [telling, ...others] = tellings({ ...ana, images: { bytes: 48 * gib, told: false } }, limits);
  expect(others).toEqual([]);
  expect(telling).toMatchObject({
    kind: "image",
    told: true,
    news: {
      text: "Your images take 48 GB of the 60 GB you may use for them.",
      detail: expect.stringContaining("/image-delete"),
    },
  });
});

test("said once: not again while it stays so, and again after it was below", () => {
  const full = { ...ana, workspaces: { bytes: 600 * gib, told: true } };
  expect(tellings(full, limits)).toEqual([{ kind: "workspace", told: true }]);
  expect(tellings({ ...ana, workspaces: { bytes: 100 * gib, told: true } }, limits)).toEqual([
    { kind: "workspace", told: false },
  ]);
});

test("each container by itself", () => {
  const layers = [
    { containerId: 7, project: "vision", bytes: 41 * gib, told: false },
    { containerId: 8, project: "speech", bytes: 41 * gib, told: true },
    { containerId: 9, project: "notes", bytes: gib, told: false },
  ];
  expect(tellings({ ...ana, layers }, limits)).toEqual([
    {
      kind: "layer",
      ofIds: [7],
      told: true,
      news: {
        kind: "note",
        text: "vision has written 41 GB outside /workspace, of the 50 GB it may.",
        detail: expect.stringContaining("into /workspace"),
        containerId: 7,
      },
    },
    { kind: "layer", ofIds: [8], told: true },
  ]);
});

test("without a limit nothing is near it", () => {
  const much = { ...ana, images: { bytes: 9000 * gib, told: false } };
  expect(tellings(much, { image_gib: null, workspace_gib: null, layer_gib: null })).toEqual([]);
});
