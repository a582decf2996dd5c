import { z } from "zod";
import { checkBlocks } from "../blocks/check.ts";
import { limits } from "../limits.ts";
import { reach } from "../workspace/conversations.ts";
import { addMessage, editMessage, findMessage, messageForApi, removeMessage } from "../workspace/messages.ts";
import type { Conversation, Message, Workspace } from "../workspace/workspace.ts";
import { ApiError, defineMethod, flag, invalid, type Method } from "./method.ts";

const content = {
  channel: z.string().min(1),
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  attachments: z.never("the simulator knows no attachments").optional(),
  metadata: z.unknown().optional(),
};

export const chatMethods: readonly Method[] = [
  defineMethod({
    name: "chat.postMessage",
    scopes: ["chat:write"],
    args: z.looseObject({
      ...content,
      thread_ts: z.string().optional(),
      unfurl_links: flag.optional(),
      unfurl_media: flag.optional(),
    }),
    run(workspace, args) {
      const conversation = reached(workspace, args.channel);
      checkContent(workspace, args, limits.message.textCharacters, "chat.postMessage");
      if (args.thread_ts !== undefined && !findMessage(conversation, args.thread_ts))
        throw new ApiError("thread_not_found");
      const message = addMessage(workspace, conversation, workspace.settings.botUserId, {
        text: args.text ?? "",
        blocks: args.blocks,
        metadata: args.metadata,
        ...(args.thread_ts ? { threadTs: args.thread_ts } : {}),
      });
      return { channel: conversation.id, ts: message.ts, message: messageForApi(workspace, message) };
    },
  }),
  defineMethod({
    name: "chat.postEphemeral",
    scopes: ["chat:write"],
    args: z.looseObject({ ...content, user: z.string().min(1), thread_ts: z.string().optional() }),
    run(workspace, args) {
      const conversation = reached(workspace, args.channel);
      const user = workspace.users.get(args.user);
      if (!user || user.deleted || !conversation.members.has(user.id))
        throw new ApiError("user_not_in_channel");
      checkContent(workspace, args, limits.message.textCharacters, "chat.postEphemeral");
      const message = addMessage(
        workspace,
        conversation,
        workspace.settings.botUserId,
        {
          text: args.text ?? "",
          blocks: args.blocks,
          ...(args.thread_ts ? { threadTs: args.thread_ts } : {}),
        },
        user.id,
      );
      return { message_ts: message.ts };
    },
  }),
  defineMethod({
    name: "chat.update",
    scopes: ["chat:write"],
    args: z.looseObject({ ...content, ts: z.string().min(1) }),
    run(workspace, args) {
      const [conversation, message] = ownMessage(workspace, args.channel, args.ts, "cant_update_message");
      checkContent(workspace, args, limits.message.updateTextCharacters, "chat.update");
      editMessage(workspace, message, { text: args.text, blocks: args.blocks, metadata: args.metadata });
      return {
        channel: conversation.id,
        ts: message.ts,
        text: message.text,
        message: messageForApi(workspace, message),
      };
    },
  }),
  defineMethod({
    name: "chat.delete",
    scopes: ["chat:write"],
    args: z.looseObject({ channel: z.string().min(1), ts: z.string().min(1) }),
    run(workspace, args) {
      const [conversation, message] = ownMessage(workspace, args.channel, args.ts, "cant_delete_message");
      removeMessage(workspace, conversation, message);
      return { channel: conversation.id, ts: message.ts };
    },
  }),
  defineMethod({
    name: "chat.getPermalink",
    scopes: [],
    args: z.looseObject({ channel: z.string().min(1), message_ts: z.string().min(1) }),
    run(workspace, args) {
      const conversation = workspace.conversations.get(args.channel);
      if (!conversation) throw new ApiError("channel_not_found");
      if (!findMessage(conversation, args.message_ts)) throw new ApiError("message_not_found");
      const permalink = `${workspace.url}/archives/${conversation.id}/p${args.message_ts.replace(".", "")}`;
      return { channel: conversation.id, permalink };
    },
  }),
];

export function reached(workspace: Workspace, channel: string): Conversation {
  const found = reach(workspace, channel);
  if (!found.ok) throw new ApiError(found.error);
  return found.conversation;
}

/** `chat.update` and `chat.delete` take a conversation's id only, never a user's or a name. */
function ownMessage(
  workspace: Workspace,
  channel: string,
  ts: string,
  notYours: string,
): [Conversation, Message] {
  const conversation = workspace.conversations.get(channel);
  if (!conversation) throw new ApiError("channel_not_found");
  const message = findMessage(conversation, ts);
  if (!message) throw new ApiError("message_not_found");
  if (message.user !== workspace.settings.botUserId) throw new ApiError(notYours);
  return [conversation, message];
}

function checkContent(
  workspace: Workspace,
  args: { text?: string | undefined; blocks?: unknown },
  mostCharacters: number,
  method: string,
): void {
  const hasBlocks = args.blocks !== undefined && !(Array.isArray(args.blocks) && args.blocks.length === 0);
  if (!args.text && !hasBlocks) throw new ApiError("no_text");
  if (args.blocks !== undefined && !Array.isArray(args.blocks)) throw new ApiError("invalid_blocks_format");
  // Real Slack cuts a longer post off without an error; an app must not count on either.
  if ((args.text?.length ?? 0) > mostCharacters) throw new ApiError("msg_too_long");
  const complaints = args.blocks === undefined ? [] : checkBlocks(args.blocks, "message");
  for (const complaint of filesComplaints(workspace, args.blocks)) complaints.push(complaint);
  if (complaints.length > 0) throw invalid("invalid_blocks", complaints);
  // Not so behind a response_url: what is answered there may be longer.
  if (hasBlocks && JSON.stringify(args.blocks).length > limits.message.blocksCharacters)
    throw new ApiError("msg_blocks_too_long");
  if (hasBlocks && !args.text)
    workspace.journal.complain(
      `${method}: blocks without a top-level text, which notifications and screen readers use.`,
    );
}

/** An image by `slack_file` must be an image that was uploaded. */
export function filesComplaints(workspace: Workspace, blocks: unknown): string[] {
  if (!Array.isArray(blocks)) return [];
  return blocks.flatMap((block: { type?: string; slack_file?: { id?: string } }, index) => {
    if (block?.type !== "image" || !block.slack_file?.id) return [];
    const file = workspace.files.get(block.slack_file.id);
    return file?.complete && file.mimetype.startsWith("image/")
      ? []
      : [`invalid slack file [json-pointer:/blocks/${index}/slack_file]`];
  });
}
