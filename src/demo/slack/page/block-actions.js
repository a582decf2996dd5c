/** A row of buttons and selects. */

import { html } from "htm/preact";
import { ElementShown } from "./elements.js";

/** @param {{block: any}} props */
export function ActionsBlock({ block }) {
  return html`<div class="actions">
    ${block.elements.map((/** @type {any} */ element) => html`<${ElementShown} key=${element.action_id} element=${element} blockId=${block.block_id} />`)}
  </div>`;
}
