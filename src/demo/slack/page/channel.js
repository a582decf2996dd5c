/**
 * A channel: its head, its messages, and the line to write.
 *
 * @import {Conversation} from "../person-api.ts"
 */

import { html } from "htm/preact";
import { Composer } from "./composer.js";
import { useWorkspace } from "./contexts.js";
import { MessageList } from "./message-list.js";
import { Pins } from "./pins.js";
import { Sign } from "./signs.js";

/** @param {{conversation: Conversation, newSince: string | null, openMenu: () => void}} props */
export function Channel({ conversation, newSince, openMenu }) {
  const { snapshot } = useWorkspace();
  const { app } = snapshot;
  return html`<main class="conversation" aria-label=${`Channel ${conversation.name}`}>
    <header class="head">
      <${MenuButton} open=${openMenu} />
      <h2><${Sign} name="hash" />${conversation.name}</h2>
      ${conversation.topic && html`<p class="topic" title=${conversation.topic}>${conversation.topic}</p>`}
      <span class="head-end">
        ${!conversation.appIsMember && html`<span class="quiet">${app.name} is not in this channel</span>`}
        <${Pins} conversation=${conversation} />
      </span>
    </header>
    <${MessageList} conversation=${conversation} newSince=${newSince}>
      <h3>#${conversation.name}</h3>
      <p>This is the very beginning of the <strong>#${conversation.name}</strong> channel.${conversation.topic ? ` ${conversation.topic}` : ""}</p>
    <//>
    <${Composer} conversation=${conversation} />
  </main>`;
}

/** On a narrow window the sidebar hides behind this. @param {{open: () => void}} props */
export function MenuButton({ open }) {
  return html`<button type="button" class="icon-button menu-button" aria-label="Open the workspace menu" onClick=${open}><${Sign} name="menu" /></button>`;
}
