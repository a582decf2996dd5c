import type { UserId } from "../person-api.ts";
import { type ChannelOptions, channelOptions } from "../settings.ts";
import { slackbotId } from "./users.ts";
import { type Conversation, changed, type Workspace } from "./workspace.ts";

/** Whom a post may reach: a channel the bot is in, or a person's DM with the app. The error is Slack's word. */
export type Reached = { ok: true; conversation: Conversation } | { ok: false; error: string };

/**
 * Finds what a `channel` argument names: a channel id, `#name`, a DM id, or a user id (the DM is opened by it, which needs
 * no scope beside chat:write).
 */
export function reach(workspace: Workspace, channel: string): Reached {
  const user = workspace.users.get(channel);
  if (user) {
    if (user.id === slackbotId || user.isBot) return { ok: false, error: "cannot_dm_bot" };
    // Real Slack's answer for a deactivated person is not documented; it is a refusal.
    if (user.deleted) return { ok: false, error: "user_not_found" };
    if (!workspace.manifest.features.app_home.messages_tab_enabled)
      return { ok: false, error: "messages_tab_disabled" };
    return { ok: true, conversation: dmWith(workspace, user.id) };
  }
  const found = findConversation(workspace, channel);
  if (!found) return { ok: false, error: "channel_not_found" };
  if (!found.members.has(workspace.settings.botUserId))
    return { ok: false, error: found.isPrivate ? "channel_not_found" : "not_in_channel" };
  if (found.kind === "dm" && !workspace.manifest.features.app_home.messages_tab_enabled)
    return { ok: false, error: "messages_tab_disabled" };
  return { ok: true, conversation: found };
}

export function findConversation(workspace: Workspace, channel: string): Conversation | undefined {
  const byId = workspace.conversations.get(channel);
  if (byId) return byId;
  const name = channel.replace(/^#/, "");
  return [...workspace.conversations.values()].find((c) => c.kind === "channel" && c.name === name);
}

export function dmWith(workspace: Workspace, user: UserId): Conversation {
  const id = dmId(user);
  const existing = workspace.conversations.get(id);
  if (existing) return existing;
  const dm: Conversation = {
    id,
    kind: "dm",
    name: workspace.manifest.features.bot_user.display_name,
    isPrivate: true,
    members: new Set([user, workspace.settings.botUserId]),
    messages: [],
  };
  workspace.conversations.set(id, dm);
  changed(workspace);
  return dm;
}

function dmId(user: UserId): string {
  return `D${user.slice(1)}`;
}

export function addChannel(workspace: Workspace, options: ChannelOptions): Conversation {
  const channel = channelOptions.parse(options);
  const people = [...workspace.users.values()].filter((user) => !user.isBot && user.id !== slackbotId);
  const members = new Set(channel.members === "all" ? people.map((user) => user.id) : channel.members);
  if (channel.hasApp) members.add(workspace.settings.botUserId);
  const conversation: Conversation = {
    id: channel.id,
    kind: "channel",
    name: channel.name,
    ...(channel.topic ? { topic: channel.topic } : {}),
    isPrivate: channel.isPrivate,
    members,
    messages: [],
  };
  workspace.conversations.set(channel.id, conversation);
  changed(workspace);
  return conversation;
}

/** The name Slack writes in payloads. */
export function payloadName(conversation: Conversation): string {
  if (conversation.kind === "dm") return "directmessage";
  return conversation.isPrivate ? "privategroup" : conversation.name;
}
