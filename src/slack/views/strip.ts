import { type Minute, signOf } from "../../idle/minute.ts";

export const stripHours = 6;
export const stripLegend = "█ used, ▁ not, ? not seen";
const cellMinutes = 15;

/** The last hours in a line of text, a quarter of an hour each: how much of it was used. As small as a picture can be. */
export function strip(minutes: readonly Minute[], now: Date): string {
  const cells = (stripHours * 60) / cellMinutes;
  const cellMs = cellMinutes * 60_000;
  const begins = now.getTime() - cells * cellMs;
  return Array.from({ length: cells }, (_, i) => {
    const from = begins + i * cellMs;
    return cellOf(minutes.filter(({ at }) => at.getTime() >= from && at.getTime() < from + cellMs));
  }).join("");
}

const heights = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

function cellOf(minutes: readonly Minute[]): string {
  const known = minutes.map(signOf).filter((sign) => sign !== "unknown");
  if (known.length === 0) return "?";
  const share = known.filter((sign) => sign === "active").length / known.length;
  return heights[Math.ceil(share * (heights.length - 1))] ?? "▁";
}
