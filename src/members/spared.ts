import type { Exemption } from "../ledger/limit-tables.ts";

/** "vision._.ana is not stopped for being idle", "no container is stopped when its hours are over" */
export function sparedInWords(spares: Exemption["spares"], container: string | undefined): string {
  const subject = container === undefined ? "no container" : container;
  const not = container === undefined ? "is" : "is not";
  return spares === "idle"
    ? `${subject} ${not} stopped for being idle`
    : `${subject} ${not} stopped when its hours are over`;
}
