import type { EngineContainer } from "../engine/engine.ts";
import type { Container } from "../ledger/schema.ts";
import { isAlive } from "./compare.ts";
import type { Labels } from "./labels.ts";

/** A row of a ledger that was restored from a backup, against what the engine shows now. */
export type AsFound =
  /** It is as the row says, or only waits. */
  | "as-known"
  /** It runs, or not as the row says: in another run, on other devices, or though it was to stop. */
  | "runs"
  /** It is there and does not run. */
  | "stopped"
  /** The engine has it no more. */
  | "gone";

/**
 * What the engine shows is younger than the row, whatever was wished then. `found` is undefined only if the engine answered
 * and has no such container; `held` are the devices that the row holds.
 */
export function asFound(
  row: Pick<Container, "state" | "wanted" | "run" | "engineId">,
  found: (Pick<EngineContainer, "state"> & { labels: Pick<Labels, "run" | "devices"> }) | undefined,
  held: readonly string[],
): AsFound {
  if (!found) return row.state === "waiting" && row.engineId === null ? "as-known" : "gone";
  if (!isAlive(found)) {
    const isQuiet = row.state === "waiting" || (row.state === "stopped" && held.length === 0);
    const isBeingMade = row.state === "starting" && found.state === "created";
    return isQuiet || isBeingMade ? "as-known" : "stopped";
  }
  const { run, devices } = found.labels;
  const isSame = run === row.run && [...devices].sort().join() === [...held].sort().join();
  const isToRun = (row.state === "running" || row.state === "starting") && row.wanted === "running";
  return isSame && isToRun ? "as-known" : "runs";
}
