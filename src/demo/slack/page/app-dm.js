/**
 * The conversation with the app: its Home, its messages, and what it is.
 *
 * @import {Conversation} from "../person-api.ts"
 */

import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import { Avatar } from "./avatar.js";
import { MenuButton } from "./channel.js";
import { Composer } from "./composer.js";
import { useWorkspace } from "./contexts.js";
import { Home } from "./home.js";
import { MessageList } from "./message-list.js";
import { Pins } from "./pins.js";
import { openHome, openMessages } from "./server.js";

/** @param {{conversation: Conversation, where: string, newSince: string | null, openMenu: () => void}} props */
export function AppDm({ conversation, where, newSince, openMenu }) {
  const { snapshot, go, complain } = useWorkspace();
  const { app, me } = snapshot;
  const tab = where === "home" && app.hasHome ? "home" : where === "about" ? "about" : "messages";
  useEffect(() => {
    if (tab === "about") return;
    const open = tab === "home" ? openHome : openMessages;
    void open(me.id).then((outcome) => outcome.ok || complain(outcome.message));
  }, [tab, me.id]);

  const tabs = [
    app.hasHome && { id: "home", name: "Home", where: "home" },
    { id: "messages", name: "Messages", where: conversation.id },
    { id: "about", name: "About", where: "about" },
  ].filter((one) => one !== false);
  return html`<main class="conversation" aria-label=${`${app.name}, app`}>
    <header class="head head-with-tabs">
      <${MenuButton} open=${openMenu} />
      <h2><${Avatar} name=${app.name} color=${app.color} isBot size="small" />${app.name}<span class="app-mark">APP</span></h2>
      <span class="head-end">${tab === "messages" && html`<${Pins} conversation=${conversation} />`}</span>
      <nav class="tabs" aria-label=${`${app.name}'s tabs`}>
        ${tabs.map((one) => html`<button type="button" key=${one.id} aria-current=${one.id === tab ? "page" : undefined} onClick=${() => go(one.where)}>${one.name}</button>`)}
      </nav>
    </header>
    ${tab === "home" && html`<${Home} />`}
    ${tab === "about" && html`<${About} />`}
    ${
      tab === "messages" &&
      html`<${MessageList} conversation=${conversation} newSince=${newSince}>
          <${Avatar} name=${app.name} color=${app.color} isBot size="large" />
          <h3>${app.name}</h3>
          <p>This is the very beginning of your direct message history with <strong>${app.name}</strong>. Type <kbd>/</kbd> to see what it can do.</p>
        <//>
        ${app.hasMessages ? html`<${Composer} conversation=${conversation} />` : html`<p class="composer-closed">Sending messages to this app has been turned off.</p>`}`
    }
  </main>`;
}

function About() {
  const { snapshot } = useWorkspace();
  const { app, commands } = snapshot;
  return html`<div class="about scroll" tabindex="0">
    <${Avatar} name=${app.name} color=${app.color} isBot size="large" />
    <h3>${app.name}</h3>
    <p>${app.description}</p>
    <h4>Commands</h4>
    <dl>
      ${commands.map(
        (one) =>
          html`<div key=${one.command}><dt><code>${one.command}</code> <span class="hint">${one.usageHint}</span></dt><dd>${one.description}</dd></div>`,
      )}
    </dl>
  </div>`;
}
