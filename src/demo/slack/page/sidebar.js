/**
 * The list at the left: channels, the app, and whom one is.
 *
 * @import {Conversation, Person} from "../person-api.ts"
 */

import { html } from "htm/preact";
import { Avatar } from "./avatar.js";
import { useWorkspace } from "./contexts.js";
import { Sign } from "./signs.js";
import { Switcher } from "./switcher.js";

/** @param {{people: Person[], where: string, unread: Record<string, number>}} props */
export function Sidebar({ people, where, unread }) {
  const { snapshot } = useWorkspace();
  const channels = snapshot.conversations.filter((one) => one.kind === "channel");
  const apps = snapshot.conversations.filter((one) => one.kind === "dm");
  return html`<nav class="sidebar" aria-label="Workspace">
    <header class="workspace-name">
      <span class="workspace-mark" aria-hidden="true">${snapshot.workspace.name.charAt(0)}</span>
      <div>
        <h1>${snapshot.workspace.name}</h1>
        <p>simulated Slack, on this machine only</p>
      </div>
    </header>
    <div class="sidebar-lists">
      <${Entries} title="Channels" entries=${channels} where=${where} unread=${unread} />
      <${Entries} title="Apps" entries=${apps} where=${where} unread=${unread} />
    </div>
    <${Switcher} people=${people} />
  </nav>`;
}

/** @param {{title: string, entries: Conversation[], where: string, unread: Record<string, number>}} props */
function Entries({ title, entries, where, unread }) {
  return html`<section class="entries">
    <h2 id=${`entries-${title}`}>${title}</h2>
    <ul aria-labelledby=${`entries-${title}`}>
      ${entries.map((one) => html`<li key=${one.id}><${Entry} conversation=${one} here=${one.id === where} unread=${unread[one.id] ?? 0} /></li>`)}
    </ul>
  </section>`;
}

/** @param {{conversation: Conversation, here: boolean, unread: number}} props */
function Entry({ conversation, here, unread }) {
  const { snapshot, go } = useWorkspace();
  const { app } = snapshot;
  return html`<button type="button" class=${unread ? "entry entry-unread" : "entry"} aria-current=${here ? "page" : undefined}
    onClick=${() => go(conversation.id)}>
    ${
      conversation.kind === "dm"
        ? html`<${Avatar} name=${app.name} color=${app.color} isBot size="small" />`
        : html`<${Sign} name="hash" />`
    }
    <span class="entry-name">${conversation.name}</span>
    ${conversation.kind === "dm" && html`<span class="app-mark">APP</span>`}
    ${conversation.kind === "channel" && unread > 0 && html`<span class="for-readers">unread</span>`}
    ${conversation.kind === "dm" && unread > 0 && html`<span class="badge" aria-label=${unread === 1 ? "1 unread message" : `${unread} unread messages`}>${unread}</span>`}
  </button>`;
}
