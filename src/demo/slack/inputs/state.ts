import { type Element, elementsOf } from "../blocks/walk.ts";
import type { Block, Option, StateValues } from "../person-api.ts";

/** One element's entry in `state.values`, in Slack's form. */
export type StateValue = { type: string; [field: string]: unknown };

type Kind = {
  /** The field of `state.values` that holds what was chosen. */
  field: string;
  /** The element's field with the initial value. */
  initial: string;
  many: boolean;
  holds: "text" | "number" | "option" | "id" | "file" | "rich_text";
};

const one = (field: string, initial: string, holds: Kind["holds"]): Kind => ({
  field,
  initial,
  many: false,
  holds,
});
const list = (field: string, initial: string, holds: Kind["holds"]): Kind => ({
  field,
  initial,
  many: true,
  holds,
});

/** Elements that hold something; buttons and overflow menus don't. */
export const kinds: Readonly<Record<string, Kind>> = {
  plain_text_input: one("value", "initial_value", "text"),
  number_input: one("value", "initial_value", "text"),
  email_text_input: one("value", "initial_value", "text"),
  url_text_input: one("value", "initial_value", "text"),
  rich_text_input: one("rich_text_value", "initial_value", "rich_text"),
  static_select: one("selected_option", "initial_option", "option"),
  external_select: one("selected_option", "initial_option", "option"),
  radio_buttons: one("selected_option", "initial_option", "option"),
  users_select: one("selected_user", "initial_user", "id"),
  conversations_select: one("selected_conversation", "initial_conversation", "id"),
  channels_select: one("selected_channel", "initial_channel", "id"),
  datepicker: one("selected_date", "initial_date", "text"),
  timepicker: one("selected_time", "initial_time", "text"),
  datetimepicker: one("selected_date_time", "initial_date_time", "number"),
  checkboxes: list("selected_options", "initial_options", "option"),
  multi_static_select: list("selected_options", "initial_options", "option"),
  multi_external_select: list("selected_options", "initial_options", "option"),
  multi_users_select: list("selected_users", "initial_users", "id"),
  multi_conversations_select: list("selected_conversations", "initial_conversations", "id"),
  multi_channels_select: list("selected_channels", "initial_channels", "id"),
  file_input: list("files", "", "file"),
};

/** What is filled in before anybody touched anything. `openedIn` is the conversation a modal was opened from. */
export function initialState(blocks: readonly Block[], openedIn: string | undefined): StateValues {
  const state: StateValues = {};
  for (const { block, element } of blocks.flatMap((b) => elementsOf(b))) {
    const value = initialValue(element, openedIn);
    if (value) setValue(state, block.block_id, element.action_id, value);
  }
  return state;
}

function initialValue(element: Element, openedIn: string | undefined): StateValue | undefined {
  const kind = kinds[element.type];
  if (!kind) return undefined;
  const current = element.default_to_current_conversation === true ? openedIn : undefined;
  const given = element[kind.initial] ?? (kind.many ? (current ? [current] : undefined) : current);
  return { type: element.type, [kind.field]: given ?? (kind.many ? [] : null) };
}

/** The state after an app changed the blocks: what is filled in stays where block_id, action_id and type stayed. */
export function carriedState(
  old: StateValues,
  blocks: readonly Block[],
  openedIn: string | undefined,
): StateValues {
  const state = initialState(blocks, openedIn);
  for (const [blockId, actions] of Object.entries(state))
    for (const [actionId, fresh] of Object.entries(actions)) {
      const kept = old[blockId]?.[actionId];
      if (kept && kept.type === fresh.type) setValue(state, blockId, actionId, kept);
    }
  return state;
}

export function setValue(state: StateValues, blockId: string, actionId: string, value: StateValue): void {
  const actions = state[blockId] ?? {};
  actions[actionId] = value;
  state[blockId] = actions;
}

export function isEmpty(value: StateValue | undefined): boolean {
  const kind = value && kinds[value.type];
  if (!kind) return true;
  const held = value[kind.field];
  return held === null || held === undefined || held === "" || (Array.isArray(held) && held.length === 0);
}

/** Slack's `selected_option` has the option's text and value only. */
export function chosenOption(option: Option): { text: unknown; value: string } {
  return { text: option.text, value: option.value };
}
