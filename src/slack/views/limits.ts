import type { LimitsAndUse } from "../../members/limits.ts";
import { limitInWords } from "../../policy/limit-words.ts";
import type { Limits, Source } from "../../policy/policy.ts";
import { capital, counted } from "../../sentence.ts";
import { button } from "../define-action.ts";
import { at, bold, clipped, code, joined, type Mrkdwn, mrkdwn, plain } from "../mrkdwn.ts";
import { askMore } from "../pressables.ts";
import { bar, figure } from "./bars.ts";
import { buttons, context, type KnownBlock, type Message, section } from "./blocks.ts";

/** What a member may have, what of it is used now, and where each limit comes from. */
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
      section(joined(linesOf(shown, true), "\n")),
      ...forThemAlone(shown),
      section(
        joined(
          [
            mrkdwn`${bold(mrkdwn`Each container`)} gets up to ${plain(counted(limits.cpus, "CPU"))}, ${plain(figure(limits.memory_gib))} GB of memory and ${gpus(limits.max_gpus_per_container)}.`,
            limits.whole_gpus ? undefined : mrkdwn`GPUs come as slices, not whole.`,
            mrkdwn`It runs ${plain(figure(limits.default_hours))} h unless you say otherwise.`,
            limits.gpu_hold_after_stop_h > 0
              ? mrkdwn`When you stop it, its GPU stays yours for ${plain(figure(limits.gpu_hold_after_stop_h * 60))} min.`
              : undefined,
          ],
          " ",
        ),
      ),
      ...buttons([button(askMore, "Ask for more", {})]),
      context(mrkdwn`_default_ is what everybody has here. ${whenMeasured(shown)}`),
    ],
  };
}

/** One line each: a bar, what is used, what there is. */
export function limitBars(shown: LimitsAndUse): KnownBlock[] {
  return [section(joined(linesOf(shown, false), "\n"))];
}

type Row = {
  what: string;
  limit: keyof Limits;
  /** Undefined: not measured yet; null: nothing is used up, it is only a bound. */
  used: number | undefined | null;
  unit?: string;
  more?: Mrkdwn;
};

function linesOf(shown: LimitsAndUse, withSources: boolean): Mrkdwn[] {
  return rowsOf(shown).map((row) => {
    const from = withSources ? mrkdwn`  ·  _${sourceBriefly(shown.source(row.limit))}_` : mrkdwn``;
    return mrkdwn`${lineOf(row, shown.limits[row.limit] as number | null)}${from}`;
  });
}

function rowsOf({ use, storage, budget }: LimitsAndUse): Row[] {
  const unmeasured = storage.measuredAt === null;
  const gib = (bytes: number) => (unmeasured ? undefined : rounded(bytes / 1024 ** 3));
  const { fullest } = storage;
  const [refill] = budget.refills;
  return [
    { what: "GPUs", limit: "max_gpu_equivalents", used: use.gpuEquivalents },
    { what: "Containers", limit: "max_containers", used: use.containers },
    { what: "Memory", limit: "max_memory_gib_total", used: use.memoryGiB, unit: " GB" },
    { what: "In the line", limit: "max_waiting", used: use.waiting },
    { what: "Longest run", limit: "max_runtime_h", used: null, unit: " h" },
    {
      what: "Extensions",
      limit: "extension_gpu_h_per_7d",
      used: rounded(budget.used),
      unit: " GPU-hours in 7 days",
      ...(refill ? { more: mrkdwn`, ${plain(figure(refill.gpuHours))} back ${at(refill.at)}` } : {}),
    },
    { what: "Images", limit: "max_images", used: storage.images },
    { what: "Image space", limit: "image_gib", used: gib(storage.imageBytes), unit: " GB" },
    { what: "Files", limit: "workspace_gib", used: gib(storage.workspaceBytes), unit: " GB" },
    ...(fullest
      ? [
          {
            what: "Elsewhere",
            limit: "layer_gib" as const,
            used: gib(fullest.bytes),
            unit: " GB",
            more: mrkdwn` written outside /workspace by ${code(fullest.project)}`,
          },
        ]
      : []),
  ];
}

function lineOf({ what, used, unit = "", more = mrkdwn`` }: Row, most: number | null): Mrkdwn {
  const name = code(what.padEnd(11, " "));
  const bound = most === null ? mrkdwn`no limit` : mrkdwn`${plain(figure(most))}${plain(unit)}`;
  if (used === null) return mrkdwn`${name}  ${bound}`;
  if (used === undefined)
    return mrkdwn`${name}  ${most === null ? bound : mrkdwn`up to ${bound}`}, not measured yet`;
  if (most === null) return mrkdwn`${name}  ${plain(figure(used))}${plain(unit)}${more}, no limit`;
  return mrkdwn`${name}  ${plain(bar(used, most))}  ${plain(figure(used))} of ${bound}${more}`;
}

function sourceBriefly(source: Source): Mrkdwn {
  if (source.is === "override") return mrkdwn`set for you`;
  return source.is === "group" ? mrkdwn`group ${plain(source.group)}` : mrkdwn`default`;
}

const mostReason = 200;
const mostOverrides = 8;

/** Until when, and why, of what an admin set for them: also of limits that have no bar. */
function forThemAlone({ limits, source }: LimitsAndUse): KnownBlock[] {
  const lines = (Object.keys(limits) as (keyof Limits)[]).flatMap((key) => {
    const from = source(key);
    if (from.is !== "override") return [];
    const end = from.until ? mrkdwn`, until ${at(from.until)}` : mrkdwn``;
    return mrkdwn`${bold(plain(capital(limitInWords(key, limits[key]))))}${end}, because “${clipped(plain(from.reason.replace(/[.\s]+$/, "")), mostReason)}”.`;
  });
  if (lines.length === 0) return [];
  return [section(joined([mrkdwn`Set for you by an admin:`, ...lines.slice(0, mostOverrides)], "\n• "))];
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
