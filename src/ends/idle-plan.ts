import type { Judgement } from "../idle/judge.ts";
import type { End } from "../ledger/end-tables.ts";
import type { IdleMark } from "../ledger/idle-tables.ts";
import { later, minutesFrom } from "../policy/notice-times.ts";
import { idleEndAt, idleEndForWaiters } from "./idle-end.ts";

/** What is known of one container's idleness at an instant. */
export type IdleFacts = {
  judgement: Judgement;
  mark: Pick<IdleMark, "since" | "markedAt" | "endsAt" | "observedAt"> | undefined;
  /** Its armed end for idleness. */
  end: Pick<End, "at"> | undefined;
  idleCapHours: number;
  /** Somebody waits whom its devices would serve, and it is among those who are asked. */
  isNeeded: boolean;
  mode: "observe" | "stop";
};

/** What is to be written down of it now. */
export type IdlePlan =
  | { do: "nothing" }
  /** It is free on demand from now on, until `endsAt` at the latest. */
  | { do: "mark"; since: Date; endsAt: Date }
  /** It is to end at another instant than was said: somebody waits now, or nobody does any more. */
  | { do: "move"; since: Date; endsAt: Date }
  /** Idleness is only observed: it would have been stopped now. */
  | { do: "observe" }
  /** Idleness is only observed by now: the end that was armed will not come. */
  | { do: "spare" }
  /** It is not free on demand any more. */
  | { do: "unmark"; because: "used" | "kept" | "exempt" };

/** What becomes of a judgement. Where it can't be said what a container does, all stays as it is; the gate lets nothing pass then. */
export function idlePlan(facts: IdleFacts, now: Date): IdlePlan {
  const { judgement, mark, end, isNeeded, mode } = facts;
  if (judgement.is === "unknown") return { do: "nothing" };
  if (judgement.is === "busy" || !judgement.isReclaimable)
    return mark || end ? { do: "unmark", because: whyNot(judgement) } : { do: "nothing" };
  if (!mark) return { do: "mark", since: judgement.since, endsAt: endOf(facts, judgement.since, now) };

  // A device idle for long moves it back in time: what was told stays. A gap moves it forward.
  const since = later(mark.since, judgement.since);
  const latest = later(minutesFrom(since, facts.idleCapHours * 60), idleEndForWaiters(mark.markedAt));
  // Idleness was only observed when it was marked.
  if (mode === "stop" && !end) return { do: "move", since, endsAt: endOf(facts, since, now) };
  const at = end?.at ?? mark.endsAt;
  if (isNeeded && idleEndForWaiters(now) < at) return { do: "move", since, endsAt: idleEndForWaiters(now) };
  if (!isNeeded && at < latest && now < latest) return { do: "move", since, endsAt: latest };
  if (mode === "stop") return { do: "nothing" };
  if (end) return { do: "spare" };
  return mark.endsAt <= now && mark.observedAt === null ? { do: "observe" } : { do: "nothing" };
}

function endOf({ isNeeded, idleCapHours }: IdleFacts, since: Date, now: Date): Date {
  return isNeeded ? idleEndForWaiters(now) : idleEndAt(since, { now, idleCapHours });
}

function whyNot({ is, evidence }: Judgement): "used" | "kept" | "exempt" {
  if (is === "idle" && evidence.isKept === true) return "kept";
  return is === "idle" && evidence.isExempt === true ? "exempt" : "used";
}
