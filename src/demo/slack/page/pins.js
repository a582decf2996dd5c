/**
 * What is pinned in a conversation, one click from each.
 *
 * @import {Conversation} from "../person-api.ts"
 */

import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import { useWorkspace } from "./contexts.js";
import { arrowKeys } from "./keys.js";
import { plainLine } from "./message-text.js";
import { Sign } from "./signs.js";

/** @param {{conversation: Conversation}} props */
export function Pins({ conversation }) {
  const { snapshot } = useWorkspace();
  const menu = useRef(/** @type {HTMLElement | null} */ (null));
  const pinned = conversation.messages.filter((message) => message.pinned);
  if (pinned.length === 0) return null;
  const jump = (/** @type {string} */ ts) => {
    menu.current?.hidePopover();
    const message = document.getElementById(`message-${ts}`);
    message?.scrollIntoView({ block: "center" });
    message?.focus();
  };
  return html`<span class="pins">
    <button type="button" class="quiet-button" popovertarget="pins" aria-haspopup="menu"><${Sign} name="pin" />${pinned.length} pinned</button>
    <div class="menu pins-menu" id="pins" popover="auto" role="menu" aria-label="Pinned messages" ref=${menu}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => arrowKeys(event, menu.current, "button")}>
      ${pinned.map((message) => html`<button type="button" role="menuitem" key=${message.ts} onClick=${() => jump(message.ts)}>${plainLine(message.text, snapshot) || "A message"}</button>`)}
    </div>
  </span>`;
}
