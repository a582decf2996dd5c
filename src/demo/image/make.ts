import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type Docker from "dockerode";
import tar from "tar-stream";
import { command } from "../engine/command.ts";
import type { Distribution } from "./apt-sources.ts";

export type Base = { ref: string; from: "pulled base" | "own base" };

/** The official image of this distribution, if a registry answers soon: undefined after 60 s or any failure. */
export async function pullBase(
  docker: Docker,
  distribution: Distribution,
  say: (sentence: string) => void,
): Promise<Base | undefined> {
  const ref = `${distribution.id}:${distribution.codename}${distribution.id === "debian" ? "-slim" : ""}`;
  say(`Pulling ${ref}`);
  try {
    const signal = AbortSignal.timeout(60_000);
    const progress = await docker.pull(ref, { abortSignal: signal });
    await follow(docker, progress, 60);
    return { ref, from: "pulled base" };
  } catch (error) {
    say(`It can't be pulled from here (${firstLine(error)})`);
    return undefined;
  }
}

/** A base of the distribution's own packages, from the mirror that this machine's apt uses. */
export async function importBase(
  docker: Docker,
  distribution: Distribution,
  workDir: string,
  say: (sentence: string) => void,
  signal?: AbortSignal,
): Promise<Base> {
  say(`Making a base from ${distribution.codename}'s packages, about half a minute`);
  const folder = await mkdtemp(join(workDir, "base-"));
  try {
    const sources = join(folder, "sources.list");
    const archive = join(folder, "base.tar");
    await writeFile(sources, `${distribution.sources.join("\n")}\n`);
    await command(
      [
        ...["mmdebstrap", "--variant=minbase", "--include=ca-certificates"],
        ...['--aptopt=Acquire::Retries "3"', '--aptopt=Acquire::Languages "none"'],
        // They stay out of what is installed later, too.
        ...["man", "doc", "locale", "info"].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
        ...[distribution.codename, archive, sources],
      ],
      600,
      signal,
    );
    const ref = `berth/base:${distribution.codename}`;
    const [repo, tag] = ref.split(":");
    const progress = await docker.importImage(createReadStream(archive), { repo, tag });
    await follow(docker, progress as unknown as NodeJS.ReadableStream, 120);
    return { ref, from: "own base" };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds with BuildKit from a Dockerfile alone. Throws with the step's last words. */
export async function buildImage(
  docker: Docker,
  dockerfile: string,
  ref: string,
  labels: Record<string, string>,
): Promise<void> {
  const context = tar.pack();
  context.entry({ name: "Dockerfile" }, dockerfile);
  context.finalize();
  const progress = await docker.buildImage(Readable.from(context), {
    t: ref,
    version: "2",
    labels,
    buildargs: proxies(),
  } as Docker.ImageBuildOptions);
  await follow(docker, progress, 900);
}

/** Reads the engine's progress to its end. It says "no error" for a failed build: any error line in it is one. */
function follow(docker: Docker, progress: NodeJS.ReadableStream, limitSeconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const words: string[] = [];
    const limit = setTimeout(
      () => reject(new Error(`It took longer than ${limitSeconds} s.`)),
      limitSeconds * 1000,
    );
    const finish = (error: Error | null, lines: { error?: string }[]) => {
      clearTimeout(limit);
      const failure = error?.message ?? lines.find((line) => line?.error)?.error;
      if (failure === undefined) return resolve();
      reject(new Error([failure, ...words.slice(-15)].join("\n")));
    };
    docker.modem.followProgress(progress, finish, (line: { stream?: string }) => {
      if (line?.stream) words.push(line.stream.trimEnd());
    });
  });
}

/** A lab behind a proxy: builds need it too. */
function proxies(): Record<string, string> {
  const names = ["http_proxy", "https_proxy", "no_proxy"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!.slice(0, 120);
}
