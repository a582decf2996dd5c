import { z } from "zod";
import { checkView, type ViewDefinition } from "../blocks/check-view.ts";
import { elementsOf, keepBlocks } from "../blocks/walk.ts";
import { judgeTrigger } from "../workspace/triggers.ts";
import {
  allViews,
  type Opened,
  openModal,
  publishHome,
  pushModal,
  replaceView,
  viewForApi,
} from "../workspace/views.ts";
import type { Trigger, View, Workspace } from "../workspace/workspace.ts";
import { filesComplaints } from "./chat.ts";
import { ApiError, defineMethod, invalid, type Method } from "./method.ts";

const triggerArgs = { trigger_id: z.string().min(1), view: z.unknown() };

export const viewMethods: readonly Method[] = [
  defineMethod({
    name: "views.open",
    scopes: [],
    args: z.looseObject(triggerArgs),
    run(workspace, args) {
      const trigger = liveTrigger(workspace, args.trigger_id);
      const definition = checked(workspace, args.view, "modal");
      // Real Slack puts a modal opened from within a modal on top of it; opened from anywhere else it is the only one.
      const opened =
        trigger.view && (workspace.modals.get(trigger.user)?.length ?? 0) > 0
          ? pushModal(workspace, trigger.user, definition)
          : openModal(workspace, trigger.user, definition, trigger.channel);
      return done(workspace, opened, trigger);
    },
  }),
  defineMethod({
    name: "views.push",
    scopes: [],
    args: z.looseObject(triggerArgs),
    run(workspace, args) {
      const trigger = liveTrigger(workspace, args.trigger_id);
      // The trigger must come from within a modal.
      if (!trigger.view) throw new ApiError("invalid_trigger_id");
      const definition = checked(workspace, args.view, "modal");
      return done(workspace, pushModal(workspace, trigger.user, definition), trigger);
    },
  }),
  defineMethod({
    name: "views.update",
    scopes: [],
    args: z.looseObject({
      view: z.unknown(),
      view_id: z.string().optional(),
      external_id: z.string().optional(),
      hash: z.string().optional(),
    }),
    run(workspace, args) {
      if (!args.view_id && !args.external_id)
        throw invalid("invalid_arguments", ["missing required field: view_id or external_id"]);
      const view = allViews(workspace).find(
        (v) =>
          v.type === "modal" && (args.view_id ? v.id === args.view_id : v.externalId === args.external_id),
      );
      if (!view) throw new ApiError("not_found");
      checkHash(view, args.hash);
      return done(workspace, replaceView(workspace, view, checked(workspace, args.view, "modal")));
    },
  }),
  defineMethod({
    name: "views.publish",
    scopes: [],
    args: z.looseObject({ user_id: z.string().min(1), view: z.unknown(), hash: z.string().optional() }),
    run(workspace, args) {
      if (!workspace.manifest.features.app_home.home_tab_enabled) throw new ApiError("not_enabled");
      const user = workspace.users.get(args.user_id);
      if (!user || user.deleted || user.isBot) throw new ApiError("user_not_found");
      const current = workspace.homes.get(user.id);
      if (current) checkHash(current, args.hash);
      return done(workspace, publishHome(workspace, user.id, checked(workspace, args.view, "home")));
    },
  }),
];

function liveTrigger(workspace: Workspace, id: string): Trigger {
  const judged = judgeTrigger(workspace, id);
  if (!judged.ok) throw new ApiError(judged.error);
  return judged.trigger;
}

function checked(workspace: Workspace, view: unknown, wanted: "modal" | "home"): ViewDefinition {
  const read = checkView(view, wanted);
  if (!read.ok) throw invalid(read.error, read.complaints);
  const provided = workspace.manifest.oauth_config.scopes.bot;
  // Whoever asks for files must be able to read them.
  const takesFiles = keepBlocks(read.view.blocks)
    .flatMap((block) => elementsOf(block))
    .some(({ element }) => element.type === "file_input");
  if (takesFiles && !provided.includes("files:read"))
    throw new ApiError("missing_scope", { needed: "files:read", provided: provided.join(",") });
  const complaints = filesComplaints(workspace, read.view.blocks);
  if (complaints.length > 0) throw invalid("invalid_arguments", complaints);
  return read.view;
}

function checkHash(view: View, hash: string | undefined): void {
  if (hash !== undefined && hash !== view.hash) throw new ApiError("hash_conflict");
}

/** A trigger is used up by what it opened, not by a refusal. */
function done(workspace: Workspace, opened: Opened, trigger?: Trigger): Record<string, unknown> {
  if (!opened.ok) throw new ApiError(opened.error);
  if (trigger) trigger.used = true;
  return { view: structuredClone(viewForApi(workspace, opened.view)) };
}
