import { Refusal } from "../errors.ts";
import { isModel } from "../gpu/model.ts";
import type { Wish } from "../ledger/schema.ts";
import { counted, listed } from "../sentence.ts";
import type { Limits } from "./keys.ts";
import { nearest } from "./nearest.ts";

/** The most that one container could ever be given here, were everything free. */
export type NodeMax = {
  /** Whole GPUs of one machine and one model, by model: `NVIDIA A100-SXM4-40GB` → 4. */
  gpusByModel: ReadonlyMap<string, number>;
  /** Slices there are, by profile: weight in GPU-equivalents. */
  slices: ReadonlyMap<string, number>;
  /** To give to members, of the largest machine. */
  memoryGiB: number;
};

/** What a person asks for, and everything it is judged by. */
export type Ask = {
  wish: Wish;
  hours: number;
  limits: Limits;
  max: NodeMax;
  /** Requests the member would have in the line, this one included; 0 while it is not known whether it must wait. */
  waiting: number;
};

/** What is held or asked for already, without the container that is judged. */
export type Use = { gpuEquivalents: number; containers: number; memoryGiB: number };

/** Weights are n/7 in single precision: sums of them are compared with this much grace. */
const grace = 1e-3;

/**
 * Is this within what the member may have in one container and what the hardware has? Empty: yes.
 * Each refusal names the form's field it belongs to: `gpus`, `model`, `mig`, `hours`; a form shows all at once.
 */
export function judgeAsk({ wish, hours, limits, max, waiting }: Ask): Refusal[] {
  return [
    wish.kind === "gpu" ? judgeGpus(wish, limits, max) : undefined,
    wish.kind === "mig" ? judgeSlice(wish.profile, limits, max) : undefined,
    judgeHours(hours, limits),
    judgeMemory(max.memoryGiB, limits),
    judgeTotals(limits),
    judgeWaiting(waiting, limits),
  ].filter((refusal) => refusal !== undefined);
}

/**
 * What the member's limits let no container of theirs have, whatever is free. What was asked for stands in the line or is
 * stopped while limits are lowered, so it is judged again at the grant and when it is to run. Hours are another matter:
 * they can be fewer. `weight` in GPU-equivalents.
 */
export function judgeEver(wish: Wish, limits: Limits, weight: number): Refusal | undefined {
  const ofWish =
    wish.kind === "gpu"
      ? (judgeWhole(limits) ?? judgeCount(wish.count, limits))
      : wish.kind === "mig"
        ? judgeWeight(wish.profile, weight, limits)
        : undefined;
  return ofWish ?? judgeTotals(limits);
}

/**
 * May the member hold this now, beside what they hold? `undefined`: yes; else the sentence to wait with.
 * `weight` in GPU-equivalents. A stopped container that runs again counts itself out of `use` first.
 */
export function judgeGrant(limits: Limits, use: Use, weight: number): string | undefined {
  const { max_gpu_equivalents: gpus, max_containers: containers, max_memory_gib_total: memory } = limits;
  if (gpus !== null && weight > 0 && use.gpuEquivalents + weight > gpus + grace)
    return `You hold ${gpuWords(use.gpuEquivalents)} of the ${gpuWords(gpus)} you may hold at once; this starts when enough of yours is free.`;
  if (containers !== null && use.containers + 1 > containers)
    return `You have ${counted(use.containers, "container")} of the ${containers} you may have at once; this starts when you retire one.`;
  if (memory !== null && use.memoryGiB + limits.memory_gib > memory + grace)
    return `Your containers have ${round(use.memoryGiB)} of your ${round(memory)} GiB of memory and this one needs ${round(limits.memory_gib)}; it starts when you retire one.`;
  return undefined;
}

/** "1 GPU", "2 GPUs", "0.43 of a GPU" */
export function gpuWords(gpuEquivalents: number): string {
  const rounded = round(gpuEquivalents);
  if (rounded > 0 && rounded < 1) return `${rounded} of a GPU`;
  return counted(rounded, "GPU");
}

function judgeGpus(
  wish: { count: number; model?: string },
  limits: Limits,
  max: NodeMax,
): Refusal | undefined {
  const { count, model } = wish;
  if (!Number.isInteger(count) || count < 1)
    return new Refusal("gpu-count", "The number of GPUs must be a whole number, 1 or more.", {
      hint: "Choose CPU only for a container without a GPU.",
      field: "gpus",
    });
  const whole = judgeWhole(limits, sliceHint(max));
  if (whole) return whole;

  const models = [...max.gpusByModel].filter(([name]) => model === undefined || isModel(name, model));
  if (model !== undefined && models.length === 0) return noSuchModel(model, max);
  const most = Math.max(0, ...models.map(([, count]) => count));
  if (most === 0)
    return new Refusal("no-gpu", "There is no whole GPU on this server.", {
      hint: sliceHint(max),
      field: "gpus",
    });
  if (count > most) {
    const what = model === undefined ? "GPU" : `${models[0]?.[0]} GPU`;
    return new Refusal(
      "more-gpus-than-exist",
      `There are at most ${counted(most, what)} for one container, so ${count} can't be given.`,
      {
        hint: `Ask for ${most === 1 ? "1" : `1 to ${most}`}.`,
        field: "gpus",
      },
    );
  }
  return judgeCount(count, limits, sliceHint(max));
}

function judgeWhole(limits: Limits, instead = "Ask for a slice."): Refusal | undefined {
  if (limits.whole_gpus) return undefined;
  const message = "Your group uses slices of GPUs, not whole ones.";
  return new Refusal("no-whole-gpus", message, { hint: instead, field: "gpus" });
}

function judgeCount(count: number, limits: Limits, instead = "Ask for a slice."): Refusal | undefined {
  const allowed = Math.min(
    limits.max_gpus_per_container ?? Infinity,
    Math.floor((limits.max_gpu_equivalents ?? Infinity) + grace),
  );
  if (count <= allowed) return undefined;
  return new Refusal(
    "gpus-above-limit",
    `Your limit is ${counted(allowed, "GPU")} in one container; you asked for ${count}.`,
    {
      hint:
        allowed === 0 ? instead : "Ask for fewer, or ask an admin for more; /limits shows what you may have.",
      field: "gpus",
    },
  );
}

function judgeSlice(profile: string, limits: Limits, max: NodeMax): Refusal | undefined {
  const weight = max.slices.get(profile);
  if (weight === undefined) {
    const profiles = [...max.slices.keys()].sort();
    const near = nearest(profile, profiles);
    const hint =
      profiles.length === 0
        ? "Ask for a whole GPU."
        : near.length > 0
          ? `Did you mean ${listed(near, "or")}?`
          : `There are ${listed(profiles)}.`;
    return new Refusal("no-such-slice", `There is no slice ${profile} on this server.`, {
      hint,
      field: "mig",
    });
  }
  return judgeWeight(profile, weight, limits);
}

function judgeWeight(profile: string, weight: number, limits: Limits): Refusal | undefined {
  const { max_gpus_per_container: devices, max_gpu_equivalents: total } = limits;
  if (devices === 0 || (total !== null && weight > total + grace))
    return new Refusal(
      "gpus-above-limit",
      `A slice ${profile} is ${gpuWords(weight)}; you may hold ${gpuWords(total ?? 0)} at once.`,
      {
        hint: "Choose a smaller one, or ask an admin for more; /limits shows what you may have.",
        field: "mig",
      },
    );
  return undefined;
}

function judgeHours(hours: number, limits: Limits): Refusal | undefined {
  const most = limits.max_runtime_h;
  if (Number.isFinite(hours) && hours > 0 && hours <= most) return undefined;
  const asked =
    Number.isFinite(hours) && hours > 0
      ? `${round(hours)} hours are more than you may ask for at once.`
      : "The hours must be a number above 0.";
  return new Refusal("hours-out-of-range", asked, {
    hint: `Ask for up to ${round(most)} hours.`,
    field: "hours",
  });
}

function judgeMemory(mostGiB: number, limits: Limits): Refusal | undefined {
  if (limits.memory_gib <= mostGiB) return undefined;
  const largest = Math.floor(mostGiB * 10) / 10;
  return new Refusal(
    "memory-above-machine",
    `Your limit gives a container ${round(limits.memory_gib)} GiB of memory, and this server can give ${largest} GiB at most.`,
    { hint: `An admin can mend this: memory_gib in the policy must be ${largest} or less.` },
  );
}

/** Whether there is room for any container at all. */
function judgeTotals(limits: Limits): Refusal | undefined {
  const { max_containers: containers, max_memory_gib_total: memory, memory_gib: each } = limits;
  const hint = "Ask an admin for more; /limits shows what you may have.";
  if (containers === 0) return new Refusal("no-containers", "Your limit is 0 containers.", { hint });
  if (memory === null || each <= memory + grace) return undefined;
  return new Refusal(
    "memory-above-total",
    `A container of yours needs ${round(each)} GiB of memory, and all of them together may have ${round(memory)} GiB.`,
    { hint },
  );
}

/** May so many requests of one member stand in the line? */
export function judgeWaiting(waiting: number, limits: Pick<Limits, "max_waiting">): Refusal | undefined {
  const most = limits.max_waiting;
  if (most === null || waiting <= most) return undefined;
  if (most === 0)
    return new Refusal(
      "too-many-waiting",
      "Nothing that you asked for is free now, and your group does not wait in the line.",
      {
        hint: "Try again later; /gpu-status shows what is free.",
      },
    );
  return new Refusal(
    "too-many-waiting",
    `You already have ${counted(most, "request")} in the line, the most you may have.`,
    {
      hint: "Leave the line with one of them first: /container-list has the button.",
    },
  );
}

function noSuchModel(model: string, max: NodeMax): Refusal {
  const models = [...max.gpusByModel.keys()].sort();
  return new Refusal("no-such-model", `There is no GPU called ${model} on this server.`, {
    hint: models.length > 0 ? `There are ${listed(models)}.` : sliceHint(max),
    field: "model",
  });
}

function sliceHint(max: NodeMax): string {
  const profiles = [...max.slices.keys()].sort();
  return profiles.length > 0 ? `Ask for a slice: ${listed(profiles, "or")}.` : "Choose CPU only.";
}

function round(n: number): number {
  return Math.round(n * 100) / 100;
}
