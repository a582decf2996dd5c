/**
 * What this person has not read yet. The simulator does not keep it, so this browser does, per person.
 *
 * @import {Conversation, Message, Snapshot} from "../person-api.ts"
 */

import { useEffect, useRef, useState } from "preact/hooks";

/**
 * How many messages are unread in each conversation, and from which on those in the shown one were new when it was opened.
 * @param {Snapshot | null} snapshot @param {string} shownId
 * @returns {{unread: Record<string, number>, newSince: string | null}}
 */
export function useRead(snapshot, shownId) {
  const key = snapshot ? `berth.read.${snapshot.me.id}` : "";
  const [read, setRead] = useState(/** @type {Record<string, string>} */ ({}));
  const opened = useRef({ id: "", since: /** @type {string | null} */ (null) });
  const known = key && Object.keys(read).length === 0 ? load(key) : read;

  if (snapshot && opened.current.id !== shownId)
    opened.current = { id: shownId, since: firstUnread(snapshot, shownId, known) };

  const shown = snapshot?.conversations.find((one) => one.id === shownId);
  const newest = shown?.messages.at(-1)?.ts ?? "";
  useEffect(() => {
    if (!key || !newest) return;
    const note = () => {
      if (document.visibilityState !== "visible") return;
      const next = { ...load(key), [shownId]: newest };
      save(key, next);
      setRead(next);
    };
    note();
    document.addEventListener("visibilitychange", note);
    return () => document.removeEventListener("visibilitychange", note);
  }, [key, shownId, newest]);

  /** @type {Record<string, number>} */
  const unread = {};
  for (const one of snapshot?.conversations ?? []) {
    const count = unreadIn(one, known[one.id] ?? "", snapshot?.me.id ?? "").length;
    if (count > 0 && one.id !== shownId) unread[one.id] = count;
  }
  return { unread, newSince: opened.current.since };
}

/** @param {Snapshot} snapshot @param {string} id @param {Record<string, string>} known */
function firstUnread(snapshot, id, known) {
  const conversation = snapshot.conversations.find((one) => one.id === id);
  const since = known[id];
  // Where nothing was read yet everything is new, and a line above everything says nothing.
  return conversation && since ? (unreadIn(conversation, since, snapshot.me.id)[0]?.ts ?? null) : null;
}

/** @param {Conversation} conversation @param {string} since @param {string} myId */
function unreadIn(conversation, since, myId) {
  return conversation.messages.filter(
    (message) =>
      !isAnswerHere(conversation, message) &&
      Number(message.ts) > Number(since || 0) &&
      message.user !== myId,
  );
}

/** What one is told in a channel by oneself calls nobody back to it. @param {Conversation} conversation @param {Message} message */
function isAnswerHere(conversation, message) {
  return conversation.kind === "channel" && message.ephemeral;
}

/** @param {string} key @returns {Record<string, string>} */
function load(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}") ?? {};
  } catch {
    return {};
  }
}

/** @param {string} key @param {Record<string, string>} read */
function save(key, read) {
  try {
    localStorage.setItem(key, JSON.stringify(read));
  } catch {
    // A browser that keeps nothing shows everything as unread on the next visit, no more.
  }
}
