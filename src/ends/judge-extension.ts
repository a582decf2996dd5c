import { Refusal } from "../errors.ts";
import { gpuWords } from "../policy/allow.ts";
import { counted, when } from "../sentence.ts";

/** What an extension is judged by, all of it read in the transaction that would move the end. */
export type ExtensionAsk = {
  containerId: number;
  /** The end that would be moved. */
  endId: number;
  project: string;
  hours: number;
  /** When it ends now; that may be past, if a stop had to wait. */
  endsAt: Date;
  now: Date;
  maxRuntimeHours: number;
  /** GPU-equivalents of what it holds. */
  gpuEquivalents: number;
  /** At this moment somebody waits for what these devices would serve. */
  someoneWaits: boolean;
  /** The instant by which one of its devices, or memory that it has, was promised to somebody. */
  promised?: { at: Date; what: "GPU" | "memory" } | undefined;
  /** An admin ends it then, whatever its hours are. */
  adminEndsAt?: Date | undefined;
  /** GPU-hours of the last seven days; `most: null` is unlimited. */
  budget: { used: number; most: number | null };
  /** An admin grants it: the budget is not asked and not charged. */
  isGranted?: boolean | undefined;
};

export type Extension = {
  endsAt: Date;
  chargedGpuHours: number;
  /** What it costs and why, as a sentence for its owner. */
  cost: string;
};

/** Where nobody says otherwise. */
export const defaultExtensionHours = 4;

/** Between the planned end of what holds a device and the instant for which the device is promised: stop and clean-up. */
const cleanUpMinutes = 15;
const leastHours = 0.25;
const hourMs = 3_600_000;
/** Sums of weights and hours in single precision. */
const grace = 1e-3;

/**
 * May the end be moved by so many hours, and at what cost? New end ≤ now + max_runtime_h, not past a promise on its devices, and
 * within the budget if anybody waits for them. A refusal names the longest that is possible.
 */
export function judgeExtension(ask: ExtensionAsk): Extension | Refusal {
  const { hours } = ask;
  if (!Number.isFinite(hours) || hours < leastHours)
    return new Refusal("hours-out-of-range", "The hours must be a number, a quarter of an hour or more.", {
      hint: "Type for example 4, or 0.5.",
      field: "hours",
    });
  const base = new Date(Math.max(ask.endsAt.getTime(), ask.now.getTime()));
  const wall = nearestWall(ask);
  const mostHours = quarters((wall.at.getTime() - base.getTime()) / hourMs);
  const endsAt = after(base, hours);
  if (endsAt > wall.at && mostHours < leastHours) return notNow(ask, wall);

  const left = leftOf(ask);
  const perHour = ask.someoneWaits ? ask.gpuEquivalents : 0;
  const affordable = perHour > 0 ? quarters((left + grace) / perHour) : Infinity;
  if (affordable < Math.min(hours, mostHours))
    // Beyond the wall an admin can't help either.
    return overBudget({ ...ask, hours: endsAt > wall.at ? mostHours : hours }, left, affordable, base);
  if (endsAt > wall.at) return tooLong(ask, wall, mostHours, base);

  const cost = ask.isGranted ? 0 : hours * perHour;
  return { endsAt, chargedGpuHours: cost, cost: costInWords(ask, cost) };
}

type Wall = { at: Date; because: string; kind: "runtime" | "promise" | "admin" };

/** The first instant past which no budget helps. */
function nearestWall({ now, maxRuntimeHours, promised, adminEndsAt }: ExtensionAsk): Wall {
  const walls: Wall[] = [
    {
      kind: "runtime",
      at: new Date(now.getTime() + maxRuntimeHours * hourMs),
      because: `nothing of yours may run longer than ${hoursWords(maxRuntimeHours)} from now on`,
    },
  ];
  if (promised)
    walls.push({
      kind: "promise",
      at: new Date(promised.at.getTime() - cleanUpMinutes * 60_000),
      because: `its ${promised.what} is promised to somebody in the line, by ${when(promised.at)}`,
    });
  if (adminEndsAt) walls.push({ kind: "admin", at: adminEndsAt, because: "an admin ends it then" });
  return walls.reduce((first, wall) => (wall.at < first.at ? wall : first));
}

function leftOf({ budget, isGranted }: ExtensionAsk): number {
  if (isGranted || budget.most === null) return Infinity;
  return Math.max(0, budget.most - budget.used);
}

function notNow({ project, endsAt }: ExtensionAsk, wall: Wall): Refusal {
  const ends = endsAt < wall.at ? endsAt : wall.at;
  return new Refusal(
    "no-extension-possible",
    `“${project}” can't be extended now: ${wall.because}. It ends ${when(ends)}.`,
    wall.kind === "runtime" ? { hint: "Try again when it is nearer to its end." } : {},
  );
}

function tooLong(ask: ExtensionAsk, wall: Wall, longest: number, base: Date): Refusal {
  const until = when(after(base, longest));
  return new Refusal(
    "extension-too-long",
    `“${ask.project}” can be extended by ${hoursWords(longest)} at most, until ${until}: ${wall.because}.`,
    { field: "hours", offers: [extendBy(ask, longest)] },
  );
}

function overBudget(ask: ExtensionAsk, left: number, longest: number, base: Date): Refusal {
  const { budget, project, hours, containerId, gpuEquivalents } = ask;
  const askAdmin = { kind: "ask-extension" as const, containerId, hours };
  const message = `Your budget does not let “${project}” run ${hoursWords(hours)} longer: somebody waits for what it holds, so ${hoursWords(hours)} cost ${gpuHoursWords(hours * gpuEquivalents)}; you have ${gpuHoursWords(left)} left of ${gpuHoursWords(budget.most ?? 0)} in seven days.`;
  if (longest < leastHours)
    return new Refusal("over-extension-budget", message, {
      hint: "An admin can grant it all the same; /limits shows when your budget refills.",
      offers: [askAdmin],
    });
  return new Refusal("over-extension-budget", message, {
    hint: `The longest possible is ${hoursWords(longest)}, until ${when(after(base, longest))}; an admin can grant more.`,
    offers: [extendBy(ask, longest), askAdmin],
  });
}

function costInWords(
  { budget, gpuEquivalents, someoneWaits, isGranted }: ExtensionAsk,
  cost: number,
): string {
  if (isGranted) return "It costs nothing of your budget: an admin granted it.";
  if (gpuEquivalents === 0) return "It costs nothing: it holds no GPU.";
  if (!someoneWaits) return "It costs nothing: nobody waits for what it holds.";
  const left = budget.most === null ? undefined : Math.max(0, budget.most - budget.used - cost);
  const rest = left === undefined ? "" : ` ${gpuHoursWords(left)} are left in these seven days.`;
  return `It costs ${gpuHoursWords(cost)} (${gpuWords(gpuEquivalents)}) of your budget, because somebody waits for what it holds.${rest}`;
}

function extendBy({ containerId, endId }: ExtensionAsk, hours: number) {
  return { kind: "extend" as const, containerId, endId, hours };
}

function after(instant: Date, hours: number): Date {
  return new Date(instant.getTime() + hours * hourMs);
}

/** Down to a quarter of an hour: what a person can retell. */
function quarters(hours: number): number {
  return Math.max(0, Math.floor(hours * 4) / 4);
}

/** "4 h", "0.25 h" */
export function hoursWords(hours: number): string {
  return `${rounded(hours)} h`;
}

/** "1 GPU-hour", "8 GPU-hours", "0.57 GPU-hours" */
export function gpuHoursWords(gpuHours: number): string {
  return counted(rounded(gpuHours), "GPU-hour");
}

function rounded(n: number): number {
  return Math.round(n * 100) / 100;
}
