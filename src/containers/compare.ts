import type { EngineContainer } from "../engine/engine.ts";
import type { Container } from "../ledger/schema.ts";

export type Difference =
  /** Nothing to do, or bring-up and bring-down are at it. */
  | "none"
  /** The host or the engine was restarted: it is started again. */
  | "engine-restarted"
  /** Its process 1 ended by itself: it is started again, once in 10 minutes. */
  | "ended"
  | "ended-twice"
  | "removed-by-hand"
  | "started-by-hand";

const restartBudgetMinutes = 10;

/**
 * What a row says against what the engine says. `found` is undefined only if the engine answered and has no such
 * container; a silent engine never comes here.
 */
export function compare(
  row: Pick<Container, "state" | "wanted" | "restartedAt">,
  found: Pick<EngineContainer, "state"> | undefined,
  { now, engineRestarted }: { now: Date; engineRestarted: boolean },
): Difference {
  if (row.state === "running") {
    if (!found) return "removed-by-hand";
    if (isAlive(found)) return "none";
    // A stop is wished already: bring-down finds it stopped.
    if (row.wanted !== "running") return "none";
    if (engineRestarted) return "engine-restarted";
    const lately =
      row.restartedAt && now.getTime() - row.restartedAt.getTime() < restartBudgetMinutes * 60_000;
    return lately ? "ended-twice" : "ended";
  }
  // It waits to run again, or its device vanished while it was starting: in the engine it must not run.
  if (row.state === "waiting") return found && isAlive(found) ? "started-by-hand" : "none";
  if (row.state === "stopped" && row.wanted !== "retired") {
    if (!found) return "removed-by-hand";
    return isAlive(found) ? "started-by-hand" : "none";
  }
  return "none";
}

export function isAlive(found: Pick<EngineContainer, "state">): boolean {
  return found.state === "running" || found.state === "paused" || found.state === "restarting";
}
