import { z } from "zod";
import { limits } from "../limits.ts";

const style = z
  .strictObject({
    bold: z.boolean().optional(),
    italic: z.boolean().optional(),
    strike: z.boolean().optional(),
    code: z.boolean().optional(),
    underline: z.boolean().optional(),
  })
  .optional();

const leaf = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string().min(1), style }),
  z.strictObject({
    type: z.literal("link"),
    url: z.string().min(1),
    text: z.string().optional(),
    unsafe: z.boolean().optional(),
    style,
  }),
  z.strictObject({
    type: z.literal("emoji"),
    name: z.string().min(1),
    unicode: z.string().optional(),
    style,
  }),
  z.strictObject({ type: z.literal("user"), user_id: z.string(), style }),
  z.strictObject({ type: z.literal("channel"), channel_id: z.string(), style }),
  z.strictObject({ type: z.literal("usergroup"), usergroup_id: z.string(), style }),
  z.strictObject({ type: z.literal("broadcast"), range: z.enum(["here", "channel", "everyone"]), style }),
  z.strictObject({ type: z.literal("color"), value: z.string(), style }),
  z.strictObject({
    type: z.literal("date"),
    timestamp: z.int(),
    format: z.string().min(1),
    url: z.string().optional(),
    fallback: z.string().optional(),
    style,
  }),
]);

const border = { border: z.union([z.literal(0), z.literal(1)]).optional() };
const part = { elements: z.array(leaf) };

/** https://docs.slack.dev/reference/block-kit/blocks/rich-text-block */
export const richTextBlock = z.strictObject({
  type: z.literal("rich_text"),
  block_id: z.string().min(1).max(limits.id).optional(),
  elements: z.array(
    z.discriminatedUnion("type", [
      z.strictObject({ type: z.literal("rich_text_section"), ...part }),
      z.strictObject({
        type: z.literal("rich_text_preformatted"),
        ...part,
        ...border,
        language: z.string().optional(),
      }),
      z.strictObject({ type: z.literal("rich_text_quote"), ...part, ...border }),
      z.strictObject({
        type: z.literal("rich_text_list"),
        style: z.enum(["bullet", "ordered"]),
        elements: z.array(z.strictObject({ type: z.literal("rich_text_section"), ...part })).min(1),
        indent: z.int().min(0).max(8).optional(),
        offset: z.int().min(0).optional(),
        ...border,
      }),
    ]),
  ),
});
