import { keepBlocks } from "../blocks/walk.ts";
import { initialState } from "../inputs/state.ts";
import type { StateValues, Timestamp, UserId } from "../person-api.ts";
import { type Conversation, changed, type Message, nextTs, type Workspace } from "./workspace.ts";

export type Content = {
  text: string;
  /** Already checked. */
  blocks?: unknown;
  files?: string[];
  threadTs?: Timestamp;
  metadata?: unknown;
};

/** Most messages a conversation keeps: enough for months of a demo, and a bound. */
const mostMessages = 5_000;

export function addMessage(
  workspace: Workspace,
  conversation: Conversation,
  author: UserId,
  content: Content,
  ephemeralFor?: UserId,
): Message {
  const message: Message = {
    ts: nextTs(workspace),
    user: author,
    text: content.text,
    pinned: false,
    states: new Map(),
    suggested: new Map(),
    ...(content.blocks ? { blocks: keepBlocks(content.blocks) } : {}),
    ...(content.files ? { files: content.files } : {}),
    ...(content.threadTs ? { threadTs: content.threadTs } : {}),
    ...(content.metadata ? { metadata: content.metadata } : {}),
    ...(ephemeralFor ? { ephemeralFor } : {}),
  };
  conversation.messages.push(message);
  if (conversation.messages.length > mostMessages) conversation.messages.shift();
  changed(workspace);
  return message;
}

/** Replaces what is given; blocks that are left out stay, as Slack's reference says of `chat.update`. */
export function editMessage(
  workspace: Workspace,
  message: Message,
  content: { text?: string | undefined; blocks?: unknown; metadata?: unknown },
): void {
  if (content.text !== undefined) message.text = content.text;
  if (content.blocks !== undefined) {
    message.blocks = keepBlocks(content.blocks);
    message.states.clear();
    message.suggested.clear();
    if (message.blocks.length === 0) delete message.blocks;
  }
  if (content.metadata !== undefined) message.metadata = content.metadata;
  message.editedTs = nextTs(workspace);
  changed(workspace);
}

export function removeMessage(workspace: Workspace, conversation: Conversation, message: Message): void {
  conversation.messages.splice(conversation.messages.indexOf(message), 1);
  changed(workspace);
}

/** A message that methods can reach: never an ephemeral one. */
export function findMessage(conversation: Conversation, ts: Timestamp): Message | undefined {
  return conversation.messages.findLast((message) => message.ts === ts && message.ephemeralFor === undefined);
}

export function visibleTo(message: Message, user: UserId): boolean {
  return message.ephemeralFor === undefined || message.ephemeralFor === user;
}

/** What this person chose in the message's selects and inputs, with initial values where nothing was chosen. */
export function messageState(message: Message, user: UserId): StateValues {
  const known = message.states.get(user);
  if (known) return known;
  const fresh = initialState(message.blocks ?? [], undefined);
  message.states.set(user, fresh);
  return fresh;
}

export function messageForApi(workspace: Workspace, message: Message): Record<string, unknown> {
  const { settings, manifest } = workspace;
  const byApp = message.user === settings.botUserId;
  return {
    type: "message",
    user: message.user,
    ts: message.ts,
    ...(byApp
      ? {
          bot_id: settings.botId,
          app_id: settings.appId,
          bot_profile: {
            id: settings.botId,
            app_id: settings.appId,
            name: manifest.features.bot_user.display_name,
            deleted: false,
            updated: 0,
            team_id: settings.teamId,
          },
        }
      : {}),
    text: message.text,
    team: settings.teamId,
    ...(message.blocks ? { blocks: message.blocks } : {}),
    ...(message.threadTs ? { thread_ts: message.threadTs } : {}),
    ...(message.editedTs ? { edited: { user: settings.botUserId, ts: message.editedTs } } : {}),
    ...(message.metadata ? { metadata: message.metadata } : {}),
    ...(message.files ? { files: message.files.map((id) => ({ id })) } : {}),
    ...(message.pinned ? { pinned_to: [] } : {}),
  };
}
