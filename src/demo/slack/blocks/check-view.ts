import { z } from "zod";
import { limits } from "../limits.ts";
import { type Complaint, checkBlocks, complaintsOf } from "./check.ts";
import { plainText } from "./texts.ts";

const most = limits.view;

const common = {
  blocks: z.array(z.unknown()),
  private_metadata: z.string().max(most.privateMetadata).optional(),
  callback_id: z.string().max(most.callbackId).optional(),
  external_id: z.string().max(limits.id).optional(),
};

const viewSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("modal"),
    ...common,
    title: plainText(most.title),
    submit: plainText(most.submit).optional(),
    close: plainText(most.close).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
    submit_disabled: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal("home"), ...common }),
]);

/** A view as an app sends it. */
export type ViewDefinition = z.infer<typeof viewSchema>;
export type CheckedView =
  | { ok: true; view: ViewDefinition }
  | { ok: false; error: string; complaints: Complaint[] };

/** Reads a view that is to be a modal or a Home; `error` is Slack's word for what is wrong. */
export function checkView(view: unknown, wanted: "modal" | "home", at = "/view"): CheckedView {
  const read = viewSchema.safeParse(view);
  if (!read.success) return invalid(complaintsOf(read.error, at, view));
  if (read.data.type !== wanted) return invalid([`must be of type ${wanted} [json-pointer:${at}/type]`]);
  if (Buffer.byteLength(JSON.stringify(view)) > most.bytes)
    return { ok: false, error: "view_too_large", complaints: [] };
  const complaints = checkBlocks(read.data.blocks, wanted, `${at}/blocks`);
  if (complaints.length > 0) return invalid(complaints);
  if (read.data.type === "modal" && !read.data.submit && hasInput(read.data.blocks))
    return invalid([
      `missing required field: submit (a modal with input blocks needs it) [json-pointer:${at}]`,
    ]);
  return { ok: true, view: read.data };
}

function hasInput(blocks: unknown[]): boolean {
  return blocks.some((block) => (block as { type: string }).type === "input");
}

function invalid(complaints: Complaint[]): CheckedView {
  return { ok: false, error: "invalid_arguments", complaints };
}
