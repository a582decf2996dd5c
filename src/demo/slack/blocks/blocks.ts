import { z } from "zod";
import { limits } from "../limits.ts";
import {
  actionsElement,
  button,
  imageElement,
  imageSource,
  inputElement,
  oneImageSource,
  sectionAccessory,
} from "./elements.ts";
import { richTextBlock } from "./rich-text.ts";
import { anyText, mrkdwn, plainText } from "./texts.ts";

/**
 * Block Kit's blocks, one schema each, and where each may stand. `video`, `file`, `context_actions` and `container` are
 * unknown to the simulator (real Slack has them) and refused as an unsupported type.
 */

const base = { block_id: z.string().min(1).max(limits.id).optional() };

const section = z
  .strictObject({
    type: z.literal("section"),
    ...base,
    text: anyText(limits.section.text).optional(),
    fields: z.array(anyText(limits.section.field)).min(1).max(limits.section.fields).optional(),
    accessory: sectionAccessory.optional(),
    expand: z.boolean().optional(),
  })
  .superRefine((block, context) => {
    if (block.text === undefined && block.fields === undefined)
      context.addIssue({ code: "custom", message: "must define either `text` or `fields`" });
  });

const header = z.strictObject({ type: z.literal("header"), ...base, text: plainText(limits.header) });
const divider = z.strictObject({ type: z.literal("divider"), ...base });
const actions = z.strictObject({
  type: z.literal("actions"),
  ...base,
  elements: z.array(actionsElement).min(1).max(limits.actionsElements),
});
const context = z.strictObject({
  type: z.literal("context"),
  ...base,
  elements: z
    .array(
      z.discriminatedUnion("type", [imageElement, plainText(limits.contextText), mrkdwn(limits.contextText)]),
    )
    .min(1)
    .max(limits.contextElements),
});
const image = z
  .strictObject({
    type: z.literal("image"),
    ...base,
    ...imageSource,
    title: plainText(limits.image.title).optional(),
  })
  .superRefine(oneImageSource);
const input = z.strictObject({
  type: z.literal("input"),
  ...base,
  label: plainText(limits.input.label),
  hint: plainText(limits.input.hint).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
  element: inputElement,
});
const card = z
  .strictObject({
    type: z.literal("card"),
    ...base,
    hero_image: imageElement.optional(),
    icon: imageElement.optional(),
    title: mrkdwn(limits.card.title).optional(),
    subtitle: mrkdwn(limits.card.subtitle).optional(),
    body: mrkdwn(limits.card.body).optional(),
    actions: z.array(button).min(1).max(limits.card.actions).optional(),
  })
  .superRefine((block, ctx) => {
    if (!block.hero_image && !block.title && !block.actions && !block.body)
      ctx.addIssue({
        code: "custom",
        message: "must define one of `hero_image`, `title`, `actions` or `body`",
      });
  });
const carousel = z.strictObject({
  type: z.literal("carousel"),
  ...base,
  elements: z.array(card).min(1).max(limits.carouselCards),
});
const alert = z.strictObject({
  type: z.literal("alert"),
  ...base,
  text: anyText(limits.section.text),
  level: z.enum(["default", "info", "warning", "error", "success"]).optional(),
});
const markdown = z.strictObject({
  type: z.literal("markdown"),
  ...base,
  text: z.string().min(1).max(limits.markdown),
});
const cell = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("raw_text"), text: z.string().min(1) }),
  z.strictObject({ type: z.literal("raw_number"), value: z.number(), text: z.string().min(1) }),
  richTextBlock,
]);
const table = z.strictObject({
  type: z.literal("table"),
  ...base,
  rows: z.array(z.array(cell).min(1).max(limits.table.cells)).min(1).max(limits.table.rows),
  column_settings: z
    .array(
      z
        .strictObject({
          align: z.enum(["left", "center", "right"]).optional(),
          is_wrapped: z.boolean().optional(),
        })
        .nullable(),
    )
    .max(limits.table.cells)
    .optional(),
});
/** Newer kinds for messages that nothing here uses yet: their place is checked, their inside is not. */
const loose = <T extends string>(type: T) => z.looseObject({ type: z.literal(type), ...base });

export const anyBlock = z.discriminatedUnion("type", [
  section,
  header,
  divider,
  actions,
  context,
  image,
  input,
  richTextBlock,
  card,
  carousel,
  alert,
  markdown,
  table,
  loose("data_table"),
  loose("plan"),
  loose("task_card"),
  loose("data_visualization"),
]);

export type Surface = "message" | "modal" | "home";

/** Blocks that may not stand everywhere. */
export const surfacesOf: Readonly<Record<string, readonly Surface[]>> = {
  table: ["message"],
  data_table: ["message"],
  markdown: ["message"],
  plan: ["message"],
  task_card: ["message"],
  data_visualization: ["message"],
  alert: ["modal"],
  carousel: ["message", "home"],
};
