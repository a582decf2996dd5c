/**
 * A message in one plain line, as a notification would say it.
 *
 * @import {Snapshot} from "../person-api.ts"
 * @import {Inline} from "./mrkdwn.js"
 */

import { emojiCharacter } from "./emoji.js";
import { readMrkdwn } from "./mrkdwn.js";
import { wordedDate } from "./times.js";

/** @param {string} text @param {Snapshot} snapshot */
export function plainLine(text, snapshot) {
  return readMrkdwn(text)
    .map((part) => part.children.map((node) => wordOf(node, snapshot)).join(""))
    .join(" ")
    .trim();
}

/** @param {Inline} node @param {Snapshot} snapshot @returns {string} */
function wordOf(node, snapshot) {
  switch (node.kind) {
    case "text":
      return node.text;
    case "break":
      return " ";
    case "emoji":
      return emojiCharacter(node.name) ?? `:${node.name}:`;
    case "link":
      return node.label;
    case "user":
      return `@${snapshot.users.find((user) => user.id === node.id)?.name ?? (node.label || node.id)}`;
    case "channel":
      return `#${snapshot.conversations.find((one) => one.id === node.id)?.name ?? (node.label || node.id)}`;
    case "group":
      return `@${node.label}`;
    case "broadcast":
      return `@${node.name}`;
    case "date":
      return wordedDate(node.unixSeconds, node.format, node.fallback, snapshot.me.tz, Date.now() / 1000);
    default:
      return node.children.map((child) => wordOf(child, snapshot)).join("");
  }
}
