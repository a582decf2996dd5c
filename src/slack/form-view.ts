import { z } from "zod";
import type { BlockIds, Call, FilledForm, Form, Given } from "./answer.ts";
import type { FormState } from "./asked.ts";

import { mrkdwn } from "./mrkdwn.ts";
import { typed } from "./typed.ts";
import { type KnownBlock, type ModalView, plainText, section } from "./views/blocks.ts";

/** What a form carries: which asking it is, and ids. */
const carried = z.object({ key: z.string().min(8).max(64), params: z.record(z.string(), z.unknown()) });

/** Opened at once, while the form itself is being drawn. It can't be submitted. */
export function skeletonOf(form: Form, key: string, params: Record<string, unknown>): ModalView {
  const { submit: _, ...shell } = shellOf(form, key, params);
  return { ...shell, blocks: [section(mrkdwn`One moment…`)] };
}

export function workingOn(form: Form, key: string, params: Record<string, unknown>): ModalView {
  const { submit: _, ...shell } = shellOf(form, key, params);
  return { ...shell, blocks: [section(mrkdwn`:hourglass_flowing_sand: Working…`)] };
}

/**
 * `problem`: what stands above the fields, because it belongs to none of them. `blockIds`: where each field stood before;
 * a field that stands under another id is a new one to Slack, and shows what it is given.
 */
export async function drawForm(
  form: Form,
  call: Call & {
    key: string;
    params: Record<string, unknown>;
    given: Given | Record<string, unknown>;
    problem?: KnownBlock[];
    blockIds?: BlockIds;
  },
): Promise<ModalView> {
  const params = form.params.parse(call.params);
  const given = Object.fromEntries(
    Object.entries(call.given).flatMap(([field, value]) =>
      value === undefined || value === null ? [] : [[field, String(value)]],
    ),
  );
  const blocks = await form.draw({ ...call, params, given });
  const placed = blocks.map((block) => under(call.blockIds ?? {}, block));
  return { ...shellOf(form, call.key, call.params), blocks: [...(call.problem ?? []), ...placed] };
}

function under(blockIds: BlockIds, block: KnownBlock): KnownBlock {
  const id = block.type === "input" ? blockIds[block.block_id ?? ""] : undefined;
  return id === undefined ? block : { ...block, block_id: id };
}

/** What was on the screen, where a button in a form was pressed; undefined where the view is no form of ours. */
export function filledForm(
  view: { id: string; type: string; form?: FormState } | undefined,
): FilledForm | undefined {
  const carriedOn = view?.form && view.type === "modal" ? carriedBy(view.form.privateMetadata) : undefined;
  if (!view?.form || !carriedOn) return undefined;
  const { name, values } = view.form;
  return { viewId: view.id, name, ...carriedOn, given: givenIn(values), blocks: blockIdsIn(values) };
}

/** Where each field stands: `pip` → `pip`, or `pip.2` once it was filled anew. */
export function blockIdsIn(values: Record<string, Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([block, elements]) =>
      Object.keys(elements).map((field) => [field, block]),
    ),
  );
}

/** The same, with another block for every field whose content is to be another than the one on the screen. */
export function blockIdsAfter(before: FilledForm, given: Given): BlockIds {
  const next = (field: string, block: string) => {
    if ((given[field] ?? "") === (before.given[field] ?? "")) return block;
    const times = Number(/\.(\d+)$/.exec(block)?.[1] ?? 1);
    return `${field}.${times + 1}`;
  };
  return Object.fromEntries(
    Object.entries(before.blocks).map(([field, block]) => [field, next(field, block)]),
  );
}

function shellOf(form: Form, key: string, params: Record<string, unknown>) {
  return {
    type: "modal" as const,
    callback_id: form.name,
    title: plainText(form.title, 24),
    submit: plainText(typeof form.submit === "string" ? form.submit : form.submit(params), 24),
    close: plainText("Cancel", 24),
    private_metadata: JSON.stringify({ key, params }),
  };
}

export function carriedBy(
  privateMetadata: string,
): { key: string; params: Record<string, unknown> } | undefined {
  try {
    return carried.parse(JSON.parse(privateMetadata));
  } catch {
    return undefined;
  }
}

/** Slack's state of a view → field → text; what is empty is left out, but for choices of several, of which none may be meant. */
export function givenIn(values: Record<string, Record<string, unknown>>): Record<string, string> {
  const given: Record<string, string> = {};
  for (const elements of Object.values(values))
    for (const [field, element] of Object.entries(elements)) {
      const text = textOf(element);
      if (text === undefined) continue;
      const read = typed(text).trim();
      if (read !== "" || several.has(kindOf(element))) given[field] = read;
    }
  return given;
}

const entered = z.object({
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
  selected_user: z.string().nullish(),
  selected_options: z.array(z.object({ value: z.string() })).nullish(),
  selected_users: z.array(z.string()).nullish(),
  files: z.array(z.object({ id: z.string() })).nullish(),
  /** Seconds since 1970. */
  selected_date_time: z.number().nullish(),
});
const several = new Set(["checkboxes", "multi_static_select", "multi_external_select", "multi_users_select"]);

function kindOf(element: unknown): string {
  return z.object({ type: z.string() }).safeParse(element).data?.type ?? "";
}

function textOf(element: unknown): string | undefined {
  const read = entered.safeParse(element);
  if (!read.success) return undefined;
  const { value, selected_option, selected_user, selected_options, selected_users, files } = read.data;
  const { selected_date_time: instant } = read.data;
  const many =
    selected_options?.map((option) => option.value) ?? selected_users ?? files?.map((file) => file.id);
  return (
    value ??
    selected_option?.value ??
    selected_user ??
    many?.join("\n") ??
    (instant ? String(instant) : undefined)
  );
}
