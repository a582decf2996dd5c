import type { Container, Device, Wish } from "../../ledger/schema.ts";
import { counted, gigabytes, listed } from "../../sentence.ts";
import { deviceInWords } from "../../waitlist/wish.ts";
import { figure } from "./bars.ts";

/** "GPU 0 and GPU 1 (A100-SXM4 40 GB)", "GPU 3, slice 1 (10 GB)", "none" */
export function givenDevices(devices: readonly Device[]): string {
  const [first] = devices;
  if (!first) return "none";
  const names = listed(devices.map(deviceInWords));
  return first.sliceIndex === null ? `${names} (${modelInWords(first)})` : names;
}

/** `NVIDIA A100-SXM4-40GB` is read "A100-SXM4, 40 GB": the maker is known, and the memory is said by the reading. */
export function modelInWords(device: Pick<Device, "model" | "memoryMiB">): string {
  const model = device.model.replace(/^NVIDIA\s+/i, "").replace(/[-\s]?\d+\s?GB\b.*$/i, "");
  return `${model || device.model}, ${gigabytes(device.memoryMiB * 2 ** 20)}`;
}

/** "2 GPUs for 8 h" */
export function askedFor(container: Pick<Container, "wish" | "hours">): string {
  return `${wishBriefly(container.wish)} for ${hoursInWords(container.hours)}`;
}

export function wishBriefly(wish: Wish): string {
  if (wish.kind === "cpu") return "CPUs only";
  if (wish.kind === "mig") return `a ${wish.profile} slice`;
  return counted(wish.count, wish.model ? `${wish.model} GPU` : "GPU");
}

/** "8 h", "0.5 h" */
export function hoursInWords(hours: number): string {
  return `${figure(hours)} h`;
}
