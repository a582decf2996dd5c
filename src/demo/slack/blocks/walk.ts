import { randomInt } from "node:crypto";
import type { Block } from "../person-api.ts";

/** An interactive element of a block; which fields it has besides depends on its type. */
export type Element = { type: string; action_id: string; [field: string]: unknown };
export type Found = { block: Block; element: Element };

type LooseBlock = { type: string; [field: string]: unknown };

/** The interactive elements of one block, in the order they stand. */
export function elementsOf(block: LooseBlock): Found[] {
  return candidates(block)
    .filter(
      (element): element is Element => isObject(element) && element.type !== "image" && "type" in element,
    )
    .map((element) => ({ block: block as Block, element }));
}

function candidates(block: LooseBlock): unknown[] {
  switch (block.type) {
    case "section":
      return block.accessory ? [block.accessory] : [];
    case "actions":
      return block.elements as unknown[];
    case "input":
      return [block.element];
    case "card":
      return (block.actions as unknown[] | undefined) ?? [];
    case "carousel":
      return (block.elements as LooseBlock[]).flatMap((card) => candidates(card));
    default:
      return [];
  }
}

export function findElement(blocks: readonly Block[], blockId: string, actionId: string): Found | undefined {
  return blocks
    .filter((block) => block.block_id === blockId)
    .flatMap((block) => elementsOf(block))
    .find(({ element }) => element.action_id === actionId);
}

/** Checked blocks as Slack keeps them: ids where none were given, and its defaults in text objects. A deep copy. */
export function keepBlocks(blocks: unknown): Block[] {
  const kept = structuredClone(blocks) as LooseBlock[];
  for (const block of kept) {
    block.block_id ??= shortId();
    for (const { element } of elementsOf(block)) element.action_id ??= shortId();
  }
  fillTextDefaults(kept);
  return kept as Block[];
}

function fillTextDefaults(value: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) fillTextDefaults(item);
    return;
  }
  if (!isObject(value)) return;
  if (value.type === "plain_text") value.emoji ??= true;
  else if (value.type === "mrkdwn") value.verbatim ??= false;
  else for (const item of Object.values(value)) fillTextDefaults(item);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export function shortId(length = 5): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join("");
}
