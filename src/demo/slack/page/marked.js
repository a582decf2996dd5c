/**
 * Shows marked and plain text.
 *
 * @import {Inline, Part} from "./mrkdwn.js"
 */

import { html } from "htm/preact";
import { useWorkspace } from "./contexts.js";
import { CopyButton } from "./copy.js";
import { emojiCharacter, withEmoji } from "./emoji.js";
import { readMrkdwn } from "./mrkdwn.js";
import { fullTime, wordedDate } from "./times.js";

/** A text object of Block Kit, whichever kind it is. @param {{text: {type: string, text: string, emoji?: boolean} | undefined}} props */
export function Words({ text }) {
  if (!text) return null;
  return text.type === "mrkdwn" ? html`<${Mrkdwn} text=${text.text} />` : html`<${Plain} text=${text} />`;
}

/** @param {{text: {text: string, emoji?: boolean}}} props */
export function Plain({ text }) {
  return html`<span class="plain">${plainText(text)}</span>`;
}

/** @param {{text: string, emoji?: boolean} | undefined} text */
export function plainText(text) {
  if (!text) return "";
  return text.emoji === false ? text.text : withEmoji(text.text);
}

/** @param {{text: string}} props */
export function Mrkdwn({ text }) {
  return html`<div class="mrkdwn">${readMrkdwn(text).map((part) => html`<${PartShown} part=${part} />`)}</div>`;
}

/** @param {{part: Part}} props */
function PartShown({ part }) {
  const children = part.children.map((node) => html`<${InlineShown} node=${node} />`);
  if (part.kind === "preformatted") return html`<${Preformatted}>${children}<//>`;
  if (part.kind === "quote") return html`<blockquote>${children}</blockquote>`;
  return html`<p>${children}</p>`;
}

/** Text that is to be copied as it stands, with a button that does it. @param {{children?: any}} props */
export function Preformatted({ children }) {
  return html`<div class="preformatted"><pre>${children}</pre><${CopyButton} /></div>`;
}

const tagOf = { bold: "strong", italic: "em", strike: "s", code: "code" };

/** @param {{node: Inline}} props @returns {any} */
function InlineShown({ node }) {
  switch (node.kind) {
    case "text":
      return node.text;
    case "break":
      return html`<br />`;
    case "emoji":
      return html`<${Emoji} name=${node.name} />`;
    case "link":
      return html`<${Link} href=${node.href}>${node.label}<//>`;
    case "user":
      return html`<${UserMention} id=${node.id} label=${node.label} />`;
    case "channel":
      return html`<${ChannelMention} id=${node.id} label=${node.label} />`;
    case "group":
      return html`<span class="mention">@${node.label.replace(/^@/, "")}</span>`;
    case "broadcast":
      return html`<span class="mention mention-all">@${node.name}</span>`;
    case "date":
      return html`<${Instant} ...${node} />`;
    default:
      return html`<${tagOf[node.kind]}>${node.children.map((child) => html`<${InlineShown} node=${child} />`)}<//>`;
  }
}

/** @param {{name: string}} props */
export function Emoji({ name }) {
  const character = emojiCharacter(name);
  if (!character) return html`:${name}:`;
  return html`<span class="emoji" role="img" aria-label=${name.replaceAll("_", " ")} title=${`:${name}:`}>${character}</span>`;
}

/** A script's address is shown and not linked. @param {{href: string, children?: any}} props */
export function Link({ href, children }) {
  if (!/^(https?|mailto|tel|vscode|vscode-insiders|ssh|slack):/i.test(href))
    return html`<span>${children}</span>`;
  return html`<a href=${href} target="_blank" rel="noopener noreferrer">${children}</a>`;
}

/** @param {{id: string, label?: string}} props */
export function UserMention({ id, label }) {
  const { snapshot } = useWorkspace();
  const person = snapshot.users.find((user) => user.id === id);
  const mine = id === snapshot.me.id;
  return html`<span class=${mine ? "mention mention-me" : "mention"} title=${person?.realName}>@${person?.name || label || id}</span>`;
}

/** @param {{id: string, label?: string}} props */
export function ChannelMention({ id, label }) {
  const { snapshot, go } = useWorkspace();
  const channel = snapshot.conversations.find((conversation) => conversation.id === id);
  if (!channel) return html`<span class="mention">#${label || "private channel"}</span>`;
  return html`<button type="button" class="mention mention-channel" onClick=${() => go(id)}>#${channel.name}</button>`;
}

/** @param {{unixSeconds: number, format: string, fallback: string, href?: string}} props */
export function Instant({ unixSeconds, format, fallback, href }) {
  const { zone } = useWorkspace();
  const words = wordedDate(unixSeconds, format, fallback, zone, Date.now() / 1000);
  const shown = Number.isFinite(unixSeconds)
    ? html`<time datetime=${isoOf(unixSeconds)} title=${fullTime(unixSeconds, zone)}>${words}</time>`
    : words;
  return href ? html`<${Link} href=${href}>${shown}<//>` : shown;
}

/** @param {number} unixSeconds */
function isoOf(unixSeconds) {
  const instant = new Date(unixSeconds * 1000);
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString();
}
