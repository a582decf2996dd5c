import { type Element, elementsOf } from "../blocks/walk.ts";
import type { Block, StateValues } from "../person-api.ts";
import { isEmpty, type StateValue } from "./state.ts";

/** What Slack's own client refuses before it submits a modal: block id -> what is wrong. */
export function unfinished(blocks: readonly Block[], state: StateValues): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const block of blocks) {
    if (block.type !== "input") continue;
    for (const { element } of elementsOf(block)) {
      const value = state[block.block_id]?.[element.action_id];
      const problem = isEmpty(value)
        ? block.optional === true
          ? undefined
          : "Please complete this required field."
        : unfit(element, value as StateValue);
      if (problem) errors[block.block_id] = problem;
    }
  }
  return errors;
}

function unfit(element: Element, value: StateValue): string | undefined {
  const text = String(value.value ?? "");
  switch (element.type) {
    case "plain_text_input": {
      const least = (element.min_length as number | undefined) ?? 0;
      const most = (element.max_length as number | undefined) ?? 3_000;
      if (text.length < least) return `Please enter at least ${least} characters.`;
      if (text.length > most) return `Please enter no more than ${most} characters.`;
      return undefined;
    }
    case "number_input": {
      const wellFormed = element.is_decimal_allowed === true ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
      if (!wellFormed.test(text)) return "Please enter a valid number.";
      const [least, most] = [element.min_value, element.max_value];
      if (least !== undefined && Number(text) < Number(least))
        return `Please enter a number no less than ${least}.`;
      if (most !== undefined && Number(text) > Number(most))
        return `Please enter a number no more than ${most}.`;
      return undefined;
    }
    case "email_text_input":
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? undefined : "Please enter a valid email address.";
    case "url_text_input":
      return URL.canParse(text) ? undefined : "Please enter a valid URL.";
    case "datepicker":
      return /^\d{4}-\d{2}-\d{2}$/.test(String(value.selected_date))
        ? undefined
        : "Please enter a valid date.";
    case "timepicker":
      return /^([01]\d|2[0-3]):[0-5]\d$/.test(String(value.selected_time))
        ? undefined
        : "Please enter a valid time.";
    default:
      return undefined;
  }
}
