import { z } from "zod";
import { limits } from "../limits.ts";
import {
  choiceOption,
  colorScheme,
  confirmDialog,
  menuOption,
  optionGroup,
  overflowOption,
  placeholder,
  plainText,
} from "./texts.ts";

/** Block Kit's elements, one schema each, and the blocks they may stand in. */

const id = z.string().min(1).max(limits.id);
const base = { action_id: id.optional() };
const confirm = { confirm: confirmDialog.optional() };
const focus = { focus_on_load: z.boolean().optional() };
const hint = { placeholder: placeholder.optional() };
const maxSelected = { max_selected_items: z.int().min(1).optional() };
const dispatch = {
  dispatch_action_config: z
    .strictObject({
      trigger_actions_on: z
        .array(z.enum(["on_enter_pressed", "on_character_entered"]))
        .min(1)
        .optional(),
    })
    .optional(),
};
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

const picker = { ...base, ...confirm, ...focus, ...hint };
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

const overflow = z.strictObject({
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
const radioButtons = z
  .strictObject({ type: z.literal("radio_buttons"), ...choices, initial_option: choiceOption.optional() })
  .superRefine((radio, context) =>
    initialIsOffered(radio.options, radio.initial_option, ["initial_option"], context),
  );
const checkboxes = z
  .strictObject({
    type: z.literal("checkboxes"),
    ...choices,
    initial_options: z.array(choiceOption).min(1).max(limits.choices.options).optional(),
  })
  .superRefine((boxes, context) => initialsAreOffered(boxes.options, boxes.initial_options, context));

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

const selects = [staticSelect, externalSelect, usersSelect, conversationsSelect, channelsSelect] as const;
const multiSelects = [
  multiStaticSelect,
  multiExternalSelect,
  multiUsersSelect,
  multiConversationsSelect,
  multiChannelsSelect,
] as const;

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
