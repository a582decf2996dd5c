import { z } from "zod";
import { limits } from "../limits.ts";
import { anyBlock, type Surface, surfacesOf } from "./blocks.ts";
import { elementsOf } from "./walk.ts";

/** What is wrong and where, in Slack's form: `must be less than 151 characters [json-pointer:/blocks/0/text/text]`. */
export type Complaint = string;

/** Every rule a list of blocks breaks on this surface; empty if it may be shown. `at` is the list's own JSON pointer. */
export function checkBlocks(blocks: unknown, surface: Surface, at = "/blocks"): Complaint[] {
  const most = surface === "message" ? limits.message.blocks : limits.view.blocks;
  const least = surface === "message" ? 0 : 1;
  const read = z.array(anyBlock).min(least).max(most).safeParse(blocks);
  if (!read.success) return complaintsOf(read.error, at, blocks);
  return [
    ...misplaced(read.data, surface, at),
    ...repeatedIds(read.data, at),
    ...tooManyTables(read.data, at),
    ...secondFocus(read.data, at),
  ];
}

export function complaintsOf(error: z.ZodError, at: string, value: unknown): Complaint[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    const last = path.at(-1) ?? at.split("/").at(-1) ?? "";
    const here = pointer(at, path);
    const above = pointer(at, path.slice(0, -1));
    switch (issue.code) {
      case "invalid_type":
        return valueAt(value, issue.path) === undefined
          ? [`missing required field: ${last} [json-pointer:${above}]`]
          : [`must provide a valid ${issue.expected} [json-pointer:${here}]`];
      case "too_big":
        if (issue.origin === "string")
          return [`must be less than ${Number(issue.maximum) + 1} characters [json-pointer:${here}]`];
        if (issue.origin === "array")
          return [`no more than ${issue.maximum} items allowed [json-pointer:${here}]`];
        return [`must be at most ${issue.maximum} [json-pointer:${here}]`];
      case "too_small":
        if (issue.origin === "string")
          return [`must be more than ${Number(issue.minimum) - 1} characters [json-pointer:${here}]`];
        if (issue.origin === "array")
          return [`no less than ${issue.minimum} items allowed [json-pointer:${here}]`];
        return [`must be at least ${issue.minimum} [json-pointer:${here}]`];
      case "unrecognized_keys":
        return issue.keys.map((key) => `invalid additional property: ${key} [json-pointer:${here}]`);
      case "invalid_union": {
        const type = valueAt(value, issue.path);
        return type === undefined
          ? [`missing required field: ${last} [json-pointer:${above}]`]
          : [
              `unsupported type: ${typeof type === "string" ? type : JSON.stringify(type)} [json-pointer:${here}]`,
            ];
      }
      case "invalid_value":
        return valueAt(value, issue.path) === undefined
          ? [`missing required field: ${last} [json-pointer:${above}]`]
          : [`must be one of: ${issue.values.map(String).join(", ")} [json-pointer:${here}]`];
      default:
        return [`${issue.message} [json-pointer:${here}]`];
    }
  });
}

function pointer(at: string, path: string[]): string {
  return [at, ...path].join("/");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (v, key) => (v === null || v === undefined ? undefined : (v as Record<PropertyKey, unknown>)[key]),
    value,
  );
}

type CheckedBlocks = z.infer<typeof anyBlock>[];

function misplaced(blocks: CheckedBlocks, surface: Surface, at: string): Complaint[] {
  return blocks.flatMap((block, index) => {
    const places = surfacesOf[block.type];
    if (!places || places.includes(surface)) return [];
    return [`${block.type} blocks are not allowed in a ${surface} [json-pointer:${at}/${index}/type]`];
  });
}

/** block_ids are unique on a surface; action_ids only within their block, as in real Slack. */
function repeatedIds(blocks: CheckedBlocks, at: string): Complaint[] {
  const seen = new Set<string>();
  return blocks.flatMap((block, index) => {
    const complaints: Complaint[] = [];
    const blockId = block.block_id as string | undefined;
    if (blockId !== undefined && seen.has(blockId))
      complaints.push(`\`block_id\` "${blockId}" already exists [json-pointer:${at}/${index}/block_id]`);
    if (blockId !== undefined) seen.add(blockId);
    const actionIds = elementsOf(block).flatMap(({ element }) =>
      element.action_id ? [element.action_id] : [],
    );
    for (const id of new Set(actionIds.filter((id, i) => actionIds.indexOf(id) !== i)))
      complaints.push(`\`action_id\` "${id}" already exists for this block [json-pointer:${at}/${index}]`);
    return complaints;
  });
}

function tooManyTables(blocks: CheckedBlocks, at: string): Complaint[] {
  const tables = blocks.filter((block) => block.type === "table").length;
  return tables > limits.message.tables ? [`only_one_table_allowed [json-pointer:${at}]`] : [];
}

function secondFocus(blocks: CheckedBlocks, at: string): Complaint[] {
  const focused = blocks
    .flatMap((block) => elementsOf(block))
    .filter(({ element }) => element.focus_on_load === true);
  return focused.length > 1 ? [`only one element may have \`focus_on_load\` [json-pointer:${at}]`] : [];
}
