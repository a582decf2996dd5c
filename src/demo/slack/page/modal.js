/**
 * The modals an app has opened: the uppermost is shown, those below wait with what was filled into them.
 *
 * @import {Modal} from "../person-api.ts"
 * @import {Drafts} from "./surfaces.js"
 */

import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Avatar } from "./avatar.js";
import { Blocks } from "./blocks.js";
import { OnSurface, useWorkspace } from "./contexts.js";
import { DemoKey } from "./demo-key.js";
import { useDialog } from "./dialog.js";
import { enteredValues } from "./entered.js";
import { plainText } from "./marked.js";
import { close, submit } from "./server.js";
import { Sign } from "./signs.js";
import { useViewSurface } from "./surfaces.js";

export function ModalStack() {
  const { snapshot } = useWorkspace();
  const [drafts, setDrafts] = useState(/** @type {Record<string, Drafts>} */ ({}));
  const open = snapshot.modals.map((modal) => modal.id);
  useEffect(() => {
    setDrafts((old) => Object.fromEntries(Object.entries(old).filter(([id]) => open.includes(id))));
  }, [open.join()]);
  const top = snapshot.modals.at(-1);
  if (!top) return null;
  const draftsOfTop = (/** @type {(old: Drafts) => Drafts} */ change) =>
    setDrafts((old) => ({ ...old, [top.id]: change(old[top.id] ?? {}) }));
  return html`<${ModalShown} key=${top.id} modal=${top} depth=${open.length} drafts=${drafts[top.id] ?? {}} setDrafts=${draftsOfTop} />`;
}

/** @param {{modal: Modal, depth: number, drafts: Drafts, setDrafts: (change: (old: Drafts) => Drafts) => void}} props */
function ModalShown({ modal, depth, drafts, setDrafts }) {
  const { snapshot, complain: complainAside } = useWorkspace();
  const [problem, setProblem] = useState("");
  const [sending, setSending] = useState(false);
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  const surface = useViewSurface(modal, "modal", drafts, setDrafts, setProblem);
  const { app, me } = snapshot;
  const busy = sending || modal.submitting;

  const leave = async (/** @type {boolean} */ all) => {
    const outcome = await close(me.id, { view: modal.id, ...(all ? { all } : {}) });
    if (!outcome.ok) complainAside(outcome.message);
  };
  const dialog = useDialog(() => leave(false));
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy || !modal.submit) return;
    setProblem("");
    setSending(true);
    const outcome = await submit(me.id, {
      view: modal.id,
      values: enteredValues(modal.blocks, modal.state, drafts),
    });
    setSending(false);
    if (!outcome.ok && !Object.keys(outcome.errors ?? {}).length) setProblem(outcome.message);
  };
  const wrong = Object.keys(modal.errors).join();
  useEffect(() => {
    if (wrong) focusFirstWrong(body.current);
  }, [wrong, modal.submitting]);

  const titleId = `title-${modal.id}`;
  return html`<dialog class="dialog modal" ref=${dialog} aria-labelledby=${titleId}>
    <form novalidate onSubmit=${send} aria-busy=${busy}>
      <header class="dialog-head">
        ${
          depth > 1
            ? html`<button type="button" class="icon-button" aria-label="Back" onClick=${() => leave(false)}><${Sign} name="back" /></button>`
            : html`<${Avatar} name=${app.name} color=${app.color} isBot size="small" />`
        }
        <h2 id=${titleId}>${plainText(modal.title)}</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick=${() => leave(depth > 1)}><${Sign} name="cross" /></button>
      </header>
      <div class="dialog-body scroll" ref=${body} tabindex="-1">
        ${problem && html`<p class="modal-problem" role="alert"><${Sign} name="warning" />${problem}</p>`}
        <${OnSurface} value=${surface}>
          <${Blocks} blocks=${modal.blocks} />
          <${DemoKey} modal=${modal} />
        <//>
      </div>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick=${() => leave(false)}>${plainText(modal.close) || (modal.submit ? "Cancel" : "Close")}</button>
        ${
          modal.submit &&
          html`<button type="submit" class="button button-primary" disabled=${busy}>
            ${busy ? html`<span class="spinner" /> Working…` : plainText(modal.submit)}
          </button>`
        }
      </footer>
    </form>
  </dialog>`;
}

/** @param {HTMLElement | null} body */
function focusFirstWrong(body) {
  const field = body?.querySelector("[aria-invalid=true]");
  if (field instanceof HTMLElement) field.focus();
  field?.closest(".block")?.scrollIntoView({ block: "nearest" });
}
