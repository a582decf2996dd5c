import { randomBytes } from "node:crypto";
import { z } from "zod";
import { checkBlocks } from "../blocks/check.ts";
import { limits } from "../limits.ts";
import type { Timestamp, UserId } from "../person-api.ts";
import { addMessage, editMessage, removeMessage } from "./messages.ts";
import type { Conversation, Message, ResponseUrl, Workspace } from "./workspace.ts";

export function makeResponseUrl(
  workspace: Workspace,
  user: UserId,
  channel: string,
  original?: Timestamp,
): string {
  forgetOld(workspace);
  const id = randomBytes(12).toString("hex");
  const madeMs = workspace.clock.now();
  workspace.responseUrls.set(id, { user, channel, madeMs, uses: 0, ...(original ? { original } : {}) });
  return `${workspace.url}/respond/${workspace.settings.teamId}/${id}`;
}

function forgetOld(workspace: Workspace): void {
  const oldestMs = workspace.clock.now() - 2 * limits.responseUrl.lifeMs;
  for (const [id, url] of workspace.responseUrls) {
    if (url.madeMs > oldestMs) return;
    workspace.responseUrls.delete(id);
  }
}

const responseSchema = z.object({
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  response_type: z.enum(["ephemeral", "in_channel"]).default("ephemeral"),
  replace_original: z.boolean().default(false),
  delete_original: z.boolean().default(false),
  thread_ts: z.string().optional(),
});

export type Responded = { ok: true } | { ok: false; status: number; error: string; complaints?: string[] };

/** A POST to a response_url. 5 times in 30 min; no membership is needed. */
export function respond(workspace: Workspace, id: string, body: unknown): Responded {
  const url = workspace.responseUrls.get(id);
  if (!url) return { ok: false, status: 404, error: "expired_url" };
  if (workspace.clock.now() - url.madeMs > limits.responseUrl.lifeMs)
    return { ok: false, status: 404, error: "expired_url" };
  if (url.uses >= limits.responseUrl.uses) return { ok: false, status: 404, error: "used_url" };
  const responded = answerHere(workspace, url, body);
  if (responded.ok) url.uses += 1;
  return responded;
}

/** What a response_url and a command's acknowledgement may say. */
export function answerHere(workspace: Workspace, url: ResponseUrl, body: unknown): Responded {
  const read = responseSchema.safeParse(body);
  if (!read.success)
    return { ok: false, status: 400, error: "invalid_payload", complaints: [z.prettifyError(read.error)] };
  const { text, blocks, response_type, replace_original, delete_original, thread_ts } = read.data;
  const conversation = workspace.conversations.get(url.channel);
  if (!conversation) return { ok: false, status: 404, error: "channel_not_found" };
  const original = originalOf(conversation, url);
  if (delete_original) {
    if (!original) return { ok: false, status: 404, error: "message_not_found" };
    removeMessage(workspace, conversation, original);
    return { ok: true };
  }
  if (text === undefined && blocks === undefined) return { ok: false, status: 400, error: "no_text" };
  const complaints = blocks === undefined ? [] : checkBlocks(blocks, "message");
  if (complaints.length > 0) return { ok: false, status: 400, error: "invalid_blocks", complaints };
  if (blocks !== undefined && !text)
    workspace.journal.complain(
      "A response has blocks and no top-level text, which notifications and screen readers use.",
    );
  if (replace_original && original) {
    editMessage(workspace, original, { text: text ?? "", blocks: blocks ?? [] });
    return { ok: true };
  }
  const seenBy = response_type === "ephemeral" ? url.user : undefined;
  addMessage(
    workspace,
    conversation,
    workspace.settings.botUserId,
    { text: text ?? "", blocks, ...(thread_ts ? { threadTs: thread_ts } : {}) },
    seenBy,
  );
  return { ok: true };
}

function originalOf(conversation: Conversation, url: ResponseUrl): Message | undefined {
  return conversation.messages.find((message) => message.ts === url.original);
}
