/**
 * What is filled in, in its simplest form: from what the page's person typed and chose, and where they did not, from
 * what the server knows.
 *
 * @import {Block, Entered, EnteredValues, Option, StateValues} from "../person-api.ts"
 * @import {Draft, Element} from "./contexts.js"
 */

import { draftKey } from "./drafts.js";

/** Element types that hold a value; a button and a menu hold none. */
const holdsValue =
  /^(plain_text_input|email_text_input|url_text_input|number_input|checkboxes|radio_buttons|datepicker|timepicker|datetimepicker|file_input|(multi_)?(static|external|users|channels|conversations)_select)$/;

/** @param {Block[]} blocks @param {StateValues} state @param {Record<string, Draft>} drafts @returns {EnteredValues} */
export function enteredValues(blocks, state, drafts) {
  /** @type {EnteredValues} */
  const values = {};
  for (const block of blocks)
    for (const element of elementsOf(block)) {
      if (!holdsValue.test(element.type)) continue;
      const inBlock = values[block.block_id] ?? {};
      inBlock[element.action_id] = entered(block.block_id, element, state, drafts);
      values[block.block_id] = inBlock;
    }
  return values;
}

/** @param {string} blockId @param {Element} element @param {StateValues} state @param {Record<string, Draft>} drafts @returns {Entered} */
export function entered(blockId, element, state, drafts) {
  const draft = draftOf(blockId, element, drafts);
  if (draft) return draft.entered;
  const known = state[blockId]?.[element.action_id];
  return known ? simplest(known) : simplest(initial(element));
}

/** The options behind a select's value, to show their words. @param {string} blockId @param {Element} element @param {StateValues} state @param {Record<string, Draft>} drafts @returns {Option[]} */
export function enteredOptions(blockId, element, state, drafts) {
  const draft = draftOf(blockId, element, drafts);
  if (draft) return draft.options ?? [];
  const known = /** @type {any} */ (state[blockId]?.[element.action_id] ?? initial(element));
  return known.selected_options ?? (known.selected_option ? [known.selected_option] : []);
}

/** A choice counts as long as the app still offers it: an update of the view may have taken it away. @param {string} blockId @param {Element} element @param {Record<string, Draft>} drafts @returns {Draft | undefined} */
function draftOf(blockId, element, drafts) {
  const draft = drafts[draftKey(blockId, element.action_id)];
  const offered =
    element.options ?? element.option_groups?.flatMap((/** @type {any} */ group) => group.options);
  if (!draft || !offered) return draft;
  const ids = Array.isArray(draft.entered) ? draft.entered : draft.entered === null ? [] : [draft.entered];
  return ids.every((id) => offered.some((/** @type {Option} */ option) => option.value === id))
    ? draft
    : undefined;
}

/** @param {Block} block @returns {Element[]} */
function elementsOf(block) {
  const { element, accessory, elements } = /** @type {any} */ (block);
  return [element, accessory, ...(block.type === "actions" ? elements : [])].filter((one) => one?.action_id);
}

/** @param {any} known a value as Slack's state writes it @returns {Entered} */
function simplest(known) {
  if (known.selected_options)
    return known.selected_options.map((/** @type {Option} */ option) => option.value);
  if (known.selected_option) return known.selected_option.value;
  if (known.files) return known.files.map((/** @type {{id: string}} */ file) => file.id);
  for (const [field, value] of Object.entries(known)) {
    if (field === "value" || field.startsWith("selected_")) {
      if (typeof value === "number") return String(value);
      if (value !== null && value !== undefined) return /** @type {Entered} */ (value);
    }
  }
  return null;
}

/** What the app put there before anybody touched it, in the form of the state. @param {Element} element */
function initial(element) {
  return {
    value: element.initial_value ?? null,
    selected_option: element.initial_option ?? null,
    ...(element.initial_options ? { selected_options: element.initial_options } : {}),
    selected_users: element.initial_users ?? null,
    selected_user: element.initial_user ?? null,
    selected_channels: element.initial_channels ?? null,
    selected_channel: element.initial_channel ?? null,
    selected_conversations: element.initial_conversations ?? null,
    selected_conversation: element.initial_conversation ?? null,
    selected_date: element.initial_date ?? null,
    selected_time: element.initial_time ?? null,
    selected_date_time: element.initial_date_time ?? null,
  };
}
