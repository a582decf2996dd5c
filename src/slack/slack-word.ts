import { z } from "zod";

const refusedBySlack = z.object({ data: z.object({ ok: z.literal(false).optional(), error: z.string() }) });

/** Slack's own word for why it said no (`channel_not_found`); undefined if it did not answer, or not like that. */
export function slackWord(error: unknown): string | undefined {
  const read = refusedBySlack.safeParse(error);
  return read.success ? read.data.data.error : undefined;
}
