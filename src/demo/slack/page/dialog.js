/** Opens a `dialog` so that the focus stays inside, Escape leaves it, and the focus returns to where it was. */

import { useCallback, useRef } from "preact/hooks";

/** Returns the ref to put on the `dialog`. @param {() => void} leave called by Escape; the dialog goes when its owner no longer draws it */
export function useDialog(leave) {
  const latest = useRef(leave);
  latest.current = leave;
  const before = useRef(/** @type {Element | null} */ (null));
  const cancel = useRef((/** @type {Event} */ event) => {
    event.preventDefault();
    latest.current();
  });
  return useCallback((/** @type {HTMLDialogElement | null} */ dialog) => {
    if (dialog && !dialog.open) {
      before.current = document.activeElement;
      dialog.addEventListener("cancel", cancel.current);
      dialog.showModal();
      startingPoint(dialog)?.focus();
    } else if (!dialog && before.current instanceof HTMLElement && before.current.isConnected)
      before.current.focus();
  }, []);
}

/** Where the app or the page wants the focus, else the first field, else the text: not the cross, where the browser would put it. @param {HTMLDialogElement} dialog @returns {HTMLElement | null} */
function startingPoint(dialog) {
  return (
    dialog.querySelector("[data-focus-first]") ??
    dialog.querySelector(".dialog-body :is(input, textarea)") ??
    dialog.querySelector(".dialog-body")
  );
}
