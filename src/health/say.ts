import type { Problem } from "../ledger/health-tables.ts";
import { minutesFrom } from "../policy/notice-times.ts";
import { when } from "../sentence.ts";

/** A problem as it is seen now. */
export type Seen = {
  /** What it is about: the same key is the same problem. */
  key: string;
  /** One sentence for admins; its instants as in sentence.ts. */
  text: string;
  detail?: string;
  /** What is said when it is solved. */
  whenSolved: string;
  nodeId?: string;
  /** However often it comes and goes, a new message of it is written once a day at most. */
  onceADay?: true;
};

export type Look = {
  seen: readonly Seen[];
  /** Keys of which nobody can tell at the moment, or whose opener solves them: none of these is solved by not being seen. */
  unknown: readonly string[];
};

export type Saying =
  /** A new message. */
  | { do: "open"; seen: Seen }
  /** A day has passed: a new message, which says since when. */
  | { do: "remind"; problem: Problem }
  /** The message that is there is edited: it came back soon after it was solved, or other words are true now. */
  | { do: "reopen" | "change"; seen: Seen }
  /** The message that is there is edited. */
  | { do: "solve"; problem: Problem }
  /** Nothing is said: it is not seen any more, and may come back; or it did. */
  | { do: "doubt" | "trust"; problem: Problem };

const dayMinutes = 24 * 60;
/** What is not seen for so long is solved: a GPU, an engine or a disk may come and go some times before it stays. */
const unseenMinutes = 5;
/** What comes back so soon after it was solved is the same problem, and whoever read of it knows. */
const sameMinutes = 60;

/** Problems as they are seen × as they are known: what is to be said. Of one that stays a message a day at most. */
export function whatToSay({ seen, unknown }: Look, known: readonly Problem[], now: Date): Saying[] {
  const before = new Map(known.map((problem) => [problem.key, problem]));
  const there = new Set([...seen.map(({ key }) => key), ...unknown]);
  return [
    ...seen.flatMap((one) => ofSeen(one, before.get(one.key), now)),
    ...known.flatMap((problem) => {
      if (problem.solvedAt !== null || seen.some(({ key }) => key === problem.key)) return [];
      return there.has(problem.key) ? reminded(problem, now) : ofUnseen(problem, now);
    }),
  ];
}

function ofSeen(seen: Seen, problem: Problem | undefined, now: Date): Saying[] {
  if (!problem) return [{ do: "open", seen }];
  const { solvedAt, saidAt } = problem;
  if (solvedAt !== null) {
    const isNew = seen.onceADay ? isPast(saidAt, dayMinutes, now) : isPast(solvedAt, sameMinutes, now);
    return [{ do: isNew ? "open" : "reopen", seen }];
  }
  const isOther = problem.text !== seen.text || problem.detail !== (seen.detail ?? null);
  if (isOther) return [{ do: "change", seen }];
  return [...(problem.unseenSince ? [{ do: "trust" as const, problem }] : []), ...reminded(problem, now)];
}

function reminded(problem: Problem, now: Date): Saying[] {
  return isPast(problem.saidAt, dayMinutes, now) ? [{ do: "remind", problem }] : [];
}

function ofUnseen(problem: Problem, now: Date): Saying[] {
  if (problem.unseenSince === null) return [{ do: "doubt", problem }];
  return isPast(problem.unseenSince, unseenMinutes, now) ? [{ do: "solve", problem }] : [];
}

function isPast(instant: Date, minutes: number, now: Date): boolean {
  return minutesFrom(instant, minutes) <= now;
}

/** What its message says while it is open. */
export function inWords({ text, openedAt }: Pick<Problem, "text" | "openedAt">, now: Date): string {
  return isPast(openedAt, dayMinutes, now) ? `Still so since ${when(openedAt)}: ${text}` : text;
}
