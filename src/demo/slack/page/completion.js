/**
 * The commands that fit what was typed so far.
 *
 * @import {Command} from "../person-api.ts"
 */

import { html } from "htm/preact";
import { useCallback } from "preact/hooks";
import { Sign } from "./signs.js";

/** Commands to offer: those that begin with what stands there before those that have it inside. @param {string} text @param {Command[]} commands @returns {Command[]} */
export function commandsFor(text, commands) {
  if (!/^\/\S*$/.test(text)) return [];
  const typed = text.toLowerCase();
  const begin = commands.filter((one) => one.command.startsWith(typed));
  const inside = commands.filter(
    (one) => !one.command.startsWith(typed) && one.command.includes(typed.slice(1)),
  );
  return [...begin, ...inside];
}

/** The command whose words are being typed. @param {string} text @param {Command[]} commands @returns {Command | undefined} */
export function usageOf(text, commands) {
  const [, name] = /^(\/\S+)\s/.exec(text) ?? [];
  return commands.find((one) => one.command === name);
}

/** @param {{offers: Command[], at: number, choose: (command: Command) => void, look: (at: number) => void}} props */
export function Completion({ offers, at, choose, look }) {
  return html`<div class="completion">
    <p class="completion-title">Commands <span><kbd>↑</kbd><kbd>↓</kbd> to choose, <kbd>Tab</kbd> or <kbd>Enter</kbd> to take</span></p>
    <ul id="completion" role="listbox" aria-label="Commands">
      ${offers.map(
        (one, index) =>
          html`<${Offer} key=${one.command} command=${one} index=${index} chosen=${index === at} choose=${choose} look=${look} />`,
      )}
    </ul>
  </div>`;
}

/** @param {{command: Command, index: number, chosen: boolean, choose: (command: Command) => void, look: (at: number) => void}} props */
function Offer({ command, index, chosen, choose, look }) {
  const inSight = useCallback(
    (/** @type {HTMLElement | null} */ element) => chosen && element?.scrollIntoView({ block: "nearest" }),
    [chosen],
  );
  return html`<li id=${`completion-${index}`} role="option" aria-selected=${chosen} ref=${inSight}
    onMouseDown=${(/** @type {MouseEvent} */ event) => event.preventDefault()} onMouseMove=${() => look(index)} onClick=${() => choose(command)}>
    <span class="offer-name"><strong>${command.command}</strong> <span class="hint">${command.usageHint}</span></span>
    <span class="offer-what">${command.description}</span>
    <span class="offer-app"><${Sign} name="chevron" />${command.appName}</span>
  </li>`;
}
