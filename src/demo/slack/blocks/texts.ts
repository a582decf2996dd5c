import { z } from "zod";
import { limits } from "../limits.ts";

/** The composition objects that blocks and elements are made of. Unknown fields are refused, as Slack does. */

export function plainText(most: number) {
  return z.strictObject({
    type: z.literal("plain_text"),
    text: z.string().min(1).max(most),
    emoji: z.boolean().optional(),
  });
}

export function mrkdwn(most: number) {
  return z.strictObject({
    type: z.literal("mrkdwn"),
    text: z.string().min(1).max(most),
    verbatim: z.boolean().optional(),
  });
}

export function anyText(most: number) {
  return z.discriminatedUnion("type", [plainText(most), mrkdwn(most)]);
}

const style = z.enum(["primary", "danger"]);

export const confirmDialog = z.strictObject({
  title: plainText(limits.confirm.title).optional(),
  text: anyText(limits.confirm.text),
  confirm: plainText(limits.confirm.button).optional(),
  deny: plainText(limits.confirm.button).optional(),
  style: style.optional(),
});

export const colorScheme = style;

const optionFields = {
  value: z.string().min(1).max(limits.option.value),
  description: plainText(limits.option.description).optional(),
};

/** An option of a menu: plain text only. */
export const menuOption = z.strictObject({ text: plainText(limits.option.text), ...optionFields });
/** An option of radio buttons or checkboxes: mrkdwn too. */
export const choiceOption = z.strictObject({ text: anyText(limits.option.text), ...optionFields });
/** An option of an overflow menu may be a link. */
export const overflowOption = z.strictObject({
  text: plainText(limits.option.text),
  ...optionFields,
  url: z.string().max(limits.option.url).optional(),
});

export const optionGroup = z.strictObject({
  label: plainText(limits.optionGroup.label),
  options: z.array(menuOption).min(1).max(limits.select.options),
});

export const placeholder = plainText(limits.select.placeholder);

/** What an app answers to a `block_suggestion`. */
export const suggestionAnswer = z.union([
  z.strictObject({ options: z.array(menuOption).max(limits.select.options) }),
  z.strictObject({ option_groups: z.array(optionGroup).max(limits.select.groups) }),
]);
