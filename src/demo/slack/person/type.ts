import { eventCallback, slashCommand } from "../app-link/payloads.ts";
import { Impossible } from "../inputs/enter.ts";
import type { Outcome, UserId } from "../person-api.ts";
import { findConversation } from "../workspace/conversations.ts";
import { addMessage } from "../workspace/messages.ts";
import { answerHere } from "../workspace/response-urls.ts";
import { slackbotId } from "../workspace/users.ts";
import { type Conversation, changed, type User, type Workspace } from "../workspace/workspace.ts";
import { actor, failed, type Stage } from "./stage.ts";

/** A line typed into a conversation: a slash command, or something said. Resolves when the app acknowledged or failed to. */
export async function type(stage: Stage, userId: UserId, channel: string, text: string): Promise<Outcome> {
  const { workspace } = stage;
  const user = actor(workspace, userId);
  const conversation = findConversation(workspace, channel);
  if (!conversation?.members.has(user.id)) throw new Impossible(`${user.name} is not in ${channel}.`);
  const line = text.trim();
  if (line === "") throw new Impossible("An empty line can't be sent.");
  if (line.startsWith("/")) return command(stage, user, conversation, line);
  return say(stage, user, conversation, line);
}

async function command(stage: Stage, user: User, conversation: Conversation, line: string): Promise<Outcome> {
  const { workspace, link } = stage;
  const space = line.search(/\s/);
  const name = space === -1 ? line : line.slice(0, space);
  const words = space === -1 ? "" : line.slice(space).trim();
  if (name === "/invite") return invite(workspace, conversation, words);
  const declared = workspace.manifest.features.slash_commands.find((c) => c.command === name);
  if (!declared)
    return fromSlackbot(
      workspace,
      user,
      conversation,
      "unknown_command",
      `\`${name}\` is not a valid command. In Slack, all messages that start with the “/” symbol are interpreted as commands.`,
    );
  const payload = slashCommand(
    workspace,
    user,
    conversation,
    name,
    declared.should_escape ? withMentions(workspace, words) : words,
  );
  const acknowledged = await link.ask("slash_commands", payload);
  if (!acknowledged.ok)
    return fromSlackbot(
      workspace,
      user,
      conversation,
      acknowledged.error,
      `${name} failed with the error "${acknowledged.error}"`,
    );
  return sayAcknowledged(workspace, user, conversation, name, acknowledged.payload);
}

/** A command's acknowledgement may be its answer. */
function sayAcknowledged(
  workspace: Workspace,
  user: User,
  conversation: Conversation,
  name: string,
  payload: unknown,
): Outcome {
  const isEmpty =
    payload === undefined ||
    payload === null ||
    payload === "" ||
    (typeof payload === "object" && Object.keys(payload).length === 0);
  if (isEmpty) return { ok: true };
  const url = { user: user.id, channel: conversation.id, madeMs: 0, uses: 0 };
  const said = answerHere(workspace, url, payload);
  if (said.ok) return { ok: true };
  const why = [said.error, ...(said.complaints ?? [])].join("; ");
  workspace.journal.complain(`${name}: its acknowledgement can't be shown: ${why}`);
  return fromSlackbot(
    workspace,
    user,
    conversation,
    "invalid_command_response",
    `${name} failed because the app gave an invalid response.`,
  );
}

function fromSlackbot(
  workspace: Workspace,
  user: User,
  conversation: Conversation,
  error: string,
  message: string,
): Outcome {
  addMessage(workspace, conversation, slackbotId, { text: message }, user.id);
  return failed(error, message);
}

/** Slack's own `/invite @Berth`. */
function invite(workspace: Workspace, conversation: Conversation, words: string): Outcome {
  const name = words.replace(/^@/, "").toLowerCase();
  const app = workspace.manifest.features.bot_user.display_name.toLowerCase();
  const person = [...workspace.users.values()].find((u) => u.name.toLowerCase() === name);
  const id = name === app ? workspace.settings.botUserId : person?.id;
  if (!id || conversation.kind === "dm")
    return failed("user_not_found", `There is nobody called ${words} to invite.`);
  conversation.members.add(id);
  changed(workspace);
  return { ok: true };
}

function say(stage: Stage, user: User, conversation: Conversation, line: string): Outcome {
  const { workspace, link } = stage;
  const home = workspace.manifest.features.app_home;
  if (conversation.kind === "dm" && (!home.messages_tab_enabled || home.messages_tab_read_only_enabled))
    throw new Impossible("Sending messages to this app has been turned off.");
  const text = withMentions(workspace, escaped(line));
  const message = addMessage(workspace, conversation, user.id, { text });
  const kind = conversation.kind === "dm" ? "im" : conversation.isPrivate ? "group" : "channel";
  const event = kind === "channel" ? "message.channels" : kind === "group" ? "message.groups" : "message.im";
  if (
    workspace.manifest.settings.event_subscriptions.bot_events.includes(event) &&
    conversation.members.has(workspace.settings.botUserId)
  )
    link.tell(
      eventCallback(workspace, {
        type: "message",
        user: user.id,
        text,
        ts: message.ts,
        team: workspace.settings.teamId,
        channel: conversation.id,
        channel_type: kind,
      }),
    );
  return { ok: true };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** @ben and #gpu become `<@U…|ben>` and `<#C…|gpu>`, as the client does it. */
function withMentions(workspace: Workspace, text: string): string {
  return text.replace(/(^|\s)([@#])([\w.-]+)/g, (whole, before: string, sign: string, name: string) => {
    if (sign === "@") {
      const user = [...workspace.users.values()].find((u) => u.name === name);
      return user ? `${before}<@${user.id}|${user.name}>` : whole;
    }
    const channel = [...workspace.conversations.values()].find(
      (c) => c.kind === "channel" && c.name === name,
    );
    return channel ? `${before}<#${channel.id}|${channel.name}>` : whole;
  });
}
