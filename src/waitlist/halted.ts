import type { Halt } from "../ledger/queries/drains.ts";
import { when } from "../sentence.ts";

/**
 * Why nothing can be given at the moment though somebody asks: an admin's pause or drain, with their name and words. Undefined
 * if no admin is in the way. `nodeId`: where the request must run; null: anywhere.
 */
export function haltedEverywhere(halts: readonly Halt[], nodeId: string | null): string | undefined {
  const pause = halts.find(({ kind }) => kind === "pause");
  if (pause) return haltInWords(pause);
  const drain = halts.find((one) => one.gpuUuid === null && (nodeId === null || one.nodeId === nodeId));
  return drain && haltInWords(drain);
}

/** What else is to be said to somebody for whom no device is free: those that an admin holds back. */
export function haltedGpus(halts: readonly Halt[], nodeId: string): string | undefined {
  const drained = halts.filter((one) => one.gpuUuid !== null && one.nodeId === nodeId);
  return drained.length > 0 ? drained.map(haltInWords).join(" ") : undefined;
}

/** "The server is being drained by dmitri: new disks." */
export function haltInWords({ kind, gpuUuid, gpuIndex, by, reason, endsAt }: Halt): string {
  const why = reason.replace(/[.\s]+$/, "");
  if (kind === "pause") return `Berth is paused by ${by}: ${why}. Your place in the line stays.`;
  const what = gpuUuid === null ? "The server" : gpuIndex === null ? "A GPU" : `GPU ${gpuIndex}`;
  const ends = endsAt ? ` What runs there is stopped ${when(endsAt)}.` : "";
  return `${what} is being drained by ${by}: ${why}.${ends}`;
}
