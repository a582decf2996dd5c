/**
 * A conversation's messages, the newest at the bottom and in sight as long as the reader has not scrolled away.
 *
 * @import {Conversation, Message} from "../person-api.ts"
 */

import { html } from "htm/preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useWorkspace } from "./contexts.js";
import { MessageShown } from "./message.js";
import { Sign } from "./signs.js";
import { dayHeading, dayOf } from "./times.js";

/** Messages of one author closer than this stand under one name. */
const groupedWithinSeconds = 300;

/** @param {{conversation: Conversation, newSince: string | null, children?: any}} props */
export function MessageList({ conversation, newSince, children }) {
  const { zone } = useWorkspace();
  const { list, away, toBottom } = useStickyBottom(conversation.messages);
  /** @type {any[]} */
  const shown = [];
  /** @type {Message | undefined} */
  let before;
  for (const message of conversation.messages) {
    const at = Number(message.ts);
    const newDay = !before || dayOf(Number(before.ts), zone) !== dayOf(at, zone);
    if (newDay)
      shown.push(
        html`<div class="day" role="separator" key=${`day-${message.ts}`}><span>${dayHeading(at, zone, Date.now() / 1000)}</span></div>`,
      );
    const isNew = message.ts === newSince;
    if (isNew) shown.push(html`<div class="new-line" role="separator" key="new"><span>New</span></div>`);
    const grouped = !newDay && !isNew && before !== undefined && continues(before, message);
    shown.push(
      html`<${MessageShown} key=${message.ts} message=${message} channel=${conversation.id} grouped=${grouped} />`,
    );
    before = message;
  }
  return html`<div class="messages-frame">
    <div class="messages scroll" role="log" aria-live="polite" aria-relevant="additions" aria-label=${`Messages in ${conversation.name}`} tabindex="0" ref=${list}>
      <div class="beginning">${children}</div>
      ${shown}
    </div>
    ${away && html`<button type="button" class="to-bottom" onClick=${toBottom}><${Sign} name="chevron" />Newest messages</button>`}
  </div>`;
}

/** @param {Message} before @param {Message} message */
function continues(before, message) {
  return (
    before.user === message.user &&
    before.ephemeral === message.ephemeral &&
    !message.pinned &&
    !before.pinned &&
    Number(message.ts) - Number(before.ts) < groupedWithinSeconds
  );
}

/** @param {Message[]} messages */
function useStickyBottom(messages) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const sticks = useRef(true);
  const [away, setAway] = useState(false);
  const toBottom = () => {
    const element = list.current;
    if (element) element.scrollTop = element.scrollHeight;
  };
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const follow = () => {
      sticks.current = element.scrollHeight - element.scrollTop - element.clientHeight < 60;
      setAway(element.scrollHeight - element.scrollTop - element.clientHeight > 400);
    };
    element.addEventListener("scroll", follow, { passive: true });
    // A picture that arrives, a card that grows and a window that shrinks all move the bottom.
    const resized = new ResizeObserver(() => sticks.current && toBottom());
    resized.observe(element);
    return () => {
      element.removeEventListener("scroll", follow);
      resized.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    if (sticks.current) toBottom();
  }, [messages]);
  return { list, away, toBottom };
}
