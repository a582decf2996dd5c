import type * as Shown from "../person-api.ts";
import { dmWith } from "../workspace/conversations.ts";
import { messageState, visibleTo } from "../workspace/messages.ts";
import { tzOffsetSeconds } from "../workspace/users.ts";
import type { Conversation, Message, User, View, Workspace } from "../workspace/workspace.ts";

const mostMessages = 200;

/** Everything one person sees. A deep copy: what happens later does not change it. */
export function snapshot(workspace: Workspace, user: User): Shown.Snapshot {
  const { manifest, settings } = workspace;
  const dm = dmWith(workspace, user.id);
  const channels = [...workspace.conversations.values()]
    .filter((c) => c.kind === "channel" && (!c.isPrivate || c.members.has(user.id)))
    .sort((a, b) => a.name.localeCompare(b.name));
  const extras = typeof workspace.extras === "function" ? workspace.extras(user.id) : workspace.extras;
  return structuredClone({
    version: workspace.version,
    workspace: { name: settings.workspaceName, domain: settings.domain },
    me: person(workspace, user),
    users: [...workspace.users.values()].map((u) => person(workspace, u)),
    app: {
      id: settings.appId,
      name: manifest.features.bot_user.display_name,
      description: manifest.display_information.description,
      color: manifest.display_information.background_color,
      botUserId: settings.botUserId,
      hasHome: manifest.features.app_home.home_tab_enabled,
      hasMessages: manifest.features.app_home.messages_tab_enabled,
    },
    conversations: [...channels, dm].map((c) => conversationSeenBy(workspace, c, user)),
    modals: modalsFor(workspace, user),
    home: homeFor(workspace, user),
    commands: manifest.features.slash_commands.map((c) => ({
      command: c.command,
      description: c.description,
      usageHint: c.usage_hint ?? "",
      appName: manifest.features.bot_user.display_name,
    })),
    appConnected: workspace.appConnected(),
    ...(workspace.banner ? { banner: workspace.banner } : {}),
    ...(extras ? { extras } : {}),
  });
}

export function person(workspace: Workspace, user: User): Shown.Person {
  return {
    id: user.id,
    name: user.name,
    realName: user.realName,
    ...(user.title ? { title: user.title } : {}),
    color: user.color,
    tz: user.tz,
    tzOffsetSeconds: tzOffsetSeconds(user.tz, workspace.clock.now()),
    isBot: user.isBot,
    isGuest: user.isGuest,
    isAdmin: user.isAdmin,
    deleted: user.deleted,
  };
}

/** One conversation as this person sees it; a deep copy too. */
export function conversationFor(
  workspace: Workspace,
  conversation: Conversation,
  user: User,
): Shown.Conversation {
  return structuredClone(conversationSeenBy(workspace, conversation, user));
}

export function modalsFor(workspace: Workspace, user: User): Shown.Modal[] {
  return structuredClone((workspace.modals.get(user.id) ?? []).map(modal));
}

export function homeFor(workspace: Workspace, user: User): Shown.HomeView | null {
  const home = workspace.homes.get(user.id);
  if (!home) return null;
  return structuredClone({ id: home.id, blocks: home.blocks, state: home.state, revision: home.revision });
}

function conversationSeenBy(
  workspace: Workspace,
  conversation: Conversation,
  user: User,
): Shown.Conversation {
  return {
    id: conversation.id,
    kind: conversation.kind,
    name: conversation.name,
    ...(conversation.topic ? { topic: conversation.topic } : {}),
    isMember: conversation.members.has(user.id),
    appIsMember: conversation.members.has(workspace.settings.botUserId),
    messages: conversation.messages
      .filter((message) => visibleTo(message, user.id))
      .slice(-mostMessages)
      .map((message) => messageSeenBy(workspace, message, user)),
  };
}

function messageSeenBy(workspace: Workspace, message: Message, user: User): Shown.Message {
  return {
    ts: message.ts,
    user: message.user,
    text: message.text,
    ...(message.blocks ? { blocks: message.blocks, state: messageState(message, user.id) } : {}),
    ...(message.editedTs ? { edited: { ts: message.editedTs } } : {}),
    ephemeral: message.ephemeralFor !== undefined,
    pinned: message.pinned,
    ...(message.threadTs ? { threadTs: message.threadTs } : {}),
    ...(message.files ? { files: message.files.flatMap((id) => fileShown(workspace, id)) } : {}),
  };
}

function fileShown(workspace: Workspace, id: string): Shown.FileShown[] {
  const file = workspace.files.get(id);
  if (!file) return [];
  const { name, title, mimetype, sizeBytes, alt } = file;
  return [{ id, name, title, mimetype, sizeBytes, ...(alt ? { alt } : {}), url: `/files/${id}` }];
}

function modal(view: View): Shown.Modal {
  return {
    id: view.id,
    title: view.title ?? { type: "plain_text", text: "" },
    ...(view.submit ? { submit: view.submit } : {}),
    ...(view.close ? { close: view.close } : {}),
    blocks: view.blocks,
    state: view.state,
    errors: view.errors,
    submitting: view.submitting,
    revision: view.revision,
  };
}
