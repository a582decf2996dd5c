import type { FileHandle } from "node:fs/promises";
import { lstat, opendir, readlink } from "node:fs/promises";
import { Readable } from "node:stream";
import tarStream from "tar-stream";
import type { Clock } from "../world.ts";
import { type Ignore, IgnoreProblem, readIgnore } from "./dockerignore.ts";
import type { ContextLimits, WorkspaceContext } from "./host.ts";
import { openDirectory, openDirectoryIn, openIn, within } from "./inside.ts";
import { workspaceFile } from "./workspace-files.ts";
import { namesBelow, needsMarker } from "./workspaces.ts";

/** Berth's own directories of a workspace: never part of an image. */
const ours = new Set([".home", ".berth"]);
const deepest = 100;
/** A look through a folder that takes longer is given up: nobody builds from such a one. */
const lookLimitMs = 60_000;
const chunkBytes = 256 * 1024;

/** See `Host.buildContext`. */
export async function buildContext(
  root: string,
  path: string,
  limits: ContextLimits,
  clock: Clock,
): Promise<WorkspaceContext> {
  await needsMarker(root);
  namesBelow(root, path);
  try {
    const ignore = await ignoreOf(root, path);
    const found = await measure(path, ignore, limits, clock);
    let problem: string | undefined;
    const tar = () =>
      Readable.from(
        packed(path, ignore, limits, (because) => (problem = because)),
        { objectMode: false },
      );
    return { is: "context", ...found, tar, problem: () => problem };
  } catch (error) {
    if (error instanceof TooLarge) return { is: "refused", because: error.message };
    if (error instanceof IgnoreProblem)
      return { is: "refused", because: `The project's .dockerignore can't be read. ${error.message}` };
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      return {
        is: "refused",
        because: "The project has no folder on the server yet: it is made when it is first deployed.",
      };
    throw error;
  }
}

async function ignoreOf(root: string, path: string): Promise<Ignore> {
  const file = await workspaceFile(root, path, ".dockerignore", 64 * 1024);
  if (file.is === "refused") throw new IgnoreProblem(file.because);
  return readIgnore(file.is === "text" ? file.text : "");
}

class TooLarge extends Error {
  override readonly name = "TooLarge";
}

type Entry =
  | { is: "file"; name: string; at: FileHandle; last: string }
  | { is: "directory"; name: string; mode: number; modified: Date }
  | { is: "link"; name: string; target: string; modified: Date };

/** How much there is. Goes on a while after it is too much, to be able to say what is large. */
async function measure(
  path: string,
  ignore: Ignore,
  limits: ContextLimits,
  clock: Clock,
): Promise<{ files: number; bytes: number }> {
  const began = clock.monotonicMs();
  const byTop = new Map<string, number>();
  let files = 0;
  let bytes = 0;
  for await (const entry of entries(path, ignore)) {
    files += 1;
    if (entry.is === "file") {
      const { size } = await lstat(within(entry.at, entry.last)).catch(goneIs({ size: 0 }));
      bytes += size;
      const [top = ""] = entry.name.split("/");
      byTop.set(top, (byTop.get(top) ?? 0) + size);
    }
    if (files > limits.maxFiles * 5 || clock.monotonicMs() - began > lookLimitMs) break;
  }
  if (files <= limits.maxFiles && bytes <= limits.maxBytes) return { files, bytes };
  const largest = [...byTop]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([name, size]) => `${name.slice(0, 60)} (${inWords(size)})`);
  throw new TooLarge(
    `The project's folder has ${files > limits.maxFiles ? `more than ${limits.maxFiles} files` : inWords(bytes)}; an image can be built from ${inWords(limits.maxBytes)} and ${limits.maxFiles} files at most. The largest there: ${largest.join(", ")}. Name what the image doesn't need in a file .dockerignore.`,
  );
}

async function* packed(
  path: string,
  ignore: Ignore,
  limits: ContextLimits,
  onProblem: (because: string) => void,
): AsyncGenerator<Buffer> {
  const pack = tarStream.pack();
  const filling = fill(pack, path, ignore, limits).catch((error: Error) => {
    onProblem(
      error instanceof TooLarge
        ? error.message
        : "The project's folder could not be read to its end while the image was built.",
    );
    pack.destroy(error);
  });
  try {
    for await (const chunk of pack) yield chunk as Buffer;
  } finally {
    pack.destroy();
    await filling;
  }
}

async function fill(
  pack: tarStream.Pack,
  path: string,
  ignore: Ignore,
  limits: ContextLimits,
): Promise<void> {
  const { promise: closed, reject } = Promise.withResolvers<never>();
  closed.catch(() => {});
  pack.once("close", () => reject(new Error("The folder was not read to its end.")));
  const plain = { uid: 0, gid: 0, uname: "", gname: "" };
  let files = 0;
  let bytes = 0;
  for await (const entry of entries(path, ignore)) {
    files += 1;
    if (files > limits.maxFiles) throw grown(limits);
    if (entry.is === "directory") {
      const { name, mode, modified: mtime } = entry;
      pack.entry({ ...plain, type: "directory", name: `${name}/`, mode, mtime });
    } else if (entry.is === "link") {
      const { name, target: linkname, modified: mtime } = entry;
      pack.entry({ ...plain, type: "symlink", name, linkname, mode: 0o777, mtime });
    } else {
      const file = await openIn(entry.at, entry.last).catch(goneIs(undefined));
      if (!file) continue;
      try {
        const stat = await file.stat();
        if (!stat.isFile()) continue;
        bytes += stat.size;
        if (bytes > limits.maxBytes) throw grown(limits);
        const sink = pack.entry({
          ...plain,
          name: entry.name,
          size: stat.size,
          mode: stat.mode & 0o777,
          mtime: stat.mtime,
        });
        for await (const chunk of exactly(file, stat.size)) {
          if (sink.write(chunk)) continue;
          await Promise.race([
            new Promise((resolve) => sink.once("drain", () => resolve(undefined))),
            closed,
          ]);
        }
        const ended = new Promise((resolve) => sink.once("close", () => resolve(undefined)));
        sink.end(undefined);
        await Promise.race([ended, closed]);
      } finally {
        await file.close();
      }
    }
  }
  pack.finalize();
}

function grown(limits: ContextLimits): TooLarge {
  return new TooLarge(
    `The project's folder grew while the image was built, beyond ${inWords(limits.maxBytes)} or ${limits.maxFiles} files. Name what the image doesn't need in a file .dockerignore.`,
  );
}

/** As many bytes as its header says: what was written since is left out, what was cut off is zeros. */
async function* exactly(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const buffer = Buffer.alloc(Math.min(chunkBytes, size - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    const part = bytesRead === 0 ? buffer : buffer.subarray(0, bytesRead);
    at += part.length;
    yield part;
  }
}

/** Depth first; every file with the open directory it lies in. What vanishes meanwhile, or can't be named in UTF-8, is left out. */
async function* entries(path: string, ignore: Ignore): AsyncGenerator<Entry> {
  const top = await openDirectory(path);
  try {
    yield* entriesIn(top, "", ignore, 1);
  } finally {
    await top.close();
  }
}

async function* entriesIn(
  at: FileHandle,
  above: string,
  ignore: Ignore,
  depth: number,
): AsyncGenerator<Entry> {
  if (depth > deepest)
    throw new TooLarge(
      `The project's folder is more than ${deepest} folders deep; nothing can be built from it.`,
    );
  for await (const { name: last } of await opendir(`/proc/self/fd/${at.fd}/.`, { bufferSize: 256 })) {
    if (depth === 1 && ours.has(last)) continue;
    const name = above + last;
    const isIgnored = ignore.isIgnored(name);
    if (isIgnored && ignore.isFinal) continue;
    const stat = await lstat(within(at, last)).catch(goneIs(undefined));
    if (!stat) continue;
    if (stat.isDirectory()) {
      const directory = await openDirectoryIn(at, last).catch(goneIs(undefined));
      if (!directory) continue;
      try {
        if (!isIgnored) yield { is: "directory", name, mode: stat.mode & 0o777, modified: stat.mtime };
        yield* entriesIn(directory, `${name}/`, ignore, depth + 1);
      } finally {
        await directory.close();
      }
    } else if (isIgnored) continue;
    else if (stat.isSymbolicLink()) {
      const target = await readlink(within(at, last)).catch(goneIs(undefined));
      if (target !== undefined) yield { is: "link", name, target, modified: stat.mtime };
    } else if (stat.isFile()) yield { is: "file", name, at, last };
  }
}

/** Gone, or something else by now: as if it had not been there. */
function goneIs<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (["ENOENT", "ELOOP", "ENOTDIR", "EINVAL", "ENXIO"].includes(error.code ?? "")) return instead;
    throw error;
  };
}

function inWords(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ["GB", 1e9] : bytes >= 1e6 ? ["MB", 1e6] : ["kB", 1e3];
  return `${(bytes / Number(size)).toFixed(bytes >= 1e9 && bytes < 1e10 ? 1 : 0)} ${unit}`;
}
