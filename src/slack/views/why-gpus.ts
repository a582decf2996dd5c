import type { DeviceWhy } from "../../nodes/why-gpu.ts";
import { deviceInWords } from "../../waitlist/wish.ts";
import { at, bold, clipped, joined, type Mrkdwn, mrkdwn, plain, sentence } from "../mrkdwn.ts";
import { context, inSections, type KnownBlock, type Message, section } from "./blocks.ts";
import { modelInWords } from "./device-words.ts";
import { evidenceInWords } from "./why.ts";

type Names = "handle" | "none";

/** Of one GPU: who has each of its devices, since when, why, and whether it is free on demand, with what that is judged by. */
export function whyGpuMessage(whys: readonly DeviceWhy[], names: Names): Message {
  const [first] = whys;
  if (!first) {
    const text = mrkdwn`Nothing is known of it.`;
    return { text, blocks: [section(text)] };
  }
  const words = whys.map((why) => joined([whose(why, names), ...reasons(why)], " "));
  return {
    text: clipped(joined(words, " "), 3000),
    blocks: whys.flatMap((why, i): KnownBlock[] => {
      const { device } = why.shown;
      const model = device.sliceIndex === null ? modelInWords(device) : (device.profile ?? "");
      const figures = figuresOf(why);
      return [
        section(mrkdwn`${bold(plain(deviceInWords(device)))}  ${plain(model)}\n${words[i]!}`),
        ...(figures === "" ? [] : [context(figures)]),
      ];
    }),
  };
}

/** Of every device that is not free, a few lines each. */
export function whyGpusBlocks(whys: readonly DeviceWhy[], names: Names): KnownBlock[] {
  if (whys.length === 0) return [section(mrkdwn`Every GPU is free: there is nothing to explain.`)];
  const lines = whys.map((why) =>
    clipped(
      mrkdwn`${bold(plain(deviceInWords(why.shown.device)))}  ${joined([whose(why, names), ...reasons(why)], " ")}`,
      700,
    ),
  );
  return [
    ...inSections(lines),
    context(
      mrkdwn`Who waits has their place in the line by when they asked and what they held this week. “/berth why gpu 3” says more of one.`,
    ),
  ];
}

function whose({ shown: { device, holder } }: DeviceWhy, names: Names): Mrkdwn {
  if (!holder) return device.state === "ok" ? mrkdwn`Nobody has it.` : mrkdwn`No container has it.`;
  const who =
    names === "handle" ? mrkdwn`${bold(plain(holder.handle))} (${plain(holder.project)})` : mrkdwn`Somebody`;
  const kept = holder.state === "stopped" && holder.keptUntil;
  const until = kept
    ? mrkdwn`; it is stopped, and kept until ${at(kept)}`
    : holder.until
      ? mrkdwn`, until ${at(holder.until)}`
      : mrkdwn``;
  return mrkdwn`${who} has it since ${at(holder.since)}${until}.`;
}

function reasons({ shown, granted, changed, mark, seesFigures }: DeviceWhy): Mrkdwn[] {
  const { device, drain, holder } = shown;
  return [
    ...(granted ? [sentence(granted.because)] : []),
    ...(device.state === "ok" ? [] : [sentence(changed?.because ?? device.reason ?? "")]),
    ...(drain ? [mrkdwn`Drained by ${plain(drain.by)}: ${sentence(drain.reason)}.`] : []),
    ...(holder?.isFreeOnDemand
      ? [
          mark && seesFigures
            ? mrkdwn`It is idle since ${at(mark.since)}, and free on demand: who waits for it gets it, an hour after its holder is told; without anybody it is stopped ${at(mark.endsAt)}.`
            : mrkdwn`It is free on demand: who waits for it gets it, an hour after its holder is told.`,
        ]
      : []),
  ];
}

function figuresOf({ granted, changed, mark, seesFigures }: DeviceWhy): Mrkdwn {
  if (!seesFigures) return mrkdwn``;
  return joined(
    [mark?.evidence, changed?.evidence, granted?.evidence].map((evidence) =>
      evidence ? evidenceInWords(evidence) : undefined,
    ),
    "\n",
  );
}
