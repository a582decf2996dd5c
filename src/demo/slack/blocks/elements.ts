import { z } from "zod";
import { limits } from "../limits.ts";
import { checkboxes, multiSelects, overflow, radioButtons, selects } from "./choices.ts";
import { base, confirm, dispatch, focus, hint, picker } from "./element-parts.ts";
import { colorScheme, plainText } from "./texts.ts";

/** Block Kit's elements, one schema each, and the blocks they may stand in. */

const dateText = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "must be a date such as 2026-01-31");
const timeText = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time such as 09:30");

export const imageSource = {
  image_url: z.string().max(limits.image.url).optional(),
  slack_file: z.strictObject({ id: z.string().optional(), url: z.string().optional() }).optional(),
  alt_text: z.string().min(1).max(limits.image.altText),
};

export function oneImageSource(
  image: { image_url?: string; slack_file?: unknown },
  context: z.RefinementCtx,
) {
  if ((image.image_url === undefined) === (image.slack_file === undefined))
    context.addIssue({ code: "custom", message: "must define either `image_url` or `slack_file`" });
}

export const imageElement = z
  .strictObject({ type: z.literal("image"), ...imageSource })
  .superRefine(oneImageSource);

export const button = z.strictObject({
  type: z.literal("button"),
  ...base,
  ...confirm,
  text: plainText(limits.button.text),
  value: z.string().max(limits.button.value).optional(),
  url: z.string().max(limits.button.url).optional(),
  style: colorScheme.optional(),
  accessibility_label: z.string().max(limits.button.accessibilityLabel).optional(),
});

const datepicker = z.strictObject({
  type: z.literal("datepicker"),
  ...picker,
  initial_date: dateText.optional(),
});
const timepicker = z.strictObject({
  type: z.literal("timepicker"),
  ...picker,
  initial_time: timeText.optional(),
  timezone: z.string().optional(),
});
const datetimepicker = z.strictObject({
  type: z.literal("datetimepicker"),
  ...base,
  ...confirm,
  ...focus,
  initial_date_time: z.int().min(1_000_000_000).max(9_999_999_999).optional(),
});

const characters = limits.plainTextInput.characters;
const plainTextInput = z
  .strictObject({
    type: z.literal("plain_text_input"),
    ...base,
    ...focus,
    ...hint,
    ...dispatch,
    initial_value: z.string().max(characters).optional(),
    multiline: z.boolean().optional(),
    min_length: z.int().min(0).max(characters).optional(),
    max_length: z.int().min(1).max(characters).optional(),
  })
  .superRefine((input, context) => {
    if (
      input.min_length !== undefined &&
      input.max_length !== undefined &&
      input.min_length > input.max_length
    )
      context.addIssue({
        code: "custom",
        path: ["min_length"],
        message: "must not be more than `max_length`",
      });
  });
const numberText = z.string().regex(/^-?\d+(\.\d+)?$/, "must be a number in a string");
const numberInput = z.strictObject({
  type: z.literal("number_input"),
  ...base,
  ...focus,
  ...hint,
  ...dispatch,
  is_decimal_allowed: z.boolean(),
  initial_value: numberText.optional(),
  min_value: numberText.optional(),
  max_value: numberText.optional(),
});
const lineInput = { ...base, ...focus, ...hint, ...dispatch, initial_value: z.string().optional() };
const emailInput = z.strictObject({ type: z.literal("email_text_input"), ...lineInput });
const urlInput = z.strictObject({ type: z.literal("url_text_input"), ...lineInput });
const richTextInput = z.strictObject({
  type: z.literal("rich_text_input"),
  ...base,
  ...focus,
  ...hint,
  ...dispatch,
  initial_value: z.looseObject({ type: z.literal("rich_text") }).optional(),
});
const fileInput = z.strictObject({
  type: z.literal("file_input"),
  ...base,
  filetypes: z.array(z.string()).min(1).optional(),
  max_files: z.int().min(1).max(limits.fileInput.files).optional(),
});

export const sectionAccessory = z.discriminatedUnion("type", [
  ...selects,
  ...multiSelects,
  button,
  overflow,
  imageElement,
  radioButtons,
  checkboxes,
  datepicker,
  timepicker,
]);

export const actionsElement = z.discriminatedUnion("type", [
  ...selects,
  ...multiSelects,
  button,
  overflow,
  radioButtons,
  checkboxes,
  datepicker,
  timepicker,
  datetimepicker,
  richTextInput,
]);

export const inputElement = z.discriminatedUnion("type", [
  ...selects,
  ...multiSelects,
  radioButtons,
  checkboxes,
  datepicker,
  timepicker,
  datetimepicker,
  plainTextInput,
  numberInput,
  emailInput,
  urlInput,
  richTextInput,
  fileInput,
]);
