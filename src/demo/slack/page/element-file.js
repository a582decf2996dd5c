/**
 * Files handed over with a form.
 *
 * @import {ElementProps} from "./elements.js"
 */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { useWorkspace } from "./contexts.js";
import { upload } from "./server.js";
import { Sign } from "./signs.js";
import { useField } from "./use-field.js";

/** @param {ElementProps} props */
export function FileInput(props) {
  const { element, fieldId, describedBy, wrong } = props;
  const { snapshot } = useWorkspace();
  const { value, choose } = useField(props);
  const [names, setNames] = useState(/** @type {Record<string, string>} */ ({}));
  const [problem, setProblem] = useState("");
  const ids = Array.isArray(value) ? value : [];
  const most = element.max_files ?? 10;
  const take = async (/** @type {Event} */ event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const files = [...(input.files ?? [])].slice(0, most - ids.length);
    const answers = await Promise.all(files.map((file) => upload(snapshot.me.id, file)));
    input.value = "";
    const taken = answers.flatMap((answer, index) =>
      answer.ok ? [{ id: answer.id, name: files[index]?.name ?? "" }] : [],
    );
    const refused = answers.find((answer) => !answer.ok);
    setProblem(refused && !refused.ok ? refused.message : "");
    setNames((old) => ({ ...old, ...Object.fromEntries(taken.map(({ id, name }) => [id, name])) }));
    await choose([...ids, ...taken.map(({ id }) => id)]);
  };
  const accept = element.filetypes?.map((/** @type {string} */ type) => `.${type}`).join();
  return html`<div class="files">
    ${ids.map(
      (id) => html`<span class="chip" key=${id}>${names[id] ?? id}
        <button type="button" aria-label=${`Remove ${names[id] ?? id}`} onClick=${() => choose(ids.filter((one) => one !== id))}><${Sign} name="cross" /></button></span>`,
    )}
    ${ids.length < most && html`<input type="file" id=${fieldId} multiple=${most > 1} accept=${accept} aria-describedby=${describedBy} aria-invalid=${wrong || undefined} data-action-id=${element.action_id} onChange=${take} />`}
    ${problem && html`<p class="field-error" role="alert"><${Sign} name="warning" />${problem}</p>`}
  </div>`;
}
