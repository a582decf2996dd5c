/**
 * Radio buttons and checkboxes.
 *
 * @import {ElementProps} from "./elements.js"
 * @import {Option} from "../person-api.ts"
 */

import { html } from "htm/preact";
import { Words } from "./marked.js";
import { useField } from "./use-field.js";

/** @param {ElementProps} props */
export function RadioButtons(props) {
  const { value, choose } = useField(props);
  return html`<${Choices} ...${props} kind="radio" isChosen=${(/** @type {Option} */ option) => option.value === value}
    toggle=${(/** @type {Option} */ option) => choose(option.value, [option])} />`;
}

/** @param {ElementProps} props */
export function Checkboxes(props) {
  const { value, choose } = useField(props);
  const chosen = Array.isArray(value) ? value : [];
  const toggle = (/** @type {Option} */ option, /** @type {boolean} */ on) => {
    const next = props.element.options.filter((/** @type {Option} */ one) =>
      one.value === option.value ? on : chosen.includes(one.value),
    );
    void choose(
      next.map((/** @type {Option} */ one) => one.value),
      next,
    );
  };
  return html`<${Choices} ...${props} kind="checkbox" isChosen=${(/** @type {Option} */ option) => chosen.includes(option.value)} toggle=${toggle} />`;
}

/** @param {ElementProps & {kind: "radio" | "checkbox", isChosen: (option: Option) => boolean, toggle: (option: Option, on: boolean) => void}} props */
function Choices({ element, fieldId, blockId, labelledBy, describedBy, wrong, kind, isChosen, toggle }) {
  return html`<div class="choices" id=${fieldId} role=${kind === "radio" ? "radiogroup" : "group"} aria-labelledby=${labelledBy}
    aria-label=${labelledBy ? undefined : "Choices"} aria-describedby=${describedBy} data-action-id=${element.action_id}>
    ${element.options.map(
      (/** @type {Option} */ option) => html`<label class="choice" key=${option.value}>
        <input type=${kind} name=${`${fieldId ?? blockId}-${element.action_id}`} checked=${isChosen(option)} aria-invalid=${wrong || undefined}
          onChange=${(/** @type {Event} */ event) => toggle(option, /** @type {HTMLInputElement} */ (event.target).checked)} />
        <span><${Words} text=${option.text} />${option.description && html`<small><${Words} text=${option.description} /></small>`}</span>
      </label>`,
    )}
  </div>`;
}
