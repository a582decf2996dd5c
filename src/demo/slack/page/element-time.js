/**
 * Dates and times, by the browser's own pickers.
 *
 * @import {ElementProps} from "./elements.js"
 */

import { html } from "htm/preact";
import { useWorkspace } from "./contexts.js";
import { instantOf, wallTime } from "./times.js";
import { useField } from "./use-field.js";

/** @param {ElementProps} props */
export function DatePicker(props) {
  const { value, choose } = useField(props);
  return html`<${Picker} ...${props} type="date" shown=${value ?? ""} choose=${choose} />`;
}

/** @param {ElementProps} props */
export function TimePicker(props) {
  const { value, choose } = useField(props);
  return html`<${Picker} ...${props} type="time" shown=${value ?? ""} choose=${choose} />`;
}

/** @param {ElementProps} props */
export function DateTimePicker(props) {
  const { zone } = useWorkspace();
  const { value, choose } = useField(props);
  const shown = value ? wallTime(Number(value), zone) : "";
  const choosing = (/** @type {string | null} */ wall) => choose(wall && String(instantOf(wall, zone)));
  return html`<${Picker} ...${props} type="datetime-local" shown=${shown} choose=${choosing} />`;
}

/** @param {ElementProps & {type: string, shown: string, choose: (value: string | null) => void}} props */
function Picker({ element, fieldId, describedBy, wrong, type, shown, choose }) {
  return html`<input class="picker" type=${type} id=${fieldId} value=${shown} aria-describedby=${describedBy} aria-invalid=${wrong || undefined}
    aria-label=${fieldId ? undefined : element.placeholder?.text || "Date or time"} data-action-id=${element.action_id}
    onChange=${(/** @type {Event} */ event) => choose(/** @type {HTMLInputElement} */ (event.target).value || null)} />`;
}
