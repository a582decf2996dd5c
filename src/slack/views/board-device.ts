import type { DeviceShown } from "../../gpu/overview.ts";
import { deviceInWords } from "../../waitlist/wish.ts";
import { at, bold, clipped, code, joined, type Mrkdwn, mrkdwn, plain } from "../mrkdwn.ts";
import { bar } from "./bars.ts";
import { context, type KnownBlock } from "./blocks.ts";
import { type Drawn, shortly, whole } from "./board-size.ts";
import { modelInWords } from "./device-words.ts";

/** Of the memory of a device; the driver's own, on one that nobody computes on, is less. */
const leastUsedShare = 0.01;

/** A device, what is used of it, and in a second line who has it. */
export function deviceLine(shown: DeviceShown, drawn: Drawn): Mrkdwn {
  const { device } = shown;
  const what = mrkdwn`${code(deviceInWords(device))} ${plain(device.sliceIndex === null ? modelInWords(device) : (device.profile ?? ""))}`;
  return joined([mrkdwn`${what}  ${usage(shown, drawn)}`, mrkdwn`      ${whose(shown, drawn)}`], "\n");
}

/** The same in one line: the models are said once, and since when by /gpu-status. */
export function briefLine(shown: DeviceShown, drawn: Drawn): Mrkdwn {
  const words = [code(deviceInWords(shown.device)), usage(shown, drawn), whose(shown, drawn)];
  return joined(words, "  ");
}

/** "GPUs: A100-SXM4, 40 GB each." Slices say what they are. */
export function modelsInWords(shown: readonly DeviceShown[]): KnownBlock[] {
  const gpus = shown.filter(({ device }) => device.sliceIndex === null);
  const models = [...new Set(gpus.map(({ device }) => modelInWords(device)))];
  if (models.length === 0) return [];
  return [context(mrkdwn`GPUs: ${clipped(plain(models.join("; ")), whole.letters)} each.`)];
}

function usage({ device, memoryUsedMiB, utilisationPercent }: DeviceShown, drawn: Drawn): Mrkdwn {
  const isUsed = memoryUsedMiB !== undefined && memoryUsedMiB >= device.memoryMiB * leastUsedShare;
  const cells = drawn.isBrief ? 5 : 10;
  const memory =
    memoryUsedMiB === undefined
      ? undefined
      : mrkdwn`${plain(bar(isUsed ? memoryUsedMiB : 0, device.memoryMiB, cells))} ${plain(drawn.memory(memoryUsedMiB * 2 ** 20))}`;
  // In five steps: a board that changes with every reading could not be read.
  const use =
    utilisationPercent === undefined ? undefined : mrkdwn`use ${plain(bar(utilisationPercent, 100, 5))}`;
  return joined([memory, use], " · ");
}

function whose(shown: DeviceShown, { names, isBrief, letters, name }: Drawn): Mrkdwn {
  const { device, holder } = shown;
  const trouble = stateInWords(device.state, device.reason, letters) ?? drainedInWords(shown, letters);
  if (!holder) return trouble ?? mrkdwn`:large_green_circle: free`;
  const who =
    names === "handle"
      ? mrkdwn`${bold(plain(holder.handle))} (${clipped(plain(holder.project), name)})`
      : mrkdwn`in use`;
  const kept = holder.state === "stopped";
  const until =
    kept && holder.keptUntil
      ? mrkdwn`kept until ${at(holder.keptUntil)}`
      : holder.until
        ? mrkdwn`until ${at(holder.until)}`
        : undefined;
  const since = isBrief ? undefined : mrkdwn`since ${at(holder.since)}`;
  const onDemand = holder.isFreeOnDemand ? mrkdwn`free on demand` : undefined;
  const held = joined([who, since, until, onDemand], ", ");
  const isYellow = kept || holder.isFreeOnDemand;
  return joined(
    [mrkdwn`:${isYellow ? mrkdwn`large_yellow_circle` : mrkdwn`red_circle`}: ${held}`, trouble],
    "  ",
  );
}

function stateInWords(
  state: DeviceShown["device"]["state"],
  reason: string | null,
  letters: number,
): Mrkdwn | undefined {
  const why = reason ? mrkdwn`: ${shortly(reason, letters)}` : mrkdwn``;
  switch (state) {
    case "ok":
      return undefined;
    case "lost":
      return mrkdwn`:warning: not seen any more${why}`;
    case "quarantined":
      return mrkdwn`:warning: held back until it is seen empty${why}`;
    case "outside":
      return mrkdwn`:warning: in use outside Berth${why}`;
    case "unusable":
      return mrkdwn`:warning: cut for slices, but has none${why}`;
    case "gone":
      return mrkdwn`:warning: no longer there${why}`;
  }
}

/** A server that is drained as a whole has said why above. */
function drainedInWords({ drain }: DeviceShown, letters: number): Mrkdwn | undefined {
  if (!drain) return undefined;
  const why =
    drain.gpuUuid === null ? mrkdwn`` : mrkdwn` by ${plain(drain.by)}: ${shortly(drain.reason, letters)}`;
  const ends = drain.gpuUuid !== null && drain.endsAt ? mrkdwn`, empty from ${at(drain.endsAt)}` : mrkdwn``;
  return mrkdwn`:construction: drained${why}${ends}`;
}
