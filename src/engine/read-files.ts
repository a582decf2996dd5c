import { posix } from "node:path";
import type { Readable } from "node:stream";
import tar from "tar-stream";
import { z } from "zod";
import { type Call, refusal } from "./call.ts";

const readerLabel = "berth.reads";

/**
 * A container of ours that only lends its files. Containers have their image's labels too, and a member may have written
 * those: only one that never ran, and that is no member's by a label that we set on every one ourselves, can be a reader.
 */
export function isReader(state: string, labels: Record<string, string>): boolean {
  return state === "created" && readerLabel in labels && labels["berth.container"] === "";
}

const limitBytes = 4 * 2 ** 20;
const limitMs = 60_000;
const linksAtMost = 8;

/** Text files of an image; `undefined` for one that is not there. */
export async function readFiles(
  call: Call,
  instance: string,
  imageId: string,
  paths: readonly string[],
): Promise<Map<string, string | undefined>> {
  const reader = await makeReader(call, instance, imageId);
  const found = new Map<string, string | undefined>(paths.map((path) => [path, undefined]));
  if (reader === undefined) return found;
  try {
    for (const path of found.keys()) found.set(path, await readFollowing(call, reader, path));
    return found;
  } finally {
    await removeReader(call, reader);
  }
}

/** Those that a killed bot left; one that is read at this moment goes too, and its reading says "not there". */
export async function removeReaders(call: Call, instance: string): Promise<void> {
  const answer = await call.json({
    method: "GET",
    path: "/containers/json",
    query: {
      all: true,
      filters: JSON.stringify({ label: [readerLabel, `berth.instance=${instance}`], status: ["created"] }),
    },
    limitMs: 15_000,
  });
  if (answer.status !== 200) throw refusal(answer);
  for (const { Id, State, Labels } of listShape.parse(answer.body))
    if (isReader(State, Labels ?? {})) await removeReader(call, Id);
}

const listShape = z.array(
  z.looseObject({ Id: z.string(), State: z.string(), Labels: z.record(z.string(), z.string()).nullish() }),
);

/** It is never started: it has no program that could be, no network and no mount. */
async function makeReader(call: Call, instance: string, imageId: string): Promise<string | undefined> {
  const answer = await call.json({
    method: "POST",
    path: "/containers/create",
    body: {
      Image: imageId,
      Entrypoint: [],
      Cmd: ["-"],
      Labels: { "berth.instance": instance, "berth.container": "", [readerLabel]: imageId },
      NetworkDisabled: true,
      HostConfig: { NetworkMode: "none", ReadonlyRootfs: true, CapDrop: ["ALL"], Privileged: false },
    },
    limitMs,
  });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw refusal(answer);
  return z.object({ Id: z.string() }).parse(answer.body).Id;
}

async function removeReader(call: Call, id: string): Promise<void> {
  const answer = await call.json({
    method: "DELETE",
    path: `/containers/${id}`,
    query: { force: true, v: true },
    limitMs,
  });
  if (answer.status !== 200 && answer.status !== 404 && answer.status !== 409) throw refusal(answer);
}

async function readFollowing(call: Call, reader: string, path: string): Promise<string | undefined> {
  let at = path;
  for (let links = 0; links <= linksAtMost; links++) {
    const found = await readOne(call, reader, at);
    if (typeof found !== "object") return found;
    at = posix.resolve(posix.dirname(at), found.link);
  }
  return undefined;
}

/** The engine finds the way to the file inside the image; only a link at its end is told as what it is. */
async function readOne(
  call: Call,
  reader: string,
  path: string,
): Promise<string | undefined | { link: string }> {
  const archive = await call.stream({
    method: "GET",
    path: `/containers/${reader}/archive`,
    query: { path },
    limitMs,
  });
  if (archive === "gone") return undefined;
  try {
    return await firstEntry(archive);
  } finally {
    archive.destroy();
  }
}

async function firstEntry(archive: Readable): Promise<string | undefined | { link: string }> {
  const extract = tar.extract();
  archive.on("error", (error) => extract.destroy(error));
  archive.pipe(extract);
  for await (const entry of extract) {
    const { type, linkname } = entry.header;
    if (type === "symlink" && linkname) return { link: linkname };
    if (type !== "file") return undefined;
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of entry as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= limitBytes) break;
    }
    return Buffer.concat(chunks).subarray(0, limitBytes).toString("utf8");
  }
  return undefined;
}
