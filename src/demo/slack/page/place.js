/** Puts a popover beside what opened it: below, or above where there is more room. */

/** @param {HTMLElement | null} popover @param {Element | null} anchor @param {"start" | "end" | "stretch"} align */
export function placeBeside(popover, anchor, align) {
  if (!popover || !anchor) return;
  const gap = 4;
  const rim = 8;
  const box = anchor.getBoundingClientRect();
  const below = innerHeight - box.bottom - gap - rim;
  const above = box.top - gap - rim;
  if (align === "stretch") popover.style.width = `${box.width}px`;
  popover.style.maxHeight = "";
  const { offsetHeight: height, offsetWidth: width } = popover;
  const upward = height > below && above > below;
  popover.style.maxHeight = `${Math.max(120, Math.min(upward ? above : below, 320))}px`;
  const shown = Math.min(height, upward ? above : below, 320);
  popover.style.top = `${upward ? box.top - gap - shown : box.bottom + gap}px`;
  const left = align === "end" ? box.right - width : box.left;
  popover.style.left = `${Math.max(rim, Math.min(left, innerWidth - width - rim))}px`;
}
