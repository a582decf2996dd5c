/** What this person sent before, to be had again by the up arrow; kept for as long as the tab lives. */

import { useRef } from "preact/hooks";

const kept = 100;
/** @type {Map<string, string[]>} */
const sentBy = new Map();

/** @param {string} userId */
export function useHistory(userId) {
  const sent = sentBy.get(userId) ?? [];
  sentBy.set(userId, sent);
  const at = useRef(sent.length);
  const unsent = useRef("");
  return {
    /** @param {string} words */
    add(words) {
      if (sent.at(-1) !== words) sent.push(words);
      if (sent.length > kept) sent.shift();
      at.current = sent.length;
    },
    /** @param {string} now what stands in the field; it comes back after the newest @returns {string | null} */
    older(now) {
      if (at.current === 0) return null;
      if (at.current === sent.length) unsent.current = now;
      at.current -= 1;
      return sent[at.current] ?? null;
    },
    /** @returns {string | null} */
    newer() {
      if (at.current >= sent.length) return null;
      at.current += 1;
      return at.current === sent.length ? unsent.current : (sent[at.current] ?? null);
    },
  };
}
