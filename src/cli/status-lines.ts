import type { DeviceShown } from "../gpu/overview.ts";
import type { OpenDrain } from "../ledger/queries/drains.ts";
import { counted } from "../sentence.ts";
import type { Board, InLine } from "../waitlist/shown.ts";
import { deviceInWords, wishInWords } from "../waitlist/wish.ts";
import { local, onTerminal } from "./words.ts";

/** What `/gpu-status` shows, for a terminal: a line a device, a line a request. */
export function statusLines({ nodes, drains, pause, devices, line }: Board): string[] {
  return [
    ...(pause
      ? [`Berth is paused by ${pause.by} since ${local(pause.setAt)}: ${onTerminal(pause.reason)}`]
      : []),
    ...drains
      .filter(({ gpuUuid }) => gpuUuid === null)
      .map((drain) => `${drain.nodeId} is being ${drainInWords(drain)}`),
    ...nodes.flatMap((node) =>
      node.state === "up"
        ? []
        : [
            `${node.id} is ${node.state} since ${local(node.stateSince)}${node.reason ? `: ${onTerminal(node.reason)}` : ""}`,
          ],
    ),
    ...devices.map(deviceLine),
    "",
    line.length === 0 ? "Nobody waits." : `${counted(line.length, "request")} in the line:`,
    ...line.map(lineRow),
  ];
}

function lineRow({ place, handle, project, container }: InLine): string {
  const { wish, hours, askedAt, waitsFor, firstBecause } = container;
  const asked = `${handle}/${project}, ${wishInWords(wish)} for ${hours} h, asked ${local(askedAt)}`;
  const where = place === undefined ? "  passed over:" : `  ${place}.`;
  const first = firstBecause ? `. Put first: ${onTerminal(firstBecause)}` : "";
  return `${where} ${asked}${first}${waitsFor ? `. ${onTerminal(waitsFor)}` : ""}`;
}

function deviceLine(shown: DeviceShown): string {
  const { device, holder, drain } = shown;
  const name = `${device.nodeId}  ${deviceInWords(device).padEnd(6)}`;
  const ofDrain = drain?.gpuUuid ? drainInWords(drain) : drain ? "drained" : "";
  const trouble =
    device.state === "ok"
      ? ofDrain
      : `${device.state}${device.reason ? `: ${onTerminal(device.reason)}` : ""}`;
  if (!holder) return `${name}  ${trouble || "free"}`;
  const kept = holder.state === "stopped" && holder.keptUntil;
  const until = kept ? `, kept until ${local(kept)}` : holder.until ? `, until ${local(holder.until)}` : "";
  return `${name}  ${holder.handle}/${holder.project} since ${local(holder.since)}${until}${trouble && `  (${trouble})`}`;
}

function drainInWords({ by, setAt, reason, endsAt }: OpenDrain): string {
  const ends = endsAt ? `; what runs there is stopped ${local(endsAt)}` : "";
  return `drained by ${by} since ${local(setAt)}: ${onTerminal(reason)}${ends}`;
}
