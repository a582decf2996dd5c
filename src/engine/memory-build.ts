import { createHash } from "node:crypto";
import { EngineSilent } from "../errors.ts";
import type { Clock } from "../world.ts";
import type { BuildNow, BuildOrder, BuildResult } from "./build.ts";
import type { ImageMore, MemoryImages } from "./memory-images.ts";

/** How a build goes. What is not given goes well: one step for each instruction of the Dockerfile, at once. */
export type BuildScript = {
  /** The builds it is for; any if not given. */
  of?: (order: BuildOrder) => boolean;
  /** For so many builds (1). */
  times?: number;
  /** Instead of those of the Dockerfile. */
  steps?: readonly string[];
  /** Each step that is not cached takes this long on the clock; if not given, as long as a `sleep` in it says. */
  stepMs?: number;
  /** What the step with this number (from 1) prints. */
  prints?: (step: number, name: string) => string;
  /** Awaited before each step; the signal, a cancel and the engine's silence end the waiting. */
  beforeStep?: (step: number, name: string) => Promise<void> | void;
  /** It stays at this step until it is cancelled or the engine is silent. */
  hangAt?: number;
  /** This step ends with an error. */
  failAt?: { step: number; error: string };
  /** All steps go well, and the stream ends in an error. */
  errorDetail?: string;
  /** The stream breaks off at this step. */
  silentAt?: number;
  /** What the finished image is. */
  makes?: ImageMore;
};

/** One build after its script. `broken` aborts when the engine goes silent or is restarted. */
export async function memoryBuild(
  {
    clock,
    images,
    script,
    broken,
  }: {
    clock: Clock;
    images: MemoryImages;
    script: BuildScript;
    broken: AbortSignal;
  },
  order: BuildOrder,
  onProgress: (now: BuildNow) => void,
  signal: AbortSignal,
): Promise<BuildResult> {
  const steps: BuildNow["steps"] = [];
  let log = "";
  let toldAt = Number.NEGATIVE_INFINITY;
  const { stages, baseRefs } = readDockerfile(order.dockerfile);
  const missing = baseRefs.find((ref) => ref !== "scratch" && !images.find(ref));
  const bases = baseRefs.map((ref) => images.find(ref));
  const names = script.steps ?? stages;
  if (missing !== undefined) return fail(undefined, notThere(missing));
  let chain = bases.map((base) => base?.id ?? "").join();

  for (const [index, name] of names.entries()) {
    const number = index + 1;
    const step: BuildNow["steps"][number] = { name, seconds: undefined, cached: false };
    steps.push(step);
    const stepMs = script.stepMs ?? sleepMs(name);
    tell(script.beforeStep !== undefined || script.hangAt === number || stepMs > 0);
    const began = clock.monotonicMs();
    await untilBroken(Promise.resolve(script.beforeStep?.(number, name)));
    if (script.hangAt === number) await untilBroken(new Promise(() => {}));
    if (script.silentAt === number) throw silent();
    if (script.failAt?.step === number) {
      log += `${script.failAt.error}\n`;
      step.error = script.failAt.error;
      return fail(name, script.failAt.error);
    }
    chain = keyOf(chain, name, order);
    step.cached = !order.noCache && images.isCached(chain);
    if (!step.cached) log += script.prints?.(number, name) ?? "";
    if (!step.cached && stepMs > 0) await untilBroken(clock.sleep(stepMs, AbortSignal.any([signal, broken])));
    images.keepCached(chain);
    step.seconds = step.cached ? 0 : (clock.monotonicMs() - began) / 1000;
    tell(false);
  }
  if (script.errorDetail !== undefined) return fail(undefined, script.errorDetail);
  const { id, sizeBytes } = images.built(order, bases.at(-1), script.makes ?? {});
  tell(true);
  return { is: "ready", imageId: id, sizeBytes };

  function fail(step: string | undefined, error: string): BuildResult {
    tell(true);
    return { is: "failed", step, error };
  }

  function tell(anyway: boolean): void {
    const at = clock.monotonicMs();
    if (!anyway && at - toldAt < 1000) return;
    toldAt = at;
    onProgress({ steps: structuredClone(steps), of: names.length, log });
    log = "";
  }

  async function untilBroken(goesOn: Promise<void>): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, broken]);
    const end = new Promise<void>((ended) => {
      if (either.aborted) return ended();
      either.addEventListener("abort", () => ended(), { once: true, signal: over.signal });
    });
    try {
      await Promise.race([goesOn, end]);
    } finally {
      over.abort();
    }
    if (signal.aborted) throw signal.reason;
    if (broken.aborted) throw silent();
  }
}

function sleepMs(step: string): number {
  return Number(/\bsleep (\d+)/.exec(step)?.[1] ?? 0) * 1000;
}

function silent(): EngineSilent {
  return new EngineSilent("The container engine broke off in the middle of a build.");
}

function notThere(ref: string): string {
  return `${ref}: failed to resolve source metadata for ${ref}: pull access denied, repository does not exist or may require authorization`;
}

/** A step is the same if everything before it, its own words and the files and folders it names are. */
function keyOf(before: string, name: string, order: BuildOrder): string {
  const words = name.replace(/^\[[^\]]*\]\s*/, "");
  const named = words.split(/[\s,=]+/);
  const files = [...order.files].filter(([path]) =>
    named.some((word) => path === word || path.startsWith(`${word}/`)),
  );
  return createHash("sha256")
    .update(JSON.stringify([before, words, files]))
    .digest("hex");
}

/**
 * The steps BuildKit would show, and what is built on. Only as much of the grammar as the in-memory engine needs: it runs
 * nothing, so nothing depends on it.
 */
function readDockerfile(text: string): { stages: string[]; baseRefs: string[] } {
  const stages: { name: string | undefined; steps: string[] }[] = [];
  const baseRefs: string[] = [];
  for (const line of instructions(text)) {
    const [, word = "", rest = ""] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
    const instruction = word.toUpperCase();
    if (instruction === "FROM") {
      const [, ref = "", name] = /^(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?/i.exec(rest) ?? [];
      if (!stages.some((stage) => stage.name === ref)) baseRefs.push(ref);
      stages.push({ name, steps: [`FROM ${ref}`] });
    } else if (["RUN", "COPY", "ADD", "WORKDIR"].includes(instruction)) {
      stages.at(-1)?.steps.push(`${instruction} ${rest}`);
    }
  }
  const shown = stages.flatMap(({ name, steps }, at) =>
    steps.map((step, index) => {
      const stage = stages.length > 1 ? `${name ?? `stage-${at}`} ` : "";
      return `[${stage}${index + 1}/${steps.length}] ${step}`;
    }),
  );
  return { stages: shown, baseRefs };
}

function instructions(text: string): string[] {
  const lines = text.split("\n");
  const found: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    let line = lines[at]!.trim();
    if (line === "" || line.startsWith("#")) continue;
    while (line.endsWith("\\") && at + 1 < lines.length) {
      const next = lines[++at]!.trim();
      if (!next.startsWith("#")) line = `${line.slice(0, -1).trimEnd()} ${next}`;
    }
    const end = /<<-?["']?(\w+)/.exec(line)?.[1];
    if (end !== undefined) while (at + 1 < lines.length && lines[++at]!.trim() !== end);
    found.push(line);
  }
  return found;
}
