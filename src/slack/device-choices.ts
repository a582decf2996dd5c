import type { PlainTextOption } from "@slack/types";
import type { GpuOverview } from "../gpu/overview.ts";
import type { Device, Wish } from "../ledger/schema.ts";
import type { Limits } from "../policy/policy.ts";
import { counted, gigabytes } from "../sentence.ts";
import { option } from "./inputs.ts";
import { modelInWords } from "./views/device-words.ts";
import { isFree } from "./views/free.ts";

/** A machine has eight GPUs as a rule; more choices than that are given by the command's flag. */
const mostAtOnce = 8;

/**
 * What a container may run on here, for a select: what is free now before what one would wait for, the usual one first,
 * no GPU last. Values are read back by `wishOf`.
 */
export function deviceChoices({ devices }: Pick<GpuOverview, "devices">, limits: Limits): PlainTextOption[] {
  const there = devices.filter(({ device }) => ["ok", "outside", "quarantined"].includes(device.state));
  const whole = there.filter(({ device }) => device.sliceIndex === null);
  const slices = there.filter(({ device }) => device.sliceIndex !== null);
  const models = [...new Set(whole.map(({ device }) => device.model))];
  const allowed = Math.min(
    limits.max_gpus_per_container ?? mostAtOnce,
    Math.floor(limits.max_gpu_equivalents ?? mostAtOnce),
    mostAtOnce,
  );
  const now: PlainTextOption[] = [];
  const later: PlainTextOption[] = [];
  const offer = (label: string, value: string, free: number, needed: number) =>
    (free >= needed ? now : later).push(option(label, value, freeNow(free, needed)));

  if (limits.whole_gpus)
    for (const model of models) {
      const same = whole.filter(({ device }) => device.model === model);
      const first = same[0];
      if (!first) continue;
      const free = same.filter(isFree).length;
      for (let n = 1; n <= Math.min(allowed, mostOfOneNode(same.map((one) => one.device))); n++) {
        const value = models.length > 1 ? `gpu:${n}:${model}` : `gpu:${n}`;
        offer(`${counted(n, "GPU")} (${modelInWords(first.device)})`, value, free, n);
      }
    }
  for (const profile of [...new Set(slices.map(({ device }) => device.profile ?? ""))].sort()) {
    const same = slices.filter(({ device }) => device.profile === profile);
    const device = same[0]?.device;
    if (!device || allowedSlice(device, limits) === false) continue;
    const free = same.filter(isFree).length;
    offer(`A slice ${profile} (${gigabytes(device.memoryMiB * 2 ** 20)})`, `mig:${profile}`, free, 1);
  }
  return [...now, ...later, option("No GPU, CPUs only", "cpu")];
}

/** The wish behind a choice; anything else is read as a wish that the rules will refuse in words. */
export function wishOf(choice: string): Wish {
  if (choice === "cpu") return { kind: "cpu" };
  const [kind, what = "", ...model] = choice.split(":");
  if (kind === "mig") return { kind: "mig", profile: what };
  return { kind: "gpu", count: Number(what), ...(model.length > 0 ? { model: model.join(":") } : {}) };
}

/** The choice that a wish is, for a form that opens with it filled in. */
export function choiceOf(wish: Wish): string {
  if (wish.kind === "cpu") return "cpu";
  if (wish.kind === "mig") return `mig:${wish.profile}`;
  return wish.model ? `gpu:${wish.count}:${wish.model}` : `gpu:${wish.count}`;
}

function mostOfOneNode(devices: readonly Device[]): number {
  const counts = new Map<string, number>();
  for (const { nodeId } of devices) counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

function allowedSlice({ weight }: Device, limits: Limits): boolean {
  return limits.max_gpus_per_container !== 0 && weight <= (limits.max_gpu_equivalents ?? 1) + 1e-3;
}

function freeNow(free: number, needed: number): string {
  return free >= needed
    ? `${free} free now`
    : free === 0
      ? "all in use: it would wait in the line"
      : `${free} free now: it would wait in the line`;
}
