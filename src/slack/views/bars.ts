import { gigabytes } from "../../sentence.ts";

/** "▰▰▰▱▱▱▱▱▱▱": how much of a whole. Anything above nothing shows, and only all shows full. */
export function bar(used: number, most: number, cells = 10): string {
  if (most <= 0) return "▱".repeat(cells);
  const share = Math.min(1, Math.max(0, used / most));
  const raw = share * cells;
  const full = share >= 1 ? cells : share > 0 ? Math.min(cells - 1, Math.max(1, Math.round(raw))) : 0;
  return "▰".repeat(full) + "▱".repeat(cells - full);
}

/** "0.43", "2", "1.5": as few digits as tell it. */
export function figure(value: number, digits = 2): string {
  return String(Number(value.toFixed(digits)));
}

/** "0.4 s", "12 s", "3 min", "2 h 5 min", "3 days" */
export function lasting(milliseconds: number): string {
  const s = Math.max(0, milliseconds) / 1000;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (s < 90) return `${Math.round(s)} s`;
  const min = Math.round(s / 60);
  if (min < 60) return `${min} min`;
  if (min < 48 * 60) return min % 60 === 0 ? `${min / 60} h` : `${Math.floor(min / 60)} h ${min % 60} min`;
  return `${Math.round(min / 60 / 24)} days`;
}

/** "1st", "2nd", "3rd", "11th" */
export function ordinal(n: number): string {
  const teens = n % 100 >= 11 && n % 100 <= 13;
  const ending = teens ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${ending}`;
}

/** "8.2 GB", "340 MB", "nothing", of bytes. */
export function sizeOf(bytes: number): string {
  return bytes <= 0 ? "nothing" : gigabytes(bytes);
}
