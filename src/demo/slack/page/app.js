/**
 * The whole window: who one is, where one looks, and everything that lies above the conversation.
 *
 * @import {Person, Snapshot} from "../person-api.ts"
 * @import {Confirm, Workspace} from "./contexts.js"
 */

import { html } from "htm/preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useAddress } from "./address.js";
import { AppDm } from "./app-dm.js";
import { Channel } from "./channel.js";
import { ConfirmDialog } from "./confirm.js";
import { InWorkspace } from "./contexts.js";
import { ModalStack } from "./modal.js";
import { useRead } from "./read.js";
import { watch } from "./server.js";
import { Sidebar } from "./sidebar.js";
import { Toasts, useToasts } from "./toasts.js";

/** @param {{people: Person[]}} props */
export function App({ people }) {
  const first = people[0];
  const [address, setAddress] = useAddress();
  const me = people.find((person) => person.id === address.userId) ?? first;
  if (!me)
    return html`<main class="no-start"><h1>Nobody is here</h1><p>This workspace has no members.</p></main>`;
  return html`<${AsPerson} key=${me.id} me=${me} people=${people} where=${address.where}
    go=${(/** @type {string} */ where) => setAddress({ userId: me.id, where })} />`;
}

/** @param {{me: Person, people: Person[], where: string, go: (where: string) => void}} props */
function AsPerson({ me, people, where, go }) {
  const { snapshot, reached } = useSnapshot(me.id);
  const { toasts, say, dismiss } = useToasts();
  const [question, askFirst, answer] = useQuestion();
  const [menuOpen, setMenuOpen] = useState(false);
  const goTo = useCallback(
    (/** @type {string} */ target) => {
      setMenuOpen(false);
      go(target);
    },
    [go],
  );

  const workspace = useMemo(
    () =>
      snapshot && {
        snapshot,
        zone: snapshot.me.tz,
        go: goTo,
        complain: (/** @type {string} */ message) => say(message, "bad"),
        tell: (/** @type {string} */ message) => say(message, "plain"),
        askFirst,
      },
    [snapshot, goTo, say, askFirst],
  );
  const place = snapshot && placeOf(snapshot, where);
  const { unread, newSince } = useRead(snapshot, place?.showsMessages ? place.conversation.id : "");
  useTitle(snapshot, unread);

  if (!snapshot || !workspace || !place)
    return html`<main class="no-start" aria-busy="true">
    <p>${reached ? "Opening the workspace…" : "The simulator does not answer. Is the demo still running in its terminal? Trying again…"}</p>
  </main>`;
  const { conversation } = place;
  return html`<${InWorkspace} value=${workspace}>
    <div class=${menuOpen ? "window menu-open" : "window"}>
      <${Banner} snapshot=${snapshot} reached=${reached} />
      <${Sidebar} people=${people} where=${conversation.id} unread=${unread} />
      ${
        conversation.kind === "dm"
          ? html`<${AppDm} key=${conversation.id} conversation=${conversation} where=${where} newSince=${newSince} openMenu=${() => setMenuOpen(true)} />`
          : html`<${Channel} key=${conversation.id} conversation=${conversation} newSince=${newSince} openMenu=${() => setMenuOpen(true)} />`
      }
      ${menuOpen && html`<button type="button" class="menu-shade" aria-label="Close the menu" onClick=${() => setMenuOpen(false)} />`}
    </div>
    <${ModalStack} />
    ${question && html`<${ConfirmDialog} confirm=${question} answer=${answer} />`}
    <${Toasts} toasts=${toasts} dismiss=${dismiss} />
  <//>`;
}

/** The conversation an address means; one that this person does not have gives the app's DM, where everybody begins. @param {Snapshot} snapshot @param {string} where */
function placeOf(snapshot, where) {
  const dm = snapshot.conversations.find((one) => one.kind === "dm");
  const conversation =
    snapshot.conversations.find((one) => one.id === where) ?? dm ?? snapshot.conversations[0];
  return conversation && { conversation, showsMessages: where !== "home" && where !== "about" };
}

/** @param {string} userId @returns {{snapshot: Snapshot | null, reached: boolean}} */
function useSnapshot(userId) {
  const [snapshot, setSnapshot] = useState(/** @type {Snapshot | null} */ (null));
  const [reached, setReached] = useState(true);
  useEffect(() => watch(userId, setSnapshot, setReached), [userId]);
  return { snapshot, reached };
}

/** One question at a time, answered by the promise. @returns {[Confirm | null, (confirm: Confirm) => Promise<boolean>, (yes: boolean) => void]} */
function useQuestion() {
  const [question, setQuestion] = useState(/** @type {Confirm | null} */ (null));
  const waiting = useRef((/** @type {boolean} */ _yes) => {});
  const ask = useCallback((/** @type {Confirm} */ confirm) => {
    waiting.current(false);
    setQuestion(confirm);
    return new Promise((/** @type {(yes: boolean) => void} */ resolve) => {
      waiting.current = resolve;
    });
  }, []);
  const answer = useCallback((/** @type {boolean} */ yes) => {
    setQuestion(null);
    waiting.current(yes);
  }, []);
  return [question, ask, answer];
}

/** @param {{snapshot: Snapshot, reached: boolean}} props */
function Banner({ snapshot, reached }) {
  const lines = [
    !reached && "The simulator does not answer. Is the demo still running in its terminal? Trying again…",
    reached &&
      !snapshot.appConnected &&
      `${snapshot.app.name} is not connected right now: commands and buttons fail until it is.`,
    snapshot.banner,
  ].filter(Boolean);
  return (
    lines.length > 0 &&
    html`<div class="banner" role="status">${lines.map((line) => html`<p>${line}</p>`)}</div>`
  );
}

/** @param {Snapshot | null} snapshot @param {Record<string, number>} unread */
function useTitle(snapshot, unread) {
  const count = Object.values(unread).reduce((sum, one) => sum + one, 0);
  const title = snapshot
    ? `${count ? `(${count}) ` : ""}${snapshot.me.name} · ${snapshot.workspace.name} · simulated Slack`
    : "";
  useEffect(() => {
    if (title) document.title = title;
  }, [title]);
}
