import type { Device, Wish } from "../ledger/schema.ts";
import { counted } from "../sentence.ts";

/** "2 GPUs", "a 3g.20gb slice", "no GPU": how a wish is read aloud. */
export function wishInWords(wish: Wish): string {
  if (wish.kind === "cpu") return "no GPU";
  if (wish.kind === "mig") return `a ${wish.profile} slice`;
  return counted(wish.count, `${wish.model ? `${wish.model} ` : ""}GPU`);
}

/** Whether both ask for the same kind and number of devices. */
export function sameWish(one: Wish, other: Wish): boolean {
  const parts = (wish: Wish) => [
    wish.kind,
    wish.kind === "gpu" ? [wish.count, wish.model] : [],
    wish.kind === "mig" ? wish.profile : "",
    wish.exactly ?? [],
  ];
  return JSON.stringify(parts(one)) === JSON.stringify(parts(other));
}

/** `ana/vision`: how somebody's request is named, and typed. */
export function requestName({ handle, project }: { handle: string; project: string }): string {
  return `${handle}/${project}`;
}

/** "GPU 0", "GPU 3, slice 1 (10 GB)": how a device is named to people. */
export function deviceInWords(device: Pick<Device, "gpuIndex" | "sliceIndex" | "memoryMiB">): string {
  const whole = `GPU ${device.gpuIndex}`;
  if (device.sliceIndex === null) return whole;
  return `${whole}, slice ${device.sliceIndex} (${Math.round(device.memoryMiB / 1024)} GB)`;
}
