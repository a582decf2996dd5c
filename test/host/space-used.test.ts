import { link, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { HostSilent } from "../../src/errors.ts";
import { spaceUsed } from "../../src/host/space-used.ts";
import { workspacesMarker } from "../../src/host/workspaces.ts";

const mib = 1024 ** 2;
const limitMs = 60_000;
let root: string;
let path: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-space-"));
  path = join(root, "ana/vision");
  await mkdir(path, { recursive: true });
  await writeFile(join(root, workspacesMarker), "");
});
afterEach(() => rm(root, { recursive: true }));

const used = () => spaceUsed(root, path, limitMs, wallClock);

test("what its files take, in directories of any name, each file once", async () => {
  const odd = join(path, "a b\n-rf *");
  await mkdir(odd);
  await writeFile(join(odd, "weights"), Buffer.alloc(3 * mib, 1));
  await link(join(odd, "weights"), join(path, "the same"));
  const bytes = (await used()) ?? 0;
  expect(bytes).toBeGreaterThanOrEqual(3 * mib);
  expect(bytes).toBeLessThan(4 * mib);
});

test("a link out of it counts nothing of what it leads to", async () => {
  const outside = join(root, "ben");
  await mkdir(outside);
  await writeFile(join(outside, "large"), Buffer.alloc(8 * mib, 1));
  await symlink(outside, join(path, "ben"));
  expect(await used()).toBeLessThan(mib);
});

test("a workspace that was never made, or is none, takes nothing", async () => {
  await rm(path, { recursive: true });
  expect(await used()).toBe(0);
  await symlink("/usr", path);
  expect(await used()).toBe(0);
});

test("what can't be counted in time is unknown, not nothing; the next one is counted again", async () => {
  const never = { sleep: async () => undefined };
  expect(await spaceUsed(root, path, 1, never)).toBeUndefined();
  let again: number | undefined;
  for (let i = 0; i < 100 && again === undefined; i++) {
    again = await used();
    if (again === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(again).toBeDefined();
});

test("a disk that is not mounted is silent, and a path outside is an error", async () => {
  await expect(spaceUsed(root, "/usr", limitMs, wallClock)).rejects.toThrow("is not below");
  await rm(join(root, workspacesMarker));
  await expect(used()).rejects.toThrow(HostSilent);
});
