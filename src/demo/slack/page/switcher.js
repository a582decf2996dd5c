/**
 * Whom one acts as. Each person is a link, so that a second tab can be somebody else.
 *
 * @import {Person} from "../person-api.ts"
 */

import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import { addressOf } from "./address.js";
import { PersonAvatar } from "./avatar.js";
import { useWorkspace } from "./contexts.js";
import { arrowKeys } from "./keys.js";
import { Sign } from "./signs.js";

/** @param {{people: Person[]}} props */
export function Switcher({ people }) {
  const { snapshot } = useWorkspace();
  const menu = useRef(/** @type {HTMLElement | null} */ (null));
  const { me } = snapshot;
  const focusFirst = (/** @type {ToggleEvent} */ event) => {
    if (event.newState === "open") menu.current?.querySelector("a")?.focus();
  };
  return html`<div class="switcher">
    <button type="button" class="switcher-button" popovertarget="people" aria-haspopup="menu"
      aria-label=${`You are ${me.realName}. Switch person`}>
      <${PersonAvatar} person=${me} />
      <span class="switcher-me"><strong>${me.realName || me.name}</strong><small>${titleOf(me)}</small></span>
      <${Sign} name="chevron" />
    </button>
    <div class="menu people-menu" id="people" popover="auto" role="menu" aria-label="Switch person" ref=${menu}
      onToggle=${focusFirst} onKeyDown=${(/** @type {KeyboardEvent} */ event) => arrowKeys(event, menu.current, "a")}>
      <p class="menu-title">Be somebody else</p>
      ${people.map(
        (person) => html`<a key=${person.id} role="menuitemradio" aria-checked=${person.id === me.id}
          href=${addressOf({ userId: person.id, where: "" })} onClick=${() => menu.current?.hidePopover()}>
          <${PersonAvatar} person=${person} />
          <span><strong>${person.realName || person.name}</strong><small>${titleOf(person)}</small></span>
          ${person.id === me.id && html`<${Sign} name="check" />`}
        </a>`,
      )}
      <p class="menu-note">Open one in a new tab to be two people at once.</p>
    </div>
  </div>`;
}

/** @param {Person} person */
function titleOf(person) {
  return [`@${person.name}`, person.title, person.isGuest && "guest"].filter(Boolean).join(" · ");
}
