/**
 * Reads mrkdwn, Slack's own marking of text, into a tree. What the tree looks like on the page is `marked.js`'s part.
 *
 * @typedef {{kind: "text", text: string} | {kind: "break"} | {kind: "emoji", name: string}
 *   | {kind: "bold" | "italic" | "strike" | "code", children: Inline[]}
 *   | {kind: "link", href: string, label: string}
 *   | {kind: "user" | "channel", id: string, label: string}
 *   | {kind: "group", label: string}
 *   | {kind: "broadcast", name: string}
 *   | {kind: "date", unixSeconds: number, format: string, href: string, fallback: string}} Inline
 * @typedef {{kind: "paragraph" | "quote", children: Inline[]} | {kind: "preformatted", children: Inline[]}} Part
 */

import { emojiNamePattern } from "./emoji.js";

/** @param {string} text @returns {Part[]} */
export function readMrkdwn(text) {
  /** @type {Part[]} */
  const parts = [];
  // An odd piece lies between two fences; a fence without an end is plain text.
  const pieces = splitFences(text);
  pieces.forEach((piece, index) => {
    if (index % 2 === 1)
      parts.push({ kind: "preformatted", children: readCode(piece.replace(/^\n|\n$/g, "")) });
    else parts.push(...readLines(trimAround(piece, index > 0, index < pieces.length - 1)));
  });
  return parts;
}

/** The text's inline pieces without paragraphs: for places that have one line. @param {string} text @returns {Inline[]} */
export function readInline(text) {
  return joinTexts(scan(text));
}

/** @param {string} text */
function splitFences(text) {
  const pieces = text.split("```");
  if (pieces.length % 2 === 0) {
    const tail = pieces.pop();
    pieces[pieces.length - 1] += `\`\`\`${tail}`;
  }
  return pieces;
}

/** The line break that separates a text from a fence is not a line of its own. @param {string} piece @param {boolean} after @param {boolean} before */
function trimAround(piece, after, before) {
  let trimmed = piece;
  if (after) trimmed = trimmed.replace(/^\n/, "");
  if (before) trimmed = trimmed.replace(/\n$/, "");
  return trimmed;
}

/** @param {string} text @returns {Part[]} */
function readLines(text) {
  if (text === "") return [];
  /** @type {Part[]} */
  const parts = [];
  let rest = false;
  for (const line of text.split("\n")) {
    const long = !rest && /^(?:>>>|&gt;&gt;&gt;) ?/.exec(line);
    if (long) rest = true;
    const short = /^(?:>|&gt;) ?/.exec(line);
    const isQuote = rest || short !== null;
    const words = long ? line.slice(long[0].length) : !rest && short ? line.slice(short[0].length) : line;
    const kind = isQuote ? "quote" : "paragraph";
    const last = parts.at(-1);
    const children = readInline(words);
    if (last && last.kind === kind) last.children.push({ kind: "break" }, ...children);
    else parts.push({ kind, children });
  }
  return parts;
}

const styleOf = /** @type {const} */ ({ "*": "bold", _: "italic", "~": "strike" });
const wordCharacter = /[\p{L}\p{N}]/u;

/** @param {string} line @returns {Inline[]} */
function scan(line) {
  /** @type {Inline[]} */
  const found = [];
  let at = 0;
  while (at < line.length) {
    const here = readAt(line, at);
    if (here) {
      found.push(here.node);
      at = here.next;
    } else {
      found.push({ kind: "text", text: /** @type {string} */ (line[at]) });
      at += 1;
    }
  }
  return found;
}

/** @param {string} line @param {number} at @returns {{node: Inline, next: number} | null} */
function readAt(line, at) {
  const sign = line[at];
  if (sign === "<") return readAngle(line, at);
  if (sign === "`") {
    const end = line.indexOf("`", at + 1);
    if (end <= at + 1) return null;
    return { node: { kind: "code", children: readCode(line.slice(at + 1, end)) }, next: end + 1 };
  }
  if (sign === "*" || sign === "_" || sign === "~") return readStyle(line, at, sign);
  if (sign === ":") return readEmoji(line, at);
  if (sign === "&") return readEntity(line, at);
  if (sign === "h" && !wordCharacter.test(line[at - 1] ?? " ")) return readAddress(line, at);
  return null;
}

/** @param {string} line @param {number} at @param {"*" | "_" | "~"} sign */
function readStyle(line, at, sign) {
  if (!isOpening(line, at, sign)) return null;
  for (let end = at + 1; end < line.length; end += 1) {
    if (line[end] === "<" || line[end] === "`") {
      const skipped = readAt(line, end);
      if (skipped) end = skipped.next - 1;
    } else if (line[end] === sign && end > at + 1 && isClosing(line, end)) {
      return { node: { kind: styleOf[sign], children: readInline(line.slice(at + 1, end)) }, next: end + 1 };
    }
  }
  return null;
}

/** @param {string} line @param {number} at @param {string} sign */
function isOpening(line, at, sign) {
  const before = line[at - 1] ?? " ";
  const after = line[at + 1] ?? " ";
  return !wordCharacter.test(before) && before !== sign && !/\s/.test(after) && after !== sign;
}

/** @param {string} line @param {number} at */
function isClosing(line, at) {
  return !/\s/.test(line[at - 1] ?? " ") && !wordCharacter.test(line[at + 1] ?? " ");
}

/** @param {string} line @param {number} at @returns {{node: Inline, next: number} | null} */
function readEmoji(line, at) {
  const match = emojiNamePattern.exec(line.slice(at, at + 60));
  if (!match) return null;
  return { node: { kind: "emoji", name: /** @type {string} */ (match[1]) }, next: at + match[0].length };
}

const entities = /** @type {Record<string, string>} */ ({ "&amp;": "&", "&lt;": "<", "&gt;": ">" });

/** @param {string} line @param {number} at @returns {{node: Inline, next: number} | null} */
function readEntity(line, at) {
  for (const [entity, sign] of Object.entries(entities))
    if (line.startsWith(entity, at)) return { node: { kind: "text", text: sign }, next: at + entity.length };
  return null;
}

/** @param {string} text */
function unescaped(text) {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => entities[entity] ?? entity);
}

/** A bare web address is a link. @param {string} line @param {number} at @returns {{node: Inline, next: number} | null} */
function readAddress(line, at) {
  const match = /^https?:\/\/[^\s<>|]+/.exec(line.slice(at));
  if (!match) return null;
  const address = match[0].replace(/[.,;:!?)'"*_~]+$/, "");
  if (/^https?:\/\/$/.test(address)) return null;
  const plain = unescaped(address);
  return { node: { kind: "link", href: plain, label: plain }, next: at + address.length };
}

/** What stands in angle brackets: a mention, a date, a link. @param {string} line @param {number} at @returns {{node: Inline, next: number} | null} */
function readAngle(line, at) {
  const end = line.indexOf(">", at);
  if (end < 0) return null;
  const inner = line.slice(at + 1, end);
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? "" : unescaped(inner.slice(bar + 1));
  const node = angleNode(target, label);
  return node ? { node, next: end + 1 } : null;
}

/** @param {string} target @param {string} label @returns {Inline | null} */
function angleNode(target, label) {
  if (/^@[UW]/.test(target)) return { kind: "user", id: target.slice(1), label };
  if (/^#C/.test(target)) return { kind: "channel", id: target.slice(1), label };
  if (target.startsWith("!date^")) {
    const [, unix = "", format = "", href = ""] = target.split("^");
    return { kind: "date", unixSeconds: Number(unix), format, href, fallback: label };
  }
  if (target.startsWith("!subteam^")) return { kind: "group", label: label || "group" };
  if (/^!(here|channel|everyone)$/.test(target)) return { kind: "broadcast", name: target.slice(1) };
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) {
    const href = unescaped(target);
    return { kind: "link", href, label: label || href.replace(/^mailto:/, "") };
  }
  return null;
}

/** Inside code only links, mentions and escapes are read. @param {string} text @returns {Inline[]} */
function readCode(text) {
  /** @type {Inline[]} */
  const found = [];
  let at = 0;
  while (at < text.length) {
    const here = text[at] === "<" ? readAngle(text, at) : text[at] === "&" ? readEntity(text, at) : null;
    found.push(here ? here.node : { kind: "text", text: /** @type {string} */ (text[at]) });
    at = here ? here.next : at + 1;
  }
  return joinTexts(found);
}

/** @param {Inline[]} nodes @returns {Inline[]} */
function joinTexts(nodes) {
  /** @type {Inline[]} */
  const joined = [];
  for (const node of nodes) {
    const last = joined.at(-1);
    if (node.kind === "text" && last?.kind === "text") last.text += node.text;
    else joined.push(node.kind === "text" ? { ...node } : node);
  }
  return joined;
}
