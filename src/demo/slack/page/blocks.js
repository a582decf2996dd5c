/**
 * Shows blocks; each family has its own file.
 *
 * @import {Block} from "../person-api.ts"
 */

import { html } from "htm/preact";
import { ActionsBlock } from "./block-actions.js";
import { ImageBlock } from "./block-image.js";
import { InputBlock } from "./block-input.js";
import { RichText } from "./block-rich-text.js";
import { ContextBlock, SectionBlock } from "./block-section.js";
import { TableBlock } from "./block-table.js";
import { Mrkdwn, plainText, Words } from "./marked.js";

/** @type {Record<string, (props: {block: any}) => any>} */
const shapes = {
  section: SectionBlock,
  header: HeaderBlock,
  context: ContextBlock,
  divider: () => html`<hr />`,
  actions: ActionsBlock,
  image: ImageBlock,
  rich_text: RichText,
  table: TableBlock,
  input: InputBlock,
  alert: AlertBlock,
  markdown: MarkdownBlock,
};

/** @param {{blocks: Block[]}} props */
export function Blocks({ blocks }) {
  return html`<div class="blocks">
    ${blocks.map((block) => {
      const Shape = shapes[block.type] ?? UnknownBlock;
      return html`<div class=${`block block-${block.type}`} key=${block.block_id} data-block-id=${block.block_id}><${Shape} block=${block} /></div>`;
    })}
  </div>`;
}

/** @param {{block: any}} props */
function HeaderBlock({ block }) {
  return html`<h3>${plainText(block.text)}</h3>`;
}

/** @param {{block: any}} props */
function AlertBlock({ block }) {
  return html`<div class=${`alert alert-${block.level ?? "default"}`} role="note"><${Words} text=${block.text} /></div>`;
}

/** Markdown proper is shown as the marks it shares with mrkdwn. @param {{block: any}} props */
function MarkdownBlock({ block }) {
  return html`<${Mrkdwn} text=${String(block.text)
    .replace(/\*\*(.+?)\*\*/g, "*$1*")
    .replace(/^#{1,6} (.+)$/gm, "*$1*")
    .replace(/^[-*] /gm, "• ")} />`;
}

/** @param {{block: Block}} props */
function UnknownBlock({ block }) {
  return html`<p class="unknown">This page cannot show a block of the type <code>${block.type}</code>. Slack can.</p>`;
}
