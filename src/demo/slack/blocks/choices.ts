import { z } from "zod";
import { limits } from "../limits.ts";
import { base, confirm, focus, hint, id, maxSelected, picker } from "./element-parts.ts";
import { choiceOption, menuOption, optionGroup, overflowOption } from "./texts.ts";

/** Block Kit's elements to choose with: menus, overflow, radio buttons, checkboxes. */

const menuOptions = {
  options: z.array(menuOption).min(1).max(limits.select.options).optional(),
  option_groups: z.array(optionGroup).min(1).max(limits.select.groups).optional(),
};
type Menu = { options?: unknown[]; option_groups?: { options: unknown[] }[] };

function optionsOf(menu: Menu): unknown[] {
  return menu.options ?? menu.option_groups?.flatMap((group) => group.options) ?? [];
}

function eitherOptionsOrGroups(menu: Menu, context: z.RefinementCtx) {
  if ((menu.options === undefined) === (menu.option_groups === undefined))
    context.addIssue({ code: "custom", message: "must define either `options` or `option_groups`" });
}

/** An initial option must be one of the options, to the letter. */
function initialIsOffered(
  options: unknown[],
  initial: unknown,
  path: (string | number)[],
  context: z.RefinementCtx,
) {
  if (initial === undefined || options.some((option) => sameOption(option, initial))) return;
  context.addIssue({ code: "custom", path, message: "must match one of the options" });
}

function sameOption(a: unknown, b: unknown): boolean {
  const key = (o: unknown) => {
    const { text, value } = o as { text: { type: string; text: string }; value: string };
    return JSON.stringify([text.type, text.text, value]);
  };
  return key(a) === key(b);
}

function initialsAreOffered(options: unknown[], initials: unknown[] | undefined, context: z.RefinementCtx) {
  for (const [index, initial] of (initials ?? []).entries())
    initialIsOffered(options, initial, ["initial_options", index], context);
}

const staticSelect = z
  .strictObject({
    type: z.literal("static_select"),
    ...base,
    ...confirm,
    ...focus,
    ...hint,
    ...menuOptions,
    initial_option: menuOption.optional(),
  })
  .superRefine((menu, context) => {
    eitherOptionsOrGroups(menu, context);
    initialIsOffered(optionsOf(menu), menu.initial_option, ["initial_option"], context);
  });

const multiStaticSelect = z
  .strictObject({
    type: z.literal("multi_static_select"),
    ...base,
    ...confirm,
    ...focus,
    ...hint,
    ...maxSelected,
    ...menuOptions,
    initial_options: z.array(menuOption).max(limits.select.options).optional(),
  })
  .superRefine((menu, context) => {
    eitherOptionsOrGroups(menu, context);
    initialsAreOffered(optionsOf(menu), menu.initial_options, context);
  });

const external = { ...base, ...confirm, ...focus, ...hint, min_query_length: z.int().min(0).optional() };
const externalSelect = z.strictObject({
  type: z.literal("external_select"),
  ...external,
  initial_option: menuOption.optional(),
});
const multiExternalSelect = z.strictObject({
  type: z.literal("multi_external_select"),
  ...external,
  ...maxSelected,
  initial_options: z.array(menuOption).max(limits.select.options).optional(),
});

const conversationPicker = {
  ...picker,
  default_to_current_conversation: z.boolean().optional(),
  filter: z
    .strictObject({
      include: z
        .array(z.enum(["im", "mpim", "private", "public"]))
        .min(1)
        .optional(),
      exclude_external_shared_channels: z.boolean().optional(),
      exclude_bot_users: z.boolean().optional(),
    })
    .optional(),
};
const respondHere = { response_url_enabled: z.boolean().optional() };

const usersSelect = z.strictObject({
  type: z.literal("users_select"),
  ...picker,
  initial_user: id.optional(),
});
const multiUsersSelect = z.strictObject({
  type: z.literal("multi_users_select"),
  ...picker,
  ...maxSelected,
  initial_users: z.array(id).optional(),
});
const conversationsSelect = z.strictObject({
  type: z.literal("conversations_select"),
  ...conversationPicker,
  ...respondHere,
  initial_conversation: id.optional(),
});
const multiConversationsSelect = z.strictObject({
  type: z.literal("multi_conversations_select"),
  ...conversationPicker,
  ...maxSelected,
  initial_conversations: z.array(id).optional(),
});
const channelsSelect = z.strictObject({
  type: z.literal("channels_select"),
  ...picker,
  ...respondHere,
  initial_channel: id.optional(),
});
const multiChannelsSelect = z.strictObject({
  type: z.literal("multi_channels_select"),
  ...picker,
  ...maxSelected,
  initial_channels: z.array(id).optional(),
});

export const overflow = z.strictObject({
  type: z.literal("overflow"),
  ...base,
  ...confirm,
  options: z.array(overflowOption).min(1).max(limits.overflow.options),
});

const choices = {
  ...base,
  ...confirm,
  ...focus,
  options: z.array(choiceOption).min(1).max(limits.choices.options),
};
export const radioButtons = z
  .strictObject({ type: z.literal("radio_buttons"), ...choices, initial_option: choiceOption.optional() })
  .superRefine((radio, context) =>
    initialIsOffered(radio.options, radio.initial_option, ["initial_option"], context),
  );
export const checkboxes = z
  .strictObject({
    type: z.literal("checkboxes"),
    ...choices,
    initial_options: z.array(choiceOption).min(1).max(limits.choices.options).optional(),
  })
  .superRefine((boxes, context) => initialsAreOffered(boxes.options, boxes.initial_options, context));

export const selects = [
  staticSelect,
  externalSelect,
  usersSelect,
  conversationsSelect,
  channelsSelect,
] as const;
export const multiSelects = [
  multiStaticSelect,
  multiExternalSelect,
  multiUsersSelect,
  multiConversationsSelect,
  multiChannelsSelect,
] as const;
