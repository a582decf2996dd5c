import { createHash } from "node:crypto";
import type { ViewDefinition } from "../blocks/check-view.ts";
import { keepBlocks, shortId } from "../blocks/walk.ts";
import { carriedState, initialState } from "../inputs/state.ts";
import { limits } from "../limits.ts";
import type { UserId } from "../person-api.ts";
import { changed, nextId, type View, type Workspace } from "./workspace.ts";

/** The open modals of one person and their Home. Definitions are already checked. */

export type Opened = { ok: true; view: View } | { ok: false; error: string };

/** A new stack with one view, in place of whatever was open. */
export function openModal(
  workspace: Workspace,
  user: UserId,
  definition: ViewDefinition,
  openedIn?: string,
): Opened {
  return placeOnStack(workspace, user, [], definition, openedIn);
}

/** One more view on the open stack. */
export function pushModal(workspace: Workspace, user: UserId, definition: ViewDefinition): Opened {
  const stack = workspace.modals.get(user) ?? [];
  if (stack.length === 0) return { ok: false, error: "not_found" };
  if (stack.length >= limits.view.stack) return { ok: false, error: "push_limit_reached" };
  return placeOnStack(workspace, user, stack, definition, stack[0]?.openedIn);
}

function placeOnStack(
  workspace: Workspace,
  user: UserId,
  stack: View[],
  definition: ViewDefinition,
  openedIn: string | undefined,
): Opened {
  if (externalIdTaken(workspace, definition.external_id))
    return { ok: false, error: "duplicate_external_id" };
  const id = nextId(workspace, "V");
  const view: View = {
    id,
    user,
    type: definition.type,
    rootId: stack[0]?.id ?? id,
    previousId: stack.at(-1)?.id ?? null,
    openedIn,
    ...shown(definition, openedIn),
    state: {},
    suggested: new Map(),
    errors: {},
    submitting: false,
    revision: 1,
  };
  view.state = initialState(view.blocks, openedIn);
  workspace.modals.set(user, [...stack, view]);
  changed(workspace);
  return { ok: true, view };
}

function externalIdTaken(workspace: Workspace, externalId: string | undefined, except?: View): boolean {
  if (!externalId) return false;
  return allViews(workspace).some((view) => view !== except && view.externalId === externalId);
}

/** Replaces what a view shows; inputs that stayed keep what is filled in. */
export function replaceView(workspace: Workspace, view: View, definition: ViewDefinition): Opened {
  if (externalIdTaken(workspace, definition.external_id, view))
    return { ok: false, error: "duplicate_external_id" };
  Object.assign(
    view,
    { title: undefined, submit: undefined, close: undefined },
    shown(definition, view.openedIn),
  );
  view.state = carriedState(view.state, view.blocks, view.openedIn);
  view.errors = {};
  view.revision += 1;
  changed(workspace);
  return { ok: true, view };
}

export function publishHome(workspace: Workspace, user: UserId, definition: ViewDefinition): Opened {
  const current = workspace.homes.get(user);
  if (current) return replaceView(workspace, current, definition);
  const id = nextId(workspace, "V");
  const view: View = {
    id,
    user,
    type: "home",
    rootId: id,
    previousId: null,
    openedIn: undefined,
    ...shown(definition, undefined),
    state: {},
    suggested: new Map(),
    errors: {},
    submitting: false,
    revision: 1,
  };
  view.state = initialState(view.blocks, undefined);
  workspace.homes.set(user, view);
  changed(workspace);
  return { ok: true, view };
}

function shown(definition: ViewDefinition, _openedIn: string | undefined) {
  const modal = definition.type === "modal" ? definition : undefined;
  const plain = (text: { type: "plain_text"; text: string; emoji?: boolean | undefined } | undefined) =>
    text ? { type: "plain_text" as const, text: text.text, emoji: text.emoji ?? true } : undefined;
  const blocks = keepBlocks(definition.blocks);
  return {
    ...(modal ? { title: plain(modal.title), submit: plain(modal.submit), close: plain(modal.close) } : {}),
    blocks,
    privateMetadata: definition.private_metadata ?? "",
    callbackId: definition.callback_id ?? "",
    externalId: definition.external_id ?? "",
    clearOnClose: modal?.clear_on_close ?? false,
    notifyOnClose: modal?.notify_on_close ?? false,
    hash: `${createHash("sha1").update(JSON.stringify(blocks)).digest("hex").slice(0, 10)}.${shortId(8)}`,
  };
}

export function allViews(workspace: Workspace): View[] {
  return [...[...workspace.modals.values()].flat(), ...workspace.homes.values()];
}

/** Takes a view and all above it off its stack; answers what was taken, the topmost first. */
export function closeFrom(workspace: Workspace, view: View): View[] {
  const stack = workspace.modals.get(view.user) ?? [];
  const index = stack.indexOf(view);
  if (index === -1) return [];
  const gone = stack.slice(index).reverse();
  workspace.modals.set(view.user, stack.slice(0, index));
  changed(workspace);
  return gone;
}

export function viewForApi(workspace: Workspace, view: View): Record<string, unknown> {
  const { teamId, appId, botId } = workspace.settings;
  return {
    id: view.id,
    team_id: teamId,
    type: view.type,
    blocks: view.blocks,
    private_metadata: view.privateMetadata,
    callback_id: view.callbackId,
    state: { values: view.state },
    hash: view.hash,
    title: view.title ?? { type: "plain_text", text: "View Title", emoji: true },
    clear_on_close: view.clearOnClose,
    notify_on_close: view.notifyOnClose,
    close: view.close ?? null,
    submit: view.submit ?? null,
    previous_view_id: view.previousId,
    root_view_id: view.rootId,
    app_id: appId,
    external_id: view.externalId,
    app_installed_team_id: teamId,
    bot_id: botId,
  };
}
