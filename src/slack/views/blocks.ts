import type { Button, KnownBlock, ModalView, PlainTextElement, RichTextElement } from "@slack/types";
import { clipped, dateFormat, inUtc, joined, type Mrkdwn, unixSeconds } from "../mrkdwn.ts";

/** What is posted: blocks, and the same in one line for notifications and screen readers. */
export type Message = { text: Mrkdwn; blocks: KnownBlock[] };
export type { KnownBlock, ModalView };

export function section(text: Mrkdwn, accessory?: Button): KnownBlock {
  return {
    type: "section",
    text: { type: "mrkdwn", text: clipped(text, 3000) },
    ...(accessory ? { accessory } : {}),
  };
}

/** Two columns of short facts, ten at most. */
export function facts(texts: readonly Mrkdwn[]): KnownBlock {
  return {
    type: "section",
    fields: texts.slice(0, 10).map((text) => ({ type: "mrkdwn", text: clipped(text, 2000) })),
  };
}

/** Small grey print. */
export function context(...texts: Mrkdwn[]): KnownBlock {
  return {
    type: "context",
    elements: texts.slice(0, 10).map((text) => ({ type: "mrkdwn", text: clipped(text, 2000) })),
  };
}

export function header(text: string): KnownBlock {
  return { type: "header", text: plainText(text, 150) };
}

export function divider(): KnownBlock {
  return { type: "divider" };
}

type Pressed = Extract<KnownBlock, { type: "actions" }>["elements"][number];

/** A row of buttons and selects, or nothing where there are none. One that stands there twice has its number behind a colon. */
export function buttons(elements: readonly (Pressed | undefined)[], blockId?: string): KnownBlock[] {
  const there = elements.filter((element) => element !== undefined).slice(0, 25);
  if (there.length === 0) return [];
  const names = there.map((element) => element.action_id);
  const apart = there.map((element, i) =>
    names.indexOf(element.action_id) < i ? { ...element, action_id: `${element.action_id}:${i}` } : element,
  );
  return [{ type: "actions", elements: apart, ...(blockId ? { block_id: blockId } : {}) }];
}

/** Text to be copied as it stands: no markup is read in it. */
export function copyable(text: string): KnownBlock {
  return {
    type: "rich_text",
    elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text: text || " " }] }],
  };
}

/** A sentence of another room, shown letter by letter: asterisks and backticks in it stay what they are. */
export function saying(sentence: string, emoji?: string): KnownBlock {
  const lead: RichTextElement[] = emoji
    ? [
        { type: "emoji", name: emoji },
        { type: "text", text: "  " },
      ]
    : [];
  return {
    type: "rich_text",
    elements: [{ type: "rich_text_section", elements: [...lead, ...spoken(sentence)] }],
  };
}

function spoken(sentence: string): RichTextElement[] {
  const most = 2900;
  const short = sentence.length > most ? `${sentence.slice(0, most)}…` : sentence;
  const parts = short.split(/⟦(\d+)⟧/);
  const elements = parts.map((part, i): RichTextElement => {
    if (i % 2 === 0) return { type: "text", text: part };
    const instant = new Date(Number(part) * 1000);
    return { type: "date", timestamp: unixSeconds(instant), format: dateFormat, fallback: inUtc(instant) };
  });
  const said = elements.filter((element) => element.type !== "text" || element.text !== "");
  return said.length > 0 ? said : [{ type: "text", text: " " }];
}

/**
 * Slack refuses a message whose blocks are too long as a whole (`msg_blocks_too_long`) and publishes no number: people found some
 * 13 200 characters, less for every block there is. Answers to a command and views are not held to it.
 */
const mostInMessage = 12_000;

/** Whether all of these may stand in one message that is posted or edited. */
export function fitsMessage(blocks: readonly KnownBlock[]): boolean {
  return blocks.length <= 50 && JSON.stringify(blocks).length <= mostInMessage;
}

/** Plain text as Slack takes it: never empty, never too long. */
export function plainText(text: string, most: number): PlainTextElement {
  const short = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return { type: "plain_text", text: short || " ", emoji: true };
}

/** A modal that only shows something. */
export function page(title: string, blocks: KnownBlock[]): ModalView {
  return {
    type: "modal",
    title: plainText(title, 24),
    close: plainText("Close", 24),
    blocks: blocks.slice(0, 100),
  };
}

/** Lines packed into as few sections as Slack's limit allows. */
export function inSections(lines: readonly Mrkdwn[]): KnownBlock[] {
  const packs: Mrkdwn[][] = [];
  let length = 0;
  for (const line of lines) {
    const last = packs.at(-1);
    if (last && length + line.length < 2_900) last.push(line);
    else {
      packs.push([line]);
      length = 0;
    }
    length += line.length + 1;
  }
  return packs.map((pack) => section(joined(pack, "\n")));
}
