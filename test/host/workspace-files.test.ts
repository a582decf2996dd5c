import { execFileSync } from "node:child_process";
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import tarStream from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { HostSilent } from "../../src/errors.ts";
import type { Host } from "../../src/host/host.ts";
import { linuxHost } from "../../src/host/linux.ts";
import { workspacesMarker } from "../../src/host/workspaces.ts";

let root: string;
let vision: string;
let secret: string;
let host: Host;
const uid = process.getuid?.() === 0 ? 20_001 : (process.getuid?.() ?? 0);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-files-"));
  secret = await mkdtemp(join(tmpdir(), "berth-secret-"));
  await writeFile(join(root, workspacesMarker), "");
  await writeFile(join(secret, "key"), "secret");
  vision = join(root, "ana/vision");
  host = linuxHost({ nvidiaSmi: undefined, workspacesRoot: root, clock: wallClock });
  await host.ensureWorkspace(vision, uid);
});
afterEach(async () => {
  await rm(root, { recursive: true });
  await rm(secret, { recursive: true });
});

const kib = 1024;
const read = (name: string) => host.workspaceFile(vision, name, 64 * kib);

test("a text file of the workspace is read as it is", async () => {
  await writeFile(join(vision, "requirements.txt"), "numpy<2\n# naïve\n");
  expect(await read("requirements.txt")).toEqual({ is: "text", text: "numpy<2\n# naïve\n" });
  await mkdir(join(vision, "sub/deep"), { recursive: true });
  await writeFile(join(vision, "sub/deep/Dockerfile"), "FROM x");
  expect(await read("sub/deep/Dockerfile")).toEqual({ is: "text", text: "FROM x" });
});

test("what is not there is not there, also in a workspace that was never made", async () => {
  expect(await read("requirements.txt")).toEqual({ is: "none" });
  expect(await host.workspaceFile(join(root, "ana/other"), "requirements.txt", kib)).toEqual({ is: "none" });
});

test("a link out of the workspace is not followed, wherever it stands on the way", async () => {
  await symlink(join(secret, "key"), join(vision, "requirements.txt"));
  await symlink(secret, join(vision, "sub"));
  await symlink("../../../..", join(vision, "up"));
  for (const name of ["requirements.txt", "sub/key", "up/etc/passwd"])
    expect(await read(name)).toEqual({ is: "refused", because: expect.stringMatching(/link/) });
});

test("a workspace that is itself a link is not looked into", async () => {
  await symlink(secret, join(root, "ana/linked"));
  expect(await host.workspaceFile(join(root, "ana/linked"), "key", kib)).toMatchObject({ is: "refused" });
});

test.each(["../other/key", "/etc/passwd", "a/../../key", "", ".", "a//b"])(
  "a name with a detour is an error of whoever asks: %j",
  async (name) => {
    await expect(read(name)).rejects.toThrow(/is not below|is not the name/);
  },
);

test("pipes, sockets, devices and directories are no text files, and nobody waits for them", async () => {
  execFileSync("mkfifo", [join(vision, "pipe")]);
  await mkdir(join(vision, "directory"));
  const server = createServer().listen(join(vision, "socket"));
  await new Promise((resolve) => server.once("listening", resolve));
  for (const name of ["pipe", "directory", "socket"])
    expect(await read(name)).toEqual({ is: "refused", because: expect.stringMatching(/plain file/) });
  await new Promise((resolve) => server.close(resolve));
});

test("too large, not text, or not UTF-8 is said and not read", async () => {
  await truncate(join(vision, "huge"), 0).catch(() => writeFile(join(vision, "huge"), ""));
  await truncate(join(vision, "huge"), 2 ** 40);
  await writeFile(join(vision, "binary"), Buffer.from([0x7f, 0x45, 0, 1]));
  await writeFile(join(vision, "latin"), Buffer.from([0x6e, 0xe4, 0x68]));
  expect(await read("huge")).toEqual({ is: "refused", because: expect.stringMatching(/larger than 64 KiB/) });
  expect(await read("binary")).toEqual({ is: "refused", because: expect.stringMatching(/text file/) });
  expect(await read("latin")).toEqual({ is: "refused", because: expect.stringMatching(/text file/) });
});

test("without the marker file nothing is read, written or packed", async () => {
  await rm(join(root, workspacesMarker));
  await expect(read("x")).rejects.toThrow(HostSilent);
  await expect(host.writeWorkspaceFiles(vision, uid, new Map([["x", ""]]))).rejects.toThrow(HostSilent);
  await expect(host.buildContext(vision, limits)).rejects.toThrow(HostSilent);
});

test("files are written for their owner, directories made on the way, and replaced", async () => {
  const write = (text: string) =>
    host.writeWorkspaceFiles(vision, uid, new Map([[".berth/image/Dockerfile", text]]));
  await write("FROM a\n");
  await write("FROM b\n");
  const path = join(vision, ".berth/image/Dockerfile");
  expect(await readFile(path, "utf8")).toBe("FROM b\n");
  for (const one of [path, join(vision, ".berth"), join(vision, ".berth/image")])
    expect((await stat(one)).uid).toBe(uid);
  expect((await stat(path)).mode & 0o7777).toBe(0o644);
  expect(await readdir(join(vision, ".berth/image"))).toEqual(["Dockerfile"]);
});

test("a link under the name is replaced and what it points to is left; one on the way is an error", async () => {
  await mkdir(join(vision, ".berth"));
  await symlink(join(secret, "key"), join(vision, ".berth/Dockerfile"));
  await host.writeWorkspaceFiles(vision, uid, new Map([[".berth/Dockerfile", "FROM a\n"]]));
  expect((await lstat(join(vision, ".berth/Dockerfile"))).isFile()).toBe(true);
  expect(await readFile(join(secret, "key"), "utf8")).toBe("secret");

  await symlink(secret, join(vision, "link"));
  await expect(host.writeWorkspaceFiles(vision, uid, new Map([["link/key", "x"]]))).rejects.toThrow();
  expect(await readFile(join(secret, "key"), "utf8")).toBe("secret");
  expect(await readdir(secret)).toEqual(["key"]);
});

test("a directory that is swapped for a link while files are read and written never leads out", async () => {
  const [swap, link, kept] = ["swap", "link", "kept"].map((name) => join(vision, name)) as [
    string,
    string,
    string,
  ];
  const setUp = async () => {
    for (const one of [swap, link, kept]) await rm(one, { recursive: true, force: true });
    await mkdir(swap);
    await writeFile(join(swap, "key"), "mine");
    await symlink(secret, link);
  };
  await setUp();
  let isOver = false;
  const swapping = (async () => {
    while (!isOver) {
      try {
        await rename(swap, kept);
        await rename(link, swap);
        await rename(swap, link);
        await rename(kept, swap);
      } catch {
        // A directory was made in the moment in which there was none.
        await setUp().catch(() => {});
      }
    }
  })();
  for (let round = 0; round < 300; round++) {
    const found = await read("swap/key");
    if (found.is === "text") expect(found.text).toBe("mine");
    await host.writeWorkspaceFiles(vision, uid, new Map([["swap/other", "x"]])).catch(() => {});
    const files = await packed(await host.buildContext(vision, limits));
    for (const [name, entry] of files) if (name.endsWith("/key")) expect(entry.text).toBe("mine");
  }
  isOver = true;
  await swapping;
  expect(await readdir(secret)).toEqual(["key"]);
});

const limits = { maxBytes: 10_000_000, maxFiles: 1000 };

test("a project's folder is packed with links as links, modes, and without Berth's own directories", async () => {
  await mkdir(join(vision, "src/empty"), { recursive: true });
  await mkdir(join(vision, ".home/.cache"), { recursive: true });
  await mkdir(join(vision, ".berth"));
  await writeFile(join(vision, ".home/.cache/secret"), "x");
  await writeFile(join(vision, ".berth/Dockerfile"), "x");
  await writeFile(join(vision, "src/train.py"), "print()\n", { mode: 0o4755 });
  await symlink("/etc/passwd", join(vision, "src/out"));
  await writeFile(join(vision, `${"long-".repeat(30)}name`), "long");
  execFileSync("mkfifo", [join(vision, "src/pipe")]);
  const context = await host.buildContext(vision, limits);
  expect(context).toMatchObject({ is: "context", files: 5, bytes: 12 });
  const files = await packed(context);
  expect([...files.keys()].sort()).toEqual(
    ["src/", "src/empty/", "src/train.py", "src/out", `${"long-".repeat(30)}name`].sort(),
  );
  expect(files.get("src/train.py")).toMatchObject({ text: "print()\n", mode: 0o755, uid: 0, type: "file" });
  expect(files.get("src/out")).toMatchObject({ type: "symlink", linkname: "/etc/passwd", text: "" });
  // A second stream reads them anew.
  expect((await packed(context)).size).toBe(5);
});

test("what .dockerignore names is left out, and its exceptions are not", async () => {
  await mkdir(join(vision, "data/keep"), { recursive: true });
  await writeFile(join(vision, "data/big.bin"), "x".repeat(9_000));
  await writeFile(join(vision, "data/keep/labels.csv"), "a");
  await writeFile(join(vision, "train.py"), "b");
  await writeFile(join(vision, ".dockerignore"), "# big\ndata\n!data/keep\n");
  const files = await packed(await host.buildContext(vision, { maxBytes: 1000, maxFiles: 10 }));
  expect([...files.keys()].filter((name) => !name.endsWith("/")).sort()).toEqual([
    ".dockerignore",
    "data/keep/labels.csv",
    "train.py",
  ]);
});

test("a folder that is too large is refused with what is large in it", async () => {
  await mkdir(join(vision, "data"));
  await writeFile(join(vision, "data/sparse"), "");
  await truncate(join(vision, "data/sparse"), 5_000_000_000_000);
  const refused = await host.buildContext(vision, limits);
  expect(refused).toEqual({
    is: "refused",
    because: expect.stringMatching(/has 5000 GB; .*10 MB and 1000 files.*data \(5000 GB\).*\.dockerignore/),
  });
  await rm(join(vision, "data"), { recursive: true });
  for (let at = 0; at < 30; at++) await writeFile(join(vision, `f${at}`), "");
  expect(await host.buildContext(vision, { maxBytes: 1000, maxFiles: 20 })).toEqual({
    is: "refused",
    because: expect.stringMatching(/more than 20 files/),
  });
});

test("a folder of folders without end is refused, and one that is not there is said", async () => {
  await mkdir(join(vision, "d/".repeat(120)), { recursive: true });
  expect(await host.buildContext(vision, limits)).toEqual({
    is: "refused",
    because: expect.stringMatching(/100 folders deep/),
  });
  expect(await host.buildContext(join(root, "ana/other"), limits)).toMatchObject({ is: "refused" });
});

test("files that grow, shrink or vanish between the look and the stream don't break it; too many do, in words", async () => {
  await writeFile(join(vision, "log"), "x".repeat(1000));
  await writeFile(join(vision, "gone"), "x");
  const context = await host.buildContext(vision, limits);
  await rm(join(vision, "gone"));
  await writeFile(join(vision, "log"), "y".repeat(2000));
  expect([...(await packed(context))]).toEqual([
    ["log", expect.objectContaining({ text: "y".repeat(2000) })],
  ]);

  await truncate(join(vision, "log"), 20_000_000);
  await expect(packed(context)).rejects.toThrow();
  expect(context.is === "context" && context.problem()).toMatch(/grew .* beyond 10 MB/);
});

test("a stream that nobody reads to its end leaves nothing open", async () => {
  await writeFile(join(vision, "large"), "x".repeat(5_000_000));
  const context = await host.buildContext(vision, limits);
  if (context.is !== "context") throw new Error(context.because);
  const before = (await readdir("/proc/self/fd")).length;
  for (let round = 0; round < 20; round++) {
    const stream = context.tar() as Readable;
    await new Promise((resolve) => stream.once("data", resolve));
    stream.destroy();
    await new Promise((resolve) => stream.once("close", resolve));
  }
  await expect.poll(async () => (await readdir("/proc/self/fd")).length).toBeLessThan(before + 5);
});

type Packed = { text: string; mode: number; uid: number; type: string; linkname?: string };

async function packed(context: Awaited<ReturnType<Host["buildContext"]>>): Promise<Map<string, Packed>> {
  if (context.is !== "context") throw new Error(context.because);
  const extract = tarStream.extract();
  const stream = context.tar();
  stream.on("error", (error) => extract.destroy(error as Error));
  stream.pipe(extract as unknown as NodeJS.WritableStream);
  const files = new Map<string, Packed>();
  for await (const entry of extract) {
    const { name, mode, uid: owner, type, linkname } = entry.header;
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.set(name, {
      text: Buffer.concat(chunks).toString("utf8"),
      mode: mode ?? 0,
      uid: owner ?? -1,
      type: type ?? "",
      ...(linkname ? { linkname } : {}),
    });
  }
  return files;
}
