/**
 * "Are you sure?", as the app worded it.
 *
 * @import {Confirm} from "./contexts.js"
 */

import { html } from "htm/preact";
import { useDialog } from "./dialog.js";
import { plainText, Words } from "./marked.js";
import { Sign } from "./signs.js";

/** @param {{confirm: Confirm, answer: (yes: boolean) => void}} props */
export function ConfirmDialog({ confirm, answer }) {
  const dialog = useDialog(() => answer(false));
  return html`<dialog class="dialog confirm" ref=${dialog} aria-labelledby="confirm-title" aria-describedby="confirm-text">
    <header class="dialog-head">
      <h2 id="confirm-title">${plainText(confirm.title)}</h2>
      <button type="button" class="icon-button" aria-label="Close" onClick=${() => answer(false)}><${Sign} name="cross" /></button>
    </header>
    <div class="dialog-body" id="confirm-text" tabindex="-1"><${Words} text=${confirm.text} /></div>
    <footer class="dialog-foot">
      <button type="button" class="button" onClick=${() => answer(false)}>${plainText(confirm.deny)}</button>
      <button type="button" class=${`button button-${confirm.style ?? "primary"}`} data-focus-first onClick=${() => answer(true)}>${plainText(confirm.confirm)}</button>
    </footer>
  </dialog>`;
}
