import { randomBytes } from "node:crypto";
import { limits } from "../limits.ts";
import type { UserId } from "../person-api.ts";
import type { Trigger, Workspace } from "./workspace.ts";

/** A pass to open one modal for this person within 3 s. */
export function makeTrigger(
  workspace: Workspace,
  user: UserId,
  from: { view?: string; channel?: string },
): string {
  forgetOld(workspace);
  const nowMs = workspace.clock.now();
  const id = `${nowMs}.${workspace.settings.teamId.length}.${randomBytes(16).toString("hex")}`;
  workspace.triggers.set(id, { user, madeMs: nowMs, used: false, ...from });
  return id;
}

/** Looks at a trigger without using it; the error is Slack's word. */
export function judgeTrigger(
  workspace: Workspace,
  id: string,
): { ok: true; trigger: Trigger } | { ok: false; error: string } {
  const trigger = workspace.triggers.get(id);
  if (!trigger) return { ok: false, error: "invalid_trigger_id" };
  if (trigger.used) return { ok: false, error: "exchanged_trigger_id" };
  if (workspace.clock.now() - trigger.madeMs > limits.triggerLifeMs)
    return { ok: false, error: "expired_trigger_id" };
  return { ok: true, trigger };
}

/** Old ones are kept for an hour, so that they are told apart from those that never were. */
function forgetOld(workspace: Workspace): void {
  const oldestMs = workspace.clock.now() - 3_600_000;
  for (const [id, trigger] of workspace.triggers) {
    if (trigger.madeMs > oldestMs) return;
    workspace.triggers.delete(id);
  }
}
