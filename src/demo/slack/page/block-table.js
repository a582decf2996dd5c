/** A table; its first row is its head. */

import { html } from "htm/preact";
import { RichText } from "./block-rich-text.js";

/** @param {{block: any}} props */
export function TableBlock({ block }) {
  const [head = [], ...rows] = block.rows;
  const settings = block.column_settings ?? [];
  return html`<div class="table-frame" tabindex="0" role="region" aria-label="Table">
    <table>
      <thead><tr>${head.map((/** @type {any} */ cell, /** @type {number} */ column) => html`<th scope="col" class=${classOf(settings[column])}><${Cell} cell=${cell} /></th>`)}</tr></thead>
      <tbody>
        ${rows.map(
          (/** @type {any[]} */ row) =>
            html`<tr>${row.map((cell, column) => html`<td class=${classOf(settings[column])}><${Cell} cell=${cell} /></td>`)}</tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** @param {any} setting */
function classOf(setting) {
  return `align-${setting?.align ?? "left"}${setting?.is_wrapped ? " wraps" : ""}`;
}

/** @param {{cell: any}} props */
function Cell({ cell }) {
  if (cell.type === "rich_text") return html`<${RichText} block=${cell} />`;
  return String(cell.text ?? cell.value ?? "");
}
