import type { GroupHours, Idleness, LongWait } from "../ledger/queries/week.ts";
import { counted, listed } from "../sentence.ts";

/** What a week on the server came to. */
export type WeekFigures = {
  groups: readonly GroupHours[];
  /** Ranges that were told to people in the line, and how many of them held. */
  ranges: { told: number; held: number; medianWidthHours: number };
  /** The longest first. */
  waits: readonly LongWait[];
  idleness: Idleness;
  mode: "observe" | "stop";
};

/** Who was at work again so soon would have been stopped wrongly. */
export const againMinutes = 30;
const mostNames = 5;
/** So much of what was held may be unknown before it is said: a start, or a restart of the bot, is. */
const unknownShare = 0.1;

/** A line each: what was held and used, whether people in the line were told the truth, who waited, and what idleness came to. */
export function weekInWords({ groups, ranges, waits, idleness, mode }: WeekFigures): string[] {
  return [
    ...hours(groups),
    rangesInWords(ranges),
    waitsInWords(waits),
    ...(mode === "observe" ? observed(idleness) : [stopped(idleness)]),
  ];
}

function hours(groups: readonly GroupHours[]): string[] {
  const held = groups.filter((group) => group.held >= 0.05);
  if (held.length === 0) return ["No GPU was held."];
  const all = held.reduce(
    (sum, { held: more, used, known }) => ({
      group: "all",
      held: sum.held + more,
      used: sum.used + used,
      known: sum.known + known,
    }),
    { group: "all", held: 0, used: 0, known: 0 },
  );
  return [
    "GPU-hours held, and in how many of them the GPU was at work:",
    ...[...held, ...(held.length > 1 ? [all] : [])].map((one) => `• ${hoursInWords(one)}`),
  ];
}

function hoursInWords({ group, held, used, known }: GroupHours): string {
  const unknown = held - known;
  const share = `${Math.round((Math.min(used, held) / held) * 100)} %`;
  const said = `${group}: ${gpuHours(held)} held, ${gpuHours(used)} at work (${share})`;
  return unknown > held * unknownShare ? `${said}; of ${gpuHours(unknown)} nothing is known` : said;
}

function rangesInWords({ told, held, medianWidthHours }: WeekFigures["ranges"]): string {
  if (told === 0) return "Nobody in the line had to be told when it would be their turn.";
  const width = Number(medianWidthHours.toFixed(1));
  return `Of ${counted(told, "range")} told to people in the line ${held} held (${Math.round((held / told) * 100)} %); half were ${width} h wide or less.`;
}

function waitsInWords(waits: readonly LongWait[]): string {
  if (waits.length === 0) return "Nobody waited.";
  const words = waits.map(
    ({ name, seconds, isOver }) => `${name} ${lasting(seconds)}${isOver ? "" : " and waits still"}`,
  );
  return `Longest waits: ${listed(words)}.`;
}

function observed({ wouldHave, activeAgain }: Idleness): string[] {
  const again =
    activeAgain.length === 0
      ? `none was active again within ${againMinutes} minutes`
      : `${activeAgain.length} ${activeAgain.length === 1 ? "was" : "were"} active again within ${againMinutes} minutes (${named(activeAgain)})`;
  return [
    wouldHave.length === 0
      ? "Idleness is only observed: nobody would have been stopped."
      : `Idleness is only observed: it would have stopped ${wouldHave.length} (${named(wouldHave)}); ${again}.`,
    "To have idle containers stopped, after both messages to their owners, set idle_mode: stop in the policy file; it counts within seconds.",
  ];
}

function stopped({ stopped: many }: Idleness): string {
  return many === 0
    ? "Nothing was stopped for idleness."
    : `${counted(many, "container was", "containers were")} stopped for idleness.`;
}

function named(names: readonly string[]): string {
  const several = [...new Set(names)];
  const more = several.length - mostNames;
  return listed([...several.slice(0, mostNames), ...(more > 0 ? [`${more} more`] : [])]);
}

function gpuHours(hoursOfGpu: number): string {
  return `${hoursOfGpu >= 10 ? Math.round(hoursOfGpu) : Number(hoursOfGpu.toFixed(1))} h`;
}

/** "40 min", "14 h", "3 days" */
function lasting(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hoursLong = Math.round(minutes / 60);
  return hoursLong < 72 ? `${hoursLong} h` : `${Math.round(hoursLong / 24)} days`;
}
