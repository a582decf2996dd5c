/**
 * The three dots with further things to do.
 *
 * @import {ElementProps} from "./elements.js"
 * @import {Option} from "../person-api.ts"
 */

import { html } from "htm/preact";
import { useId, useRef, useState } from "preact/hooks";
import { useSurface } from "./contexts.js";
import { arrowKeys } from "./keys.js";
import { Words } from "./marked.js";
import { placeBeside } from "./place.js";
import { Sign } from "./signs.js";

/** @param {ElementProps} props */
export function OverflowMenu({ element, blockId }) {
  const surface = useSurface();
  const id = useId();
  const menu = useRef(/** @type {HTMLElement | null} */ (null));
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const [open, setOpen] = useState(false);
  const choose = (/** @type {Option & {url?: string}} */ option) => {
    menu.current?.hidePopover();
    button.current?.focus();
    if (option.url) window.open(option.url, "_blank", "noopener");
    void surface.act(blockId, element, option.value);
  };
  const toggled = (/** @type {ToggleEvent} */ event) => {
    setOpen(event.newState === "open");
    if (event.newState !== "open") return;
    placeBeside(menu.current, button.current, "end");
    menu.current?.querySelector("button")?.focus();
  };
  return html`<span class="overflow">
    <button type="button" class="button button-small overflow-button" ref=${button} popovertarget=${id} aria-haspopup="menu" aria-expanded=${open}
      aria-label="More actions" data-action-id=${element.action_id}><${Sign} name="dots" /></button>
    <div class="menu" id=${id} popover="auto" role="menu" ref=${menu} onToggle=${toggled}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => arrowKeys(event, menu.current, "button")}>
      ${element.options.map((/** @type {Option} */ option) => html`<button type="button" role="menuitem" key=${option.value} onClick=${() => choose(option)}><${Words} text=${option.text} /></button>`)}
    </div>
  </span>`;
}
