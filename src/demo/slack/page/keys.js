/** Keys that do the same in every list. */

/** Up, Down, Home and End move the focus among the elements that match. @param {KeyboardEvent} event @param {HTMLElement | null} list @param {string} selector */
export function arrowKeys(event, list, selector) {
  const entries = /** @type {HTMLElement[]} */ ([...(list?.querySelectorAll(selector) ?? [])]);
  if (entries.length === 0) return;
  const target = moved(
    event.key,
    entries.indexOf(/** @type {HTMLElement} */ (document.activeElement)),
    entries.length,
  );
  if (target === null) return;
  event.preventDefault();
  entries[target]?.focus();
}

/** Where a key leads in a list of that length that starts over at its ends; null if it leads nowhere. @param {string} key @param {number} at @param {number} length @returns {number | null} */
export function moved(key, at, length) {
  if (length === 0) return null;
  if (key === "ArrowDown") return (at + 1) % length;
  if (key === "ArrowUp") return (Math.max(at, 0) - 1 + length) % length;
  if (key === "Home") return 0;
  if (key === "End") return length - 1;
  return null;
}
