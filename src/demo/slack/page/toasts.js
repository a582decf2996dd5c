/** Short notices at the edge of the window, which leave by themselves. */

import { html } from "htm/preact";
import { useCallback, useRef, useState } from "preact/hooks";
import { Sign } from "./signs.js";

/** @typedef {{id: number, message: string, tone: "bad" | "plain"}} Toast */

const shownForMs = 9_000;

export function useToasts() {
  const [toasts, setToasts] = useState(/** @type {Toast[]} */ ([]));
  const next = useRef(1);
  const dismiss = useCallback(
    (/** @type {number} */ id) => setToasts((all) => all.filter((one) => one.id !== id)),
    [],
  );
  const say = useCallback(
    (/** @type {string} */ message, /** @type {"bad" | "plain"} */ tone) => {
      const id = next.current++;
      setToasts((all) => [...all.slice(-3), { id, message, tone }]);
      setTimeout(() => dismiss(id), shownForMs);
    },
    [dismiss],
  );
  return { toasts, say, dismiss };
}

/** A popover, so that it lies above modals too. @param {{toasts: Toast[], dismiss: (id: number) => void}} props */
export function Toasts({ toasts, dismiss }) {
  const show = useCallback((/** @type {HTMLElement | null} */ element) => element?.showPopover(), []);
  return (
    toasts.length > 0 &&
    html`<div class="toasts" popover="manual" key=${toasts.at(-1)?.id} ref=${show}>
    ${toasts.map(
      (toast) => html`<div class="toast toast-${toast.tone}" key=${toast.id} role="alert">
        ${toast.tone === "bad" && html`<${Sign} name="warning" />`}
        <p>${toast.message}</p>
        <button type="button" class="icon-button" aria-label="Dismiss" onClick=${() => dismiss(toast.id)}><${Sign} name="cross" /></button>
      </div>`,
    )}
  </div>`
  );
}
