import type { DeviceShown, GpuOverview } from "../../gpu/overview.ts";
import { counted } from "../../sentence.ts";

/** "2 of 3 GPUs and 1 of 7 slices are free." */
export function freeInWords({ devices }: Pick<GpuOverview, "devices">): string {
  const grantable = devices.filter(({ device }) => device.state !== "unusable");
  if (grantable.length === 0) return "There are no GPUs to give on this server.";
  const parts = [
    { kind: "GPU", all: grantable.filter(({ device }) => device.sliceIndex === null) },
    { kind: "slice", all: grantable.filter(({ device }) => device.sliceIndex !== null) },
  ].filter(({ all }) => all.length > 0);
  const [only] = parts.length === 1 ? (parts[0]?.all ?? []) : [];
  if (only && grantable.length === 1)
    return `The only ${parts[0]?.kind} is ${isFree(only) ? "free" : "not free at the moment"}.`;
  const words = parts.map(({ kind, all }) => `${all.filter(isFree).length} of ${counted(all.length, kind)}`);
  const single = parts.length === 1 && parts[0]?.all.filter(isFree).length === 1;
  return `${words.join(" and ")} ${single ? "is" : "are"} free.`;
}

export function isFree(shown: DeviceShown): boolean {
  return shown.device.state === "ok" && shown.holder === undefined && shown.drain === undefined;
}
