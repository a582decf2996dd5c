/** Sections and contexts: text, with something beside or below it. */

import { html } from "htm/preact";
import { Picture } from "./block-image.js";
import { ElementShown } from "./elements.js";
import { Words } from "./marked.js";

/** @param {{block: any}} props */
export function SectionBlock({ block }) {
  const { accessory, fields, text } = block;
  return html`<div class=${accessory ? "section section-with-accessory" : "section"}>
    <div class="section-words">
      ${text && html`<${Words} text=${text} />`}
      ${fields && html`<div class="fields">${fields.map((/** @type {any} */ field) => html`<div class="field"><${Words} text=${field} /></div>`)}</div>`}
    </div>
    ${accessory && html`<div class=${`accessory accessory-${accessory.type}`}><${ElementShown} element=${accessory} blockId=${block.block_id} /></div>`}
  </div>`;
}

/** @param {{block: any}} props */
export function ContextBlock({ block }) {
  return html`<div class="context">
    ${block.elements.map((/** @type {any} */ element) => (element.type === "image" ? html`<${Picture} image=${element} />` : html`<${Words} text=${element} />`))}
  </div>`;
}
