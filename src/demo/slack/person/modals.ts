import { z } from "zod";
import { viewClosed, viewSubmission } from "../app-link/payloads.ts";
import { checkView } from "../blocks/check-view.ts";
import { enterValues, Impossible } from "../inputs/enter.ts";
import { unfinished } from "../inputs/required.ts";
import type { CloseBody, EnteredValues, Outcome, UserId } from "../person-api.ts";
import { handOver } from "../workspace/files.ts";
import { closeFrom, pushModal, replaceView } from "../workspace/views.ts";
import { changed, type User, type View, type Workspace } from "../workspace/workspace.ts";
import { actor, failed, type Stage, surroundings, topModal } from "./stage.ts";

/** Fills in the top modal without submitting. */
export function fill(workspace: Workspace, userId: UserId, viewId: string, values: EnteredValues): void {
  const user = actor(workspace, userId);
  const view = topModal(workspace, user, viewId);
  enterValues(view.blocks, view.state, values, surroundings(workspace, user, view.suggested));
  changed(workspace);
}

/** The submit button of the top modal. What the client itself can see to be wrong never reaches the app. */
export async function submit(
  stage: Stage,
  userId: UserId,
  viewId: string,
  values: EnteredValues,
): Promise<Outcome> {
  const { workspace, link } = stage;
  const user = actor(workspace, userId);
  const view = topModal(workspace, user, viewId);
  if (!view.submit) throw new Impossible("This modal has no submit button.");
  if (view.submitting) return failed("submitting", "It is being submitted already.");
  enterValues(view.blocks, view.state, values, surroundings(workspace, user, view.suggested));
  view.errors = unfinished(view.blocks, view.state);
  changed(workspace);
  if (Object.keys(view.errors).length > 0)
    return {
      ok: false,
      error: "required_missing",
      message: "Some fields are not filled in yet.",
      errors: view.errors,
    };
  view.submitting = true;
  handOver(workspace, view.state);
  const acknowledged = await link.ask("interactive", viewSubmission(workspace, user, view));
  view.submitting = false;
  changed(workspace);
  if (!acknowledged.ok) return trouble(acknowledged.error);
  return answered(workspace, user, view, acknowledged.payload);
}

function trouble(error: string): Outcome {
  return failed(error, "We had some trouble connecting. Try again?");
}

const answerSchema = z.union([
  z.undefined(),
  z.null(),
  z.literal(""),
  z.strictObject({}),
  z.strictObject({ response_action: z.literal("clear") }),
  z.strictObject({ response_action: z.literal("errors"), errors: z.record(z.string(), z.string().min(1)) }),
  z.strictObject({ response_action: z.enum(["update", "push"]), view: z.unknown() }),
]);

/** The acknowledgement is the answer: nothing closes this view, `clear` all, `errors` stand at their inputs. */
function answered(workspace: Workspace, user: User, view: View, payload: unknown): Outcome {
  const read = answerSchema.safeParse(payload);
  if (!read.success)
    return unusable(
      workspace,
      view,
      `it is not one of the forms Slack knows: ${JSON.stringify(payload)?.slice(0, 300)}`,
    );
  const answer = read.data;
  if (!answer || !("response_action" in answer)) {
    closeFrom(workspace, view);
    return { ok: true };
  }
  switch (answer.response_action) {
    case "clear":
      workspace.modals.set(user.id, []);
      changed(workspace);
      return { ok: true };
    case "errors":
      return showErrors(workspace, view, answer.errors);
    case "update":
    case "push":
      return showNext(workspace, user, view, answer.response_action, answer.view);
  }
}

function showErrors(workspace: Workspace, view: View, errors: Record<string, string>): Outcome {
  const inputs = view.blocks.filter((block) => block.type === "input").map((block) => block.block_id);
  const elsewhere = Object.keys(errors).filter((blockId) => !inputs.includes(blockId));
  if (elsewhere.length > 0 || Object.keys(errors).length === 0)
    return unusable(
      workspace,
      view,
      `errors must name input blocks of the view (${inputs.join(", ")}), not ${elsewhere.join(", ") || "nothing"}`,
    );
  view.errors = errors;
  changed(workspace);
  return { ok: false, error: "refused_by_app", message: Object.values(errors).join(" "), errors };
}

function showNext(
  workspace: Workspace,
  user: User,
  view: View,
  how: "update" | "push",
  next: unknown,
): Outcome {
  const read = checkView(next, "modal");
  if (!read.ok) return unusable(workspace, view, `${read.error}: ${read.complaints.join("; ")}`);
  // The person may have closed it meanwhile; then there is nothing to show it in.
  if (!workspace.modals.get(user.id)?.includes(view)) return { ok: true };
  const opened =
    how === "update" ? replaceView(workspace, view, read.view) : pushModal(workspace, user.id, read.view);
  return opened.ok ? { ok: true } : unusable(workspace, view, opened.error);
}

function unusable(workspace: Workspace, view: View, why: string): Outcome {
  workspace.journal.complain(`The answer to the form ${view.callbackId || view.id} can't be used: ${why}`);
  return trouble("invalid_response");
}

/** The cross or the close button of the top modal. The app hears of it only if the view says `notify_on_close`. */
export async function close(stage: Stage, userId: UserId, body: CloseBody): Promise<Outcome> {
  const { workspace, link } = stage;
  const user = actor(workspace, userId);
  const top = topModal(workspace, user, body.view);
  const all = body.all === true || top.clearOnClose;
  const lowest = all ? workspace.modals.get(user.id)?.[0] : top;
  const gone = lowest ? closeFrom(workspace, lowest) : [];
  await Promise.all(
    gone
      .filter((view) => view.notifyOnClose)
      .map((view) => link.ask("interactive", viewClosed(workspace, user, view, all))),
  );
  return { ok: true };
}
