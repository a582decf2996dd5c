import type { PlainTextOption } from "@slack/types";
import { type KnownBlock, plainText } from "./views/blocks.ts";

type Field = { field: string; label: string; hint?: string; optional?: boolean };

/** A line of text, or a few. */
export function textInput(
  { field, label, hint, optional }: Field,
  more: { given?: string | undefined; placeholder?: string; lines?: boolean; most?: number },
): KnownBlock {
  return {
    type: "input",
    block_id: field,
    label: plainText(label, 2000),
    optional: optional ?? false,
    ...(hint ? { hint: plainText(hint, 2000) } : {}),
    element: {
      type: "plain_text_input",
      action_id: field,
      ...(more.lines ? { multiline: true } : {}),
      ...(more.given ? { initial_value: more.given.slice(0, more.most ?? 3000) } : {}),
      ...(more.placeholder ? { placeholder: plainText(more.placeholder, 150) } : {}),
      max_length: more.most ?? 3000,
    },
  };
}

/** One of a list. `given` is an option's value; where it is not among them the first stands there. */
export function selectInput(
  { field, label, hint }: Field,
  options: readonly PlainTextOption[],
  given?: string,
): KnownBlock {
  const initial = options.find((option) => option.value === given) ?? options[0];
  return {
    type: "input",
    block_id: field,
    label: plainText(label, 2000),
    ...(hint ? { hint: plainText(hint, 2000) } : {}),
    element: {
      type: "static_select",
      action_id: field,
      options: options.slice(0, 100),
      ...(initial ? { initial_option: initial } : {}),
    },
  };
}

/** One of many: the options are asked for as one types. */
export function searchInput({ field, label, hint }: Field, initial: PlainTextOption | undefined): KnownBlock {
  return {
    type: "input",
    block_id: field,
    label: plainText(label, 2000),
    ...(hint ? { hint: plainText(hint, 2000) } : {}),
    element: {
      type: "external_select",
      action_id: field,
      min_query_length: 0,
      ...(initial ? { initial_option: initial } : {}),
    },
  };
}

export function option(label: string, value: string, description?: string): PlainTextOption {
  return {
    text: plainText(label, 75),
    value: value.slice(0, 75),
    ...(description ? { description: plainText(description, 75) } : {}),
  };
}

/** Some of a few, ten at most as ticks; of more as a list. `given`: options' values, one a line. */
export function choicesInput(
  { field, label, hint }: Field,
  options: readonly PlainTextOption[],
  given: string,
): KnownBlock {
  const shown = options.slice(0, 100);
  const chosen = shown.filter((one) => given.split("\n").includes(one.value ?? ""));
  return {
    type: "input",
    block_id: field,
    label: plainText(label, 2000),
    optional: true,
    ...(hint ? { hint: plainText(hint, 2000) } : {}),
    element: {
      type: shown.length > 10 ? "multi_static_select" : "checkboxes",
      action_id: field,
      options: shown,
      ...(chosen.length > 0 ? { initial_options: chosen } : {}),
    },
  };
}

/** A day and a time of it, in the reader's own time zone. Given and read back as seconds since 1970. */
export function instantInput({ field, label, hint, optional }: Field, given?: string): KnownBlock {
  const initial = Number(given);
  return {
    type: "input",
    block_id: field,
    label: plainText(label, 2000),
    optional: optional ?? false,
    ...(hint ? { hint: plainText(hint, 2000) } : {}),
    element: {
      type: "datetimepicker",
      action_id: field,
      // Slack takes ten digits and no others.
      ...(initial >= 1e9 && initial < 1e10 ? { initial_date_time: Math.floor(initial) } : {}),
    },
  };
}

/** What an `instantInput` holds. Anything else is no instant, and so in the past. */
export function instantOf(given: string | undefined): Date | null {
  if (given === undefined || given === "") return null;
  return new Date(/^\d{1,12}$/.test(given) ? Number(given) * 1000 : 0);
}

/** A person of the workspace. */
export function personInput({ field, label, hint }: Field): KnownBlock {
  return {
    type: "input",
    block_id: field,
    label: plainText(label, 2000),
    ...(hint ? { hint: plainText(hint, 2000) } : {}),
    element: { type: "users_select", action_id: field },
  };
}

/** Files from the person's own machine. */
export function fileInput({ field, label, hint }: Field, most: number): KnownBlock {
  return {
    type: "input",
    block_id: field,
    label: plainText(label, 2000),
    optional: true,
    ...(hint ? { hint: plainText(hint, 2000) } : {}),
    element: { type: "file_input", action_id: field, max_files: most },
  };
}
