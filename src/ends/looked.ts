import type { NodeId } from "../world.ts";

/**
 * When what containers use was last looked at on each machine, in milliseconds of the clock that nobody sets: written by
 * whoever samples, read by whoever judges.
 */
export type Looked = ReadonlyMap<NodeId, number>;

/** Longer than a gap that hides nothing (src/idle/look-back.ts): nobody looks at present. */
const ofLateMs = 6 * 60_000;

export function lookedOfLate(looked: Looked, nodeId: NodeId | null, monotonicMs: number): boolean {
  const at = nodeId === null ? undefined : looked.get(nodeId);
  return at !== undefined && monotonicMs - at <= ofLateMs;
}
