import { elementsOf } from "../blocks/walk.ts";
import { Impossible } from "../inputs/enter.ts";
import type { Block, Conversation, Entered, EnteredValues, Message, Modal, Place } from "../person-api.ts";
import { dmWith, findConversation } from "../workspace/conversations.ts";
import type { User, Workspace } from "../workspace/workspace.ts";
import { conversationFor, homeFor, modalsFor } from "./snapshot.ts";

/** From the names a test uses to what stands on someone's screen. Everything throws Impossible, with what there is. */

/** A message as someone sees it, or the top modal, or Home. */
export type Target = Message | "modal" | "home";

/** `{"name/value": "vision"}`: a block id, an action id, or `block/action` -> what is entered. */
export type Filled = Record<string, Entered>;

export type Resolved = { place: Place; blockId: string; actionId: string; confirm?: string };

export function conversationNamed(workspace: Workspace, user: User, name: string): Conversation {
  const found = name === "dm" ? dmWith(workspace, user.id) : findConversation(workspace, name);
  const isHidden = found && !found.members.has(user.id) && (found.isPrivate || found.kind === "dm");
  if (found && !isHidden) return conversationFor(workspace, found, user);
  const channels = [...workspace.conversations.values()]
    .filter((c) => c.kind === "channel")
    .map((c) => c.name);
  throw new Impossible(`${user.name} sees no conversation ${name}; there is dm, ${channels.join(", ")}.`);
}

export function topModalOf(workspace: Workspace, user: User): Modal {
  const top = modalsFor(workspace, user).at(-1);
  if (!top) throw new Impossible(`${user.name} has no modal open.`);
  return top;
}

/** An element by its action id, `block/action`, or the words on a button. */
export function resolve(workspace: Workspace, user: User, target: Target, action: string): Resolved {
  const { place, blocks } = placeOf(workspace, user, target);
  const all = blocks
    .flatMap((block) => elementsOf(block))
    .map(({ block, element }) => ({
      blockId: block.block_id,
      actionId: element.action_id,
      label: (element.text as { text?: string } | undefined)?.text,
      confirm: (element.confirm as { text: { text: string } } | undefined)?.text.text,
    }));
  const byId = all.filter((e) => e.actionId === action || `${e.blockId}/${e.actionId}` === action);
  const [first, second] = byId.length > 0 ? byId : all.filter((e) => e.label === action);
  const names = all.map((e) => `${e.blockId}/${e.actionId}${e.label ? ` "${e.label}"` : ""}`).join(", ");
  if (!first) throw new Impossible(`There is no "${action}" here; there is ${names || "nothing to act on"}.`);
  if (second)
    throw new Impossible(`"${action}" could be several; there is ${names}. Name it as block/action.`);
  const { blockId, actionId, confirm } = first;
  return { place, blockId, actionId, ...(confirm ? { confirm } : {}) };
}

/** The blocks are those the person saw, also if the message has changed since: then Slack refuses or delivers, as it does. */
export function placeOf(workspace: Workspace, user: User, target: Target): { place: Place; blocks: Block[] } {
  if (target === "modal") {
    const top = topModalOf(workspace, user);
    return { place: { view: top.id }, blocks: top.blocks };
  }
  if (target === "home") {
    const home = homeFor(workspace, user);
    if (!home) throw new Impossible(`The app has published no Home for ${user.name}.`);
    return { place: { view: home.id }, blocks: home.blocks };
  }
  const inside = [...workspace.conversations.values()].find(
    (c) =>
      c.members.has(user.id) &&
      c.messages.some(
        (m) => m.ts === target.ts && (m.ephemeralFor === undefined || m.ephemeralFor === user.id),
      ),
  );
  if (!inside) throw new Impossible(`${user.name} does not see the message ${target.ts} (any more).`);
  return { place: { message: { channel: inside.id, ts: target.ts } }, blocks: target.blocks ?? [] };
}

/** What is filled into the top modal, by block and action. */
export function enteredValues(workspace: Workspace, user: User, values: Filled): EnteredValues {
  const slots = Object.entries(topModalOf(workspace, user).state).flatMap(([blockId, actions]) =>
    Object.keys(actions).map((actionId) => ({ blockId, actionId })),
  );
  const there = slots.map((s) => `${s.blockId}/${s.actionId}`).join(", ") || "nothing to fill in";
  const entered: EnteredValues = {};
  for (const [name, value] of Object.entries(values)) {
    const [slot, other] = slots.filter(({ blockId, actionId }) =>
      [`${blockId}/${actionId}`, blockId, actionId].includes(name),
    );
    if (!slot || other)
      throw new Impossible(`"${name}" is ${slot ? "ambiguous" : "not"} in this modal; there is ${there}.`);
    entered[slot.blockId] = { ...entered[slot.blockId], [slot.actionId]: value };
  }
  return entered;
}
