import type { BuildNow } from "./build.ts";
import type { BuildStatus, StepStatus } from "./build-status.ts";

/** Puts together what a build says bit by bit. */
export type BuildProgressReader = {
  take(status: BuildStatus): void;
  /** Whether something was taken since `now` was asked. */
  changed(): boolean;
  /** How it stands, with what was printed since this was asked last. */
  now(): BuildNow;
  /** The step that went wrong first, if one did. */
  failedStep(): string | undefined;
};

const logLimit = 1024 * 1024;

export function buildProgress(): BuildProgressReader {
  const steps = new Map<string, Step>();
  let log = "";
  let printing: string | undefined;
  let fresh = false;

  return { take, changed: () => fresh, now, failedStep };

  function take(status: BuildStatus): void {
    fresh = true;
    for (const one of status.steps) takeStep(one);
    for (const { step, bytes } of status.prints) print(step, bytes);
  }

  function takeStep(said: StepStatus): void {
    const step = steps.get(said.id) ?? newStep(said);
    steps.set(said.id, step);
    step.cached ||= said.cached;
    step.error ||= said.error;
    if (said.startedAt === undefined) return;
    // A step may begin and end more than once: a base is looked at first and fetched when it is needed.
    step.spans.set(said.startedAt, said.endedAt);
  }

  function print(id: string, bytes: Uint8Array): void {
    const step = steps.get(id);
    if (!step) return;
    const text = step.decoder.decode(bytes, { stream: true });
    const heading = printing === id ? "" : `${log === "" || log.endsWith("\n") ? "" : "\n"}${step.name}\n`;
    printing = id;
    log = `${log}${heading}${text}`;
    if (log.length > logLimit) log = log.slice(-logLimit);
  }

  function now(): BuildNow {
    fresh = false;
    const printed = log;
    log = "";
    const shown = [...steps.values()].filter((step) => !isInternal(step.name));
    const begun = shown.filter((step) => step.spans.size > 0).toSorted((a, b) => beginOf(a) - beginOf(b));
    return {
      steps: begun.map((step) => ({
        name: step.name,
        seconds: secondsOf(step),
        cached: step.cached,
        ...(step.error ? { error: step.error } : {}),
      })),
      of: shown.length,
      log: printed,
    };
  }

  function failedStep(): string | undefined {
    const failed = [...steps.values()].filter((step) => step.error && !isInternal(step.name));
    // Those beside it are cancelled with it.
    const first = failed.find((step) => !/context canceled|canceled$/i.test(step.error)) ?? failed[0];
    return first?.name;
  }
}

type Step = {
  name: string;
  cached: boolean;
  error: string;
  /** Begin → end, or still running. */
  spans: Map<number, number | undefined>;
  decoder: InstanceType<typeof TextDecoder>;
};

function newStep({ name }: StepStatus): Step {
  return { name, cached: false, error: "", spans: new Map(), decoder: new TextDecoder() };
}

/** BuildKit's own work: what it marks so, and the unpacking of the context. */
function isInternal(name: string): boolean {
  return (
    name.startsWith("[internal]") || name === "copy /context /" || /^resolve image config for /.test(name)
  );
}

function beginOf(step: Step): number {
  return Math.min(...step.spans.keys());
}

function secondsOf(step: Step): number | undefined {
  let sum = 0;
  for (const [begin, end] of step.spans) {
    if (end === undefined) return undefined;
    sum += end - begin;
  }
  return Math.max(0, sum) / 1000;
}

/** The engine's words for a failed build without the names of the rooms it was passed through. */
export function withoutPlumbing(error: string): string {
  return error.replace(
    /^(failed to (solve( with frontend [\w.]+)?|create LLB definition): |rpc error: code = Unknown desc = )+/,
    "",
  );
}
