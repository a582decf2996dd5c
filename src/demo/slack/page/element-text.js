/**
 * Fields one types into.
 *
 * @import {ElementProps} from "./elements.js"
 */

import { html } from "htm/preact";
import { useSurface } from "./contexts.js";
import { plainText } from "./marked.js";
import { useField } from "./use-field.js";

/** @type {Record<string, {type: string, inputMode: string}>} */
const kinds = {
  plain_text_input: { type: "text", inputMode: "text" },
  email_text_input: { type: "email", inputMode: "email" },
  url_text_input: { type: "url", inputMode: "url" },
  // Not type=number: a browser would hand over nothing at all for "two", and the app could not say what is wrong.
  number_input: { type: "text", inputMode: "decimal" },
};

/** @param {ElementProps} props */
export function TextInput(props) {
  const { element, blockId, fieldId, describedBy, wrong, acts } = props;
  const surface = useSurface();
  const { value, fill } = useField(props);
  const text = typeof value === "string" ? value : "";
  const kind = kinds[element.type] ?? { type: "text", inputMode: "text" };
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const tell = (/** @type {string} */ next) => acts && void surface.act(blockId, element, next || null);
  const onInput = (/** @type {InputEvent} */ event) => {
    const next = /** @type {HTMLInputElement} */ (event.target).value;
    fill(next === "" ? null : next);
    if (acts && triggers.includes("on_character_entered")) tell(next);
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (acts && triggers.includes("on_enter_pressed") && (!element.multiline || event.ctrlKey)) {
      event.preventDefault();
      tell(text);
    } else if (element.multiline && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      /** @type {HTMLTextAreaElement} */ (event.target).form?.requestSubmit();
    }
  };
  const attributes = {
    id: fieldId,
    value: text,
    placeholder: plainText(element.placeholder),
    "aria-describedby": describedBy,
    "aria-invalid": wrong || undefined,
    "aria-label": fieldId ? undefined : plainText(element.placeholder) || "Text",
    "data-action-id": element.action_id,
    "data-focus-first": element.focus_on_load || undefined,
    autocomplete: "off",
    spellcheck: false,
    onInput,
    onKeyDown,
  };
  const left = element.max_length ? element.max_length - text.length : Number.POSITIVE_INFINITY;
  return html`<div class="text-field">
    ${element.multiline ? html`<textarea rows="4" ...${attributes} />` : html`<input type=${kind.type} inputmode=${kind.inputMode} ...${attributes} />`}
    ${left <= Math.min(20, element.max_length / 4) && html`<span class=${left < 0 ? "left left-none" : "left"} aria-live="polite">${left}</span>`}
  </div>`;
}
