/** A labelled field of a form, with its hint and what is wrong with it. */

import { html } from "htm/preact";
import { useSurface } from "./contexts.js";
import { ElementShown } from "./elements.js";
import { plainText } from "./marked.js";
import { Sign } from "./signs.js";

/** @param {{block: any}} props */
export function InputBlock({ block }) {
  const surface = useSurface();
  const id = `${surface.id}-${block.block_id}`;
  const error = surface.errors[block.block_id];
  const isGroup = block.element.type === "checkboxes" || block.element.type === "radio_buttons";
  const label = html`${plainText(block.label)}${block.optional && html` <span class="optional">(optional)</span>`}`;
  const described =
    [error && `${id}-error`, block.hint && `${id}-hint`].filter(Boolean).join(" ") || undefined;
  return html`<div class=${error ? "input-block input-wrong" : "input-block"}>
    ${isGroup ? html`<p class="label" id=${`${id}-label`}>${label}</p>` : html`<label class="label" id=${`${id}-label`} for=${id}>${label}</label>`}
    <${ElementShown} element=${block.element} blockId=${block.block_id} fieldId=${id} labelledBy=${`${id}-label`}
      describedBy=${described} wrong=${Boolean(error)} inInput acts=${Boolean(block.dispatch_action)} />
    ${error && html`<p class="field-error" id=${`${id}-error`} role="alert"><${Sign} name="warning" />${error}</p>`}
    ${block.hint && html`<p class="field-hint" id=${`${id}-hint`}>${plainText(block.hint)}</p>`}
  </div>`;
}
