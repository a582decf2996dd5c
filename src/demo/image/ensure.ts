import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import Docker from "dockerode";
import { holdLock } from "../engine/lock.ts";
import { readDistribution } from "./apt-sources.ts";
import { demoDockerfile } from "./dockerfile.ts";
import { buildImage, importBase, pullBase } from "./make.ts";

export type DemoImage = {
  ref: string;
  from: "engine" | "cache" | "pulled base" | "own base";
  seconds: number;
};

export type DemoImageOptions = {
  socketPath: string;
  /** Where the finished image's archive is kept, for the next engine. */
  cacheDir: string;
  /** Gets a sentence whenever something longer begins. */
  onProgress?: (sentence: string) => void;
  /** Ends the longest step of it, the making of a base. */
  signal?: AbortSignal;
};

/**
 * The demo's house image on this engine: a small Debian or Ubuntu (the one this machine runs) with Python, sshd, sudo, rsync
 * and the members' environment in /opt/venv. It is there already, or comes from the archive of an earlier run, or is
 * built: on a pulled base where a registry answers, else on one made of the distribution's own packages (about a minute).
 * Throws in the builder's words if it can't be had.
 */
export async function ensureDemoImage(options: DemoImageOptions): Promise<DemoImage> {
  const began = Date.now();
  const say = options.onProgress ?? (() => {});
  const docker = new Docker({ socketPath: options.socketPath });
  const distribution = await readDistribution();
  const recipe = createHash("sha256").update(demoDockerfile("base")).digest("hex").slice(0, 8);
  const ref = `berth/demo:${distribution.codename || "bookworm"}`;
  const done = (from: DemoImage["from"]): DemoImage => ({ ref, from, seconds: (Date.now() - began) / 1000 });

  if (await isThere(docker, ref, recipe)) return done("engine");
  await mkdir(options.cacheDir, { recursive: true });
  const archive = join(options.cacheDir, `demo-${distribution.codename}-${recipe}.tar`);
  const unlock = await holdLock(`${archive}.lock`, 600);
  try {
    if (await exists(archive)) {
      say("Loading the demo's image from an earlier run");
      await load(docker, archive);
      if (await isThere(docker, ref, recipe)) return done("cache");
      await rm(archive, { force: true });
    }
    const base =
      (await pullBase(docker, distribution, say)) ??
      (await importBase(docker, distribution, options.cacheDir, say, options.signal));
    say("Building the demo's image: sign-in, tools, Python");
    await buildImage(docker, demoDockerfile(base.ref), ref, { "berth.recipe": recipe });
    await save(docker, ref, archive);
    return done(base.from);
  } finally {
    await unlock();
  }
}

async function isThere(docker: Docker, ref: string, recipe: string): Promise<boolean> {
  const found = await docker
    .getImage(ref)
    .inspect()
    .catch((error: { statusCode?: number }) => {
      if (error.statusCode === 404) return undefined;
      throw error;
    });
  return found?.Config.Labels?.["berth.recipe"] === recipe;
}

async function load(docker: Docker, archive: string): Promise<void> {
  const answer = await docker.loadImage(createReadStream(archive));
  for await (const _part of answer) {
    // Its end is what counts; whether the image is there is asked afterwards.
  }
}

/** Through a temporary name, so that a killed run leaves no half archive behind. */
async function save(docker: Docker, ref: string, archive: string): Promise<void> {
  const temporary = `${archive}.${process.pid}`;
  await pipeline(await docker.getImage(ref).get(), createWriteStream(temporary));
  await rename(temporary, archive);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
