/**
 * A coloured square with somebody's initials; the app's has its own drawing.
 *
 * @import {Person} from "../person-api.ts"
 */

import { html } from "htm/preact";

/** @param {{name: string, color: string, isBot?: boolean, size?: "small" | "medium" | "large"}} props */
export function Avatar({ name, color, isBot = false, size = "medium" }) {
  const hue = /^(#[0-9a-f]{3,8}|[a-z]+|(rgb|hsl)a?\([\d.,%\s/a-z]+\))$/i.test(color) ? color : "#4a154b";
  return html`<span class="avatar avatar-${size}" style=${{ backgroundColor: hue }} aria-hidden="true">
    ${isBot ? html`<${BotFace} />` : initials(name)}
  </span>`;
}

/** @param {{person: Person, size?: "small" | "medium" | "large"}} props */
export function PersonAvatar({ person, size = "medium" }) {
  return html`<${Avatar} name=${person.realName || person.name} color=${person.color} isBot=${person.isBot} size=${size} />`;
}

/** @param {string} name */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? "")][0] ?? "?";
  const last = words.length > 1 ? ([...(words.at(-1) ?? "")][0] ?? "") : "";
  return (first + last).toUpperCase();
}

/** A moored ship seen from the front, which is what a berth holds. */
function BotFace() {
  return html`<svg viewBox="0 0 32 32" class="bot-face"><path d="M16 5v7M11 9h10M6 16.500l10-4 10 4-3 8.500H9zM16 12.500V25M5 28.500c2.200 0 2.200-1.500 4.400-1.500s2.200 1.500 4.400 1.500 2.200-1.500 4.400-1.500 2.200 1.500 4.400 1.500 2.200-1.500 4.400-1.500" /></svg>`;
}
