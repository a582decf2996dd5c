/** The button on a preformatted block that puts its text on the clipboard. */

import { html } from "htm/preact";
import { useRef, useState } from "preact/hooks";
import { Sign } from "./signs.js";

/** Copies the text of the `pre` beside it. */
export function CopyButton() {
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const [done, setDone] = useState("");
  const copy = async () => {
    const pre = button.current?.parentElement?.querySelector("pre");
    if (!pre) return;
    setDone((await putOnClipboard(pre)) ? "Copied" : "Select the text and press Ctrl+C");
    setTimeout(() => setDone(""), 2_000);
  };
  return html`<button type="button" class="copy" ref=${button} onClick=${copy} aria-label="Copy this text">
    ${done ? html`<${Sign} name="check" />` : html`<${Sign} name="copy" />`}
    <span role="status">${done || "Copy"}</span>
  </button>`;
}

/** @param {HTMLElement} element */
async function putOnClipboard(element) {
  try {
    await navigator.clipboard.writeText(element.textContent ?? "");
    return true;
  } catch {
    // Without the permission the text is at least selected, so that one key does the rest.
    getSelection()?.selectAllChildren(element);
    return false;
  }
}
