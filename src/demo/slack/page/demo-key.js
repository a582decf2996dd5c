/**
 * In a form that asks for an SSH key: the key that was made for this demo, one click away. This belongs to the demo and
 * not to Slack, and looks like it.
 *
 * @import {Block, Modal} from "../person-api.ts"
 */

import { html } from "htm/preact";
import { useSurface, useWorkspace } from "./contexts.js";
import { Sign } from "./signs.js";

/** @param {{modal: Modal}} props */
export function DemoKey({ modal }) {
  const { snapshot } = useWorkspace();
  const surface = useSurface();
  const key = snapshot.extras?.demoKey;
  const field = key && keyField(modal);
  if (!key || !field) return null;
  const use = () => surface.draft(field.blockId, field.actionId, { entered: key.publicKey });
  return html`<aside class="demo-key" aria-label="Only in this demo">
    <p><${Sign} name="key" /><span><strong>Only in this demo:</strong> a key made for it, so that you need not use your own.</span></p>
    <button type="button" class="button button-small" onClick=${use}>Use the demo key</button>
    <p class="hint">Its private half lies in <code>${key.privateKeyPath}</code></p>
    ${snapshot.extras?.notes?.map((note) => html`<p class="hint">${note}</p>`)}
  </aside>`;
}

/** The field a public key is pasted into: of the text fields of a modal about SSH keys, the one that says "key" or has several lines. @param {Modal} modal */
export function keyField(modal) {
  const fields = modal.blocks.flatMap((block) => {
    const { element, label } = /** @type {any} */ (block);
    return element?.type === "plain_text_input" ? [{ block, element, label: String(label?.text ?? "") }] : [];
  });
  if (!/ssh/i.test(modal.title.text + fields.map(words).join())) return null;
  const chosen =
    fields.find(({ element, label }) => element.multiline && /key/i.test(label)) ??
    fields.find(({ label }) => /public key|ssh key/i.test(label)) ??
    fields.find(({ element }) => element.multiline);
  return chosen ? { blockId: chosen.block.block_id, actionId: String(chosen.element.action_id) } : null;
}

/** @param {{block: Block, element: any, label: string}} field */
function words({ element, label }) {
  return `${label} ${element.placeholder?.text ?? ""}`;
}
