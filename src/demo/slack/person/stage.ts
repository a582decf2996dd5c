import type { AppLink } from "../app-link/deliver.ts";
import type { Spot } from "../app-link/payloads.ts";
import { type Element, findElement } from "../blocks/walk.ts";
import { Impossible, type Surroundings } from "../inputs/enter.ts";
import type { Block, Failed, Option, Place, StateValues, UserId } from "../person-api.ts";
import { fileForApi } from "../workspace/files.ts";
import { messageState, visibleTo } from "../workspace/messages.ts";
import type { User, View, Workspace } from "../workspace/workspace.ts";

/** What a person's deeds need: the workspace and the way to the app. */
export type Stage = { workspace: Workspace; link: AppLink };

/** Someone who can sit at a screen; throws Impossible for bots, strangers and deactivated people. */
export function actor(workspace: Workspace, id: UserId): User {
  const user = workspace.users.get(id);
  if (!user) throw new Impossible(`There is no ${id} in this workspace.`);
  if (user.isBot || user.id === "USLACKBOT") throw new Impossible(`${user.name} is a bot.`);
  if (user.deleted) throw new Impossible(`${user.name} was deactivated and can't sign in.`);
  return user;
}

/** The place on this person's screen; throws Impossible if they can't see it or can't reach it. */
export function spotOf(workspace: Workspace, user: User, place: Place): Spot {
  if ("message" in place) {
    const { channel, ts } = place.message;
    const conversation = workspace.conversations.get(channel);
    const message = conversation?.messages.findLast((m) => m.ts === ts && visibleTo(m, user.id));
    if (!conversation?.members.has(user.id) || !message)
      throw new Impossible(`${user.name} sees no message ${ts} in ${channel}: it may have been deleted.`);
    return { kind: "message", conversation, message };
  }
  const home = workspace.homes.get(user.id);
  if (home?.id === place.view) return { kind: "view", view: home };
  return { kind: "view", view: topModal(workspace, user, place.view) };
}

export function topModal(workspace: Workspace, user: User, viewId: string): View {
  const top = workspace.modals.get(user.id)?.at(-1);
  if (!top) throw new Impossible(`${user.name} has no modal open.`);
  if (top.id !== viewId) throw new Impossible(`The modal ${viewId} is not (or no longer) the top one.`);
  return top;
}

/** The blocks of a place, and what is filled in there. */
export function content(
  spot: Spot,
  user: User,
): { blocks: readonly Block[]; state: StateValues; suggested: Map<string, Option[]> } {
  if (spot.kind === "view") return spot.view;
  const { message } = spot;
  return {
    blocks: message.blocks ?? [],
    state: messageState(message, user.id),
    suggested: message.suggested,
  };
}

export function elementAt(
  spot: Spot,
  user: User,
  blockId: string,
  actionId: string,
): { block: Block; element: Element } {
  const found = findElement(content(spot, user).blocks, blockId, actionId);
  if (!found) throw new Impossible(`There is no ${blockId}/${actionId} here (any more).`);
  return found;
}

export function surroundings(
  workspace: Workspace,
  user: User,
  suggested: ReadonlyMap<string, Option[]>,
): Surroundings {
  return {
    suggested,
    isUser: (id) => workspace.users.has(id),
    isConversation: (id) => workspace.conversations.has(id),
    file: (id) => {
      const file = workspace.files.get(id);
      return file?.complete && file.user === user.id ? fileForApi(workspace, file) : undefined;
    },
  };
}

export function failed(error: string, message: string): Failed {
  return { ok: false, error, message };
}
