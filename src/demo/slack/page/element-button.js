/**
 * Buttons, also those that lead to another page.
 *
 * @import {ElementProps} from "./elements.js"
 */

import { html } from "htm/preact";
import { useRef, useState } from "preact/hooks";
import { useSurface } from "./contexts.js";
import { plainText } from "./marked.js";

/** @param {ElementProps} props */
export function ButtonElement({ element, blockId }) {
  const surface = useSurface();
  const [busy, setBusy] = useState(false);
  // A second click before the first is drawn must not be a second act.
  const working = useRef(false);
  const click = async () => {
    if (working.current) return;
    working.current = true;
    // With a confirm nothing is sent, and no page opened, before the yes.
    await surface.act(blockId, element, undefined, () => {
      setBusy(true);
      if (element.url) window.open(element.url, "_blank", "noopener");
    });
    working.current = false;
    setBusy(false);
  };
  return html`<button type="button" class=${`button button-small button-${element.style ?? "plain"}`} data-action-id=${element.action_id}
    aria-label=${element.accessibility_label} aria-busy=${busy} onClick=${click}>
    <span class="button-words">${plainText(element.text)}</span>${busy && html`<span class="spinner" role="status" aria-label="Working" />`}
  </button>`;
}
