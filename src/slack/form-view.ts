import { z } from "zod";
import type { Call, Form, Given } from "./answer.ts";

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

/** `problem`: what stands above the fields, because it belongs to none of them. */
export async function drawForm(
  form: Form,
  call: Call & {
    key: string;
    params: Record<string, unknown>;
    given: Given | Record<string, unknown>;
    problem?: KnownBlock[];
  },
): Promise<ModalView> {
  const params = form.params.parse(call.params);
  const given = Object.fromEntries(
    Object.entries(call.given).flatMap(([field, value]) =>
      value === undefined || value === null ? [] : [[field, String(value)]],
    ),
  );
  const blocks = await form.draw({ ...call, params, given });
  return { ...shellOf(form, call.key, call.params), blocks: [...(call.problem ?? []), ...blocks] };
}

function shellOf(form: Form, key: string, params: Record<string, unknown>) {
  return {
    type: "modal" as const,
    callback_id: form.name,
    title: plainText(form.title, 24),
    submit: plainText(form.submit, 24),
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

/** Slack's state of a view → field → text. A field whose block is named after it; what is empty is left out. */
export function givenIn(values: Record<string, Record<string, unknown>>): Record<string, string> {
  const given: Record<string, string> = {};
  for (const elements of Object.values(values))
    for (const [field, element] of Object.entries(elements)) {
      const text = textOf(element);
      if (text !== undefined && typed(text).trim() !== "") given[field] = typed(text).trim();
    }
  return given;
}

const entered = z.object({
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
});

function textOf(element: unknown): string | undefined {
  const read = entered.safeParse(element);
  if (!read.success) return undefined;
  return read.data.value ?? read.data.selected_option?.value ?? undefined;
}
