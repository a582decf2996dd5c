import type { LimitsAndUse } from "../../members/limits.ts";
import { sourceInWords } from "../../policy/policy.ts";
import { counted } from "../../sentence.ts";
import { at, bold, code, joined, type Mrkdwn, mrkdwn, plain, sentence } from "../mrkdwn.ts";
import { bar, figure } from "./bars.ts";
import { context, type KnownBlock, type Message, section } from "./blocks.ts";

/** What a member may have, and what of it is used now. */
export function limitsMessage(shown: LimitsAndUse, group: string | null): Message {
  const { limits, use } = shown;
  const most = limits.max_gpu_equivalents;
  const text = mrkdwn`You hold ${plain(figure(use.gpuEquivalents))} of ${most === null ? mrkdwn`any number of` : plain(figure(most))} GPUs, in ${plain(counted(use.containers, "container"))}.`;
  return {
    text,
    blocks: [
      section(
        mrkdwn`${bold(mrkdwn`Your limits`)}${group ? mrkdwn`, group ${bold(plain(group))}` : mrkdwn``}`,
      ),
      ...limitBars(shown),
      section(
        joined(
          [
            mrkdwn`${bold(mrkdwn`Each container`)} gets up to ${plain(counted(limits.cpus, "CPU"))}, ${plain(figure(limits.memory_gib))} GB of memory and ${gpus(limits.max_gpus_per_container)}.`,
            limits.whole_gpus ? undefined : mrkdwn`GPUs come as slices, not whole.`,
            mrkdwn`It runs ${plain(figure(limits.default_hours))} h unless you say otherwise, ${plain(figure(limits.max_runtime_h))} h at most.`,
            limits.gpu_hold_after_stop_h > 0
              ? mrkdwn`When you stop it, its GPU stays yours for ${plain(figure(limits.gpu_hold_after_stop_h * 60))} min.`
              : undefined,
          ],
          " ",
        ),
      ),
      context(sources(shown), whenMeasured(shown)),
    ],
  };
}

/** One line each: a bar, what is used, what there is. */
export function limitBars({ limits, use, storage }: LimitsAndUse): KnownBlock[] {
  const unmeasured = storage.measuredAt === null;
  const gib = (bytes: number) => (unmeasured ? undefined : rounded(bytes / 1024 ** 3));
  const { fullest } = storage;
  const rows: [string, number | undefined, number | null, string, Mrkdwn?][] = [
    ["GPUs", use.gpuEquivalents, limits.max_gpu_equivalents, ""],
    ["Containers", use.containers, limits.max_containers, ""],
    ["Memory", use.memoryGiB, limits.max_memory_gib_total, " GB"],
    ["In the line", use.waiting, limits.max_waiting, ""],
    ["Images", storage.images, limits.max_images, ""],
    ["Image space", gib(storage.imageBytes), limits.image_gib, " GB"],
    ["Files", gib(storage.workspaceBytes), limits.workspace_gib, " GB"],
    ...(fullest
      ? ([
          [
            "Elsewhere",
            gib(fullest.bytes),
            limits.layer_gib,
            " GB",
            mrkdwn` written outside /workspace by ${code(fullest.project)}`,
          ],
        ] satisfies typeof rows)
      : []),
  ];
  const lines = rows.map(([what, used, most, unit, more = mrkdwn``]) => {
    const padded = code(what.padEnd(11, " "));
    if (used === undefined)
      return mrkdwn`${padded}  ${most === null ? mrkdwn`no limit` : mrkdwn`up to ${plain(figure(most))}${plain(unit)}`}, not measured yet`;
    if (most === null) return mrkdwn`${padded}  ${plain(figure(used))}${plain(unit)}${more}, no limit`;
    return mrkdwn`${padded}  ${plain(bar(used, most))}  ${plain(figure(used))} of ${plain(figure(most))}${plain(unit)}${more}`;
  });
  return [section(joined(lines, "\n"))];
}

/** 0.43, 7.2, 412 */
function rounded(value: number): number {
  return Number(value.toFixed(value >= 10 ? 0 : value >= 1 ? 1 : 2));
}

function whenMeasured({ storage }: LimitsAndUse): Mrkdwn {
  if (storage.measuredAt === null) return mrkdwn`Space is measured every hour.`;
  return mrkdwn`Space as of ${at(storage.measuredAt)}; it is measured every hour.`;
}

function gpus(most: number | null): Mrkdwn {
  if (most === null) return mrkdwn`any number of GPUs`;
  return most === 1 ? mrkdwn`1 GPU` : mrkdwn`${plain(figure(most))} GPUs`;
}

function sources({ source }: LimitsAndUse): Mrkdwn {
  const from = source("max_gpu_equivalents");
  return from.is === "default"
    ? mrkdwn`The number of GPUs is what everybody has here. An admin can change it.`
    : mrkdwn`The number of GPUs comes from ${sentence(from.is === "group" ? `your ${sourceInWords(from)}` : sourceInWords(from))}. An admin can change it.`;
}
