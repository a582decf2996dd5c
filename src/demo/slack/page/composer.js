/**
 * The line one writes in: messages, and commands with completion and a history.
 *
 * @import {Command, Conversation, Failed} from "../person-api.ts"
 */

import { html } from "htm/preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Completion, commandsFor, usageOf } from "./completion.js";
import { useWorkspace } from "./contexts.js";
import { useHistory } from "./history.js";
import { moved } from "./keys.js";
import { type } from "./server.js";
import { Sign } from "./signs.js";

/** @param {{conversation: Conversation}} props */
export function Composer({ conversation }) {
  const { snapshot } = useWorkspace();
  if (!conversation.isMember)
    return html`<p class="composer-closed">You are not a member of <strong>#${conversation.name}</strong>, so you can read here and not write.</p>`;
  return html`<${OpenComposer} key=${conversation.id} conversation=${conversation} commands=${snapshot.commands} myId=${snapshot.me.id} appName=${snapshot.app.name} />`;
}

/** @param {{conversation: Conversation, commands: Command[], myId: string, appName: string}} props */
function OpenComposer({ conversation, commands, myId, appName }) {
  const { complain } = useWorkspace();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [hidden, setHidden] = useState(false);
  const [sending, setSending] = useState(0);
  const [problem, setProblem] = useState("");
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const history = useHistory(myId);
  const found = useMemo(() => commandsFor(text, commands), [text, commands]);
  const offers = hidden ? [] : found;
  const usage = usageOf(text, commands);
  useGrowing(field, text);

  const put = (/** @type {string} */ next) => {
    setText(next);
    setAt(0);
    setHidden(false);
  };
  const complete = (/** @type {Command} */ command) => {
    put(`${command.command} `);
    setHidden(true);
    field.current?.focus();
  };
  const startCommand = () => {
    put("/");
    field.current?.focus();
  };
  const report = (/** @type {Failed} */ failed) => {
    if (isAppSilent(failed)) complain(`${appName} did not answer. Try again in a moment.`);
    else if (!isSaidByConversation(failed)) setProblem(failed.message);
  };
  const send = async () => {
    const words = text.trim();
    if (!words) return;
    setSending((count) => count + 1);
    setProblem("");
    history.add(words);
    put("");
    const outcome = await type(myId, { channel: conversation.id, text: words });
    setSending((count) => count - 1);
    if (!outcome.ok) report(outcome);
    field.current?.focus();
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    const offered = offers[at];
    if (offered && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      setAt(moved(event.key, at, offers.length) ?? at);
    } else if (offered && event.key === "Escape") {
      event.preventDefault();
      setHidden(true);
    } else if (
      offered &&
      (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && offered.command !== text.trim()))
    ) {
      event.preventDefault();
      complete(offered);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void send();
    } else if (event.key === "ArrowUp" && onFirstLine(field.current)) {
      step(event, history.older(text));
    } else if (event.key === "ArrowDown" && onLastLine(field.current)) {
      step(event, history.newer());
    }
  };
  const step = (/** @type {KeyboardEvent} */ event, /** @type {string | null} */ words) => {
    if (words === null) return;
    event.preventDefault();
    put(words);
    setHidden(true);
  };

  const name = conversation.kind === "dm" ? conversation.name : `#${conversation.name}`;
  return html`<div class="composer">
    ${
      problem &&
      html`<div class="composer-problem" role="alert"><${Sign} name="warning" /><p>${problem}</p>
      <button type="button" class="icon-button" aria-label="Dismiss" onClick=${() => setProblem("")}><${Sign} name="cross" /></button></div>`
    }
    ${offers.length > 0 && html`<${Completion} offers=${offers} at=${at} choose=${complete} look=${setAt} />`}
    ${offers.length === 0 && usage && html`<p class="usage"><code>${usage.command}</code> <span class="hint">${usage.usageHint}</span> <span class="usage-what">${usage.description}</span></p>`}
    <div class="composer-box">
      <textarea ref=${field} rows="1" value=${text} placeholder=${`Message ${name}`} aria-label=${`Message to ${name}`}
        role="combobox" aria-autocomplete="list" aria-expanded=${offers.length > 0} aria-controls="completion"
        aria-activedescendant=${offers[at] ? `completion-${at}` : undefined}
        spellcheck="false" autocomplete="off"
        onInput=${(/** @type {InputEvent} */ event) => put(/** @type {HTMLTextAreaElement} */ (event.target).value)}
        onKeyDown=${onKeyDown} onBlur=${() => setHidden(true)} />
      <div class="composer-foot">
        <button type="button" class="quiet-button slash" onClick=${startCommand} aria-label="Show the commands">/</button>
        <span class="keys"><kbd>Enter</kbd> sends · <kbd>Shift</kbd>+<kbd>Enter</kbd> new line</span>
        <button type="button" class="send" aria-label="Send" disabled=${!text.trim()} onClick=${send}>
          ${sending > 0 ? html`<span class="spinner" role="status" aria-label="Sending" />` : html`<${Sign} name="send" />`}
        </button>
      </div>
    </div>
  </div>`;
}

/** The field is as high as its text, up to a third of the window. @param {{current: HTMLTextAreaElement | null}} field @param {string} text */
function useGrowing(field, text) {
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, innerHeight / 3)}px`;
  }, [text]);
}

/** @param {HTMLTextAreaElement | null} field */
function onFirstLine(field) {
  return !!field && !field.value.slice(0, field.selectionStart).includes("\n");
}

/** @param {HTMLTextAreaElement | null} field */
function onLastLine(field) {
  return !!field && !field.value.slice(field.selectionEnd).includes("\n");
}

/** @param {Failed} failed */
function isAppSilent({ error }) {
  return error === "operation_timeout" || error === "dispatch_failed";
}

/** Slackbot has written it into the conversation already. @param {Failed} failed */
function isSaidByConversation({ error }) {
  return error === "unknown_command" || error === "invalid_command_response";
}
