/** Rich text: sections, lists, quotes and preformatted text made of styled pieces. */

import { html } from "htm/preact";
import { ChannelMention, Emoji, Instant, Link, Preformatted, UserMention } from "./marked.js";

/** @param {{block: any}} props */
export function RichText({ block }) {
  return html`<div class="rich-text">${block.elements.map((/** @type {any} */ element) => html`<${Part} part=${element} />`)}</div>`;
}

/** @param {{part: any}} props @returns {any} */
function Part({ part }) {
  switch (part.type) {
    case "rich_text_list":
      return html`<${List} part=${part} />`;
    case "rich_text_quote":
      return html`<blockquote><${Pieces} pieces=${part.elements} /></blockquote>`;
    case "rich_text_preformatted":
      return html`<${Preformatted}><${Pieces} pieces=${part.elements} /><//>`;
    default:
      return html`<p><${Pieces} pieces=${part.elements} /></p>`;
  }
}

/** @param {{part: any}} props */
function List({ part }) {
  const indent = Math.min(Number(part.indent ?? 0), 8);
  const items = part.elements.map(
    (/** @type {any} */ item) => html`<li><${Pieces} pieces=${item.elements} /></li>`,
  );
  const style = { marginInlineStart: `${indent * 24}px` };
  return part.style === "ordered"
    ? html`<ol class=${`list-level-${indent % 3}`} style=${style} start=${Number(part.offset ?? 0) + 1}>${items}</ol>`
    : html`<ul class=${`list-level-${indent % 3}`} style=${style}>${items}</ul>`;
}

/** @param {{pieces: any[]}} props */
function Pieces({ pieces }) {
  return pieces.map((piece) => html`<${Styled} style=${piece.style}>${pieceShown(piece)}<//>`);
}

/** @param {any} piece */
function pieceShown(piece) {
  switch (piece.type) {
    case "text":
      return piece.text;
    case "link":
      return html`<${Link} href=${piece.url}>${piece.text ?? piece.url}<//>`;
    case "emoji":
      return html`<${Emoji} name=${piece.name} />`;
    case "user":
      return html`<${UserMention} id=${piece.user_id} />`;
    case "channel":
      return html`<${ChannelMention} id=${piece.channel_id} />`;
    case "broadcast":
      return html`<span class="mention mention-all">@${piece.range}</span>`;
    case "date":
      return html`<${Instant} unixSeconds=${piece.timestamp} format=${piece.format} fallback=${piece.fallback ?? ""} href=${piece.url} />`;
    case "color":
      return html`<span class="color-piece"><i style=${{ backgroundColor: piece.value }} />${piece.value}</span>`;
    default:
      return html`<span class="unknown">${piece.type}</span>`;
  }
}

/** @param {{style?: {bold?: boolean, italic?: boolean, strike?: boolean, code?: boolean, underline?: boolean}, children?: any}} props */
function Styled({ style = {}, children }) {
  let shown = children;
  if (style.code) shown = html`<code>${shown}</code>`;
  if (style.underline) shown = html`<u>${shown}</u>`;
  if (style.strike) shown = html`<s>${shown}</s>`;
  if (style.italic) shown = html`<em>${shown}</em>`;
  if (style.bold) shown = html`<strong>${shown}</strong>`;
  return shown;
}
