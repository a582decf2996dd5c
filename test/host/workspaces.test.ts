import { lstat, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HostSilent } from "../../src/errors.ts";
import { ensureWorkspace, workspacesMarker, workspacesRootOf } from "../../src/host/workspaces.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-ws-"));
  await writeFile(join(root, workspacesMarker), "");
});
afterEach(() => rm(root, { recursive: true }));

/** Without root only one's own uid can be given. */
const uid = process.getuid?.() === 0 ? 20_001 : (process.getuid?.() ?? 0);

test("a workspace is a directory that only its member can enter", async () => {
  const path = join(root, "ana/vision");
  await ensureWorkspace(root, path, uid);
  const made = await stat(path);
  expect({ uid: made.uid, gid: made.gid, mode: made.mode & 0o7777 }).toEqual({ uid, gid: uid, mode: 0o700 });
  expect((await stat(join(root, "ana"))).mode & 0o777).toBe(0o700);
});

test("made twice, or by two at once, it is the same one and nothing else is left", async () => {
  const path = join(root, "ana/vision");
  await Promise.all([1, 2, 3].map(() => ensureWorkspace(root, path, uid)));
  await writeFile(join(path, "notes.txt"), "kept");
  await ensureWorkspace(root, path, uid);
  expect(await readdir(path)).toEqual(["notes.txt"]);
  expect(await readdir(join(root, "ana"))).toEqual(["vision"]);
});

test("one that is there is left as it is", async () => {
  const path = join(root, "ana/vision");
  await mkdir(path, { recursive: true, mode: 0o750 });
  const before = await stat(path);
  await ensureWorkspace(root, path, uid);
  expect((await stat(path)).mode).toBe(before.mode);
  expect((await stat(path)).uid).toBe(before.uid);
});

test("who was killed half-way leaves nothing that the next one can't finish", async () => {
  await mkdir(join(root, "ana/.new-vision"), { recursive: true, mode: 0o700 });
  await ensureWorkspace(root, join(root, "ana/vision"), uid);
  expect((await stat(join(root, "ana/vision"))).uid).toBe(uid);
  expect(await readdir(join(root, "ana"))).toEqual(["vision"]);
});

test.each(["ana", "ana/vision"])("a link at %s is never followed", async (at) => {
  const elsewhere = await mkdtemp(join(tmpdir(), "berth-elsewhere-"));
  if (at === "ana/vision") await mkdir(join(root, "ana"));
  await symlink(elsewhere, join(root, at));
  await expect(ensureWorkspace(root, join(root, "ana/vision"), uid)).rejects.toThrow(/is no directory/);
  expect(await readdir(elsewhere)).toEqual([]);
  expect((await lstat(elsewhere)).uid).toBe(process.getuid?.());
  await rm(elsewhere, { recursive: true });
});

test("without the marker file the disk may not be there, so nothing is made", async () => {
  await rm(join(root, workspacesMarker));
  await expect(ensureWorkspace(root, join(root, "ana/vision"), uid)).rejects.toThrow(HostSilent);
  expect(await readdir(root)).toEqual([]);
});

test.each(["/etc/berth", "..", "../x/vision"])("a path outside of the root is refused: %s", async (path) => {
  await expect(ensureWorkspace(root, path.startsWith("/") ? path : `${root}/${path}`, uid)).rejects.toThrow(
    /is not below/,
  );
});

test.each([
  ["/srv/berth/{handle}/{project}", "/srv/berth"],
  ["/data/ws-{handle}/p/{project}", "/data"],
])("the root of %s is %s", (path, expected) => {
  expect(workspacesRootOf(path)).toBe(expected);
});
