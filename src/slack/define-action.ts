import type { Button, ConfirmationDialog } from "@slack/types";
import { z } from "zod";
import type { Answer, Call } from "./answer.ts";
import { plainText } from "./views/blocks.ts";

/** A button as the views know it: what it is called and what it carries. What it does is said by `defineAction`. */
export type Pressable<Value extends z.ZodType = z.ZodType> = { name: string; value: Value };

export type Action<Value extends z.ZodType = z.ZodType> = {
  pressable: Pressable<Value>;
  for: "anyone" | "members" | "admins";
  /** A second delivery must not do it again, also not after a restart in between. */
  changes?: boolean;
  /** Checks again whatever it needs: the message may be old, the value forged. */
  run(call: Call & { value: z.infer<Value> }): Promise<Answer>;
};

export function pressable<Value extends z.ZodType>(name: string, value: Value): Pressable<Value> {
  return { name, value };
}

/** What every button on a container carries: its number and nothing more. */
export const aboutContainer = z.object({ containerId: z.int().positive() });

export function defineAction<Value extends z.ZodType>(action: Action<Value>): Action {
  return action as unknown as Action;
}

export function button<Value extends z.ZodType>(
  pressable: Pressable<Value>,
  label: string,
  value: z.infer<Value>,
  more: { style?: "primary" | "danger"; confirm?: ConfirmationDialog } = {},
): Button {
  return {
    type: "button",
    action_id: pressable.name,
    text: plainText(label, 75),
    value: JSON.stringify(value),
    ...(more.style ? { style: more.style } : {}),
    ...(more.confirm ? { confirm: more.confirm } : {}),
  };
}

/** The question before something is lost: `what` names the object, `loss` what will be gone. */
export function confirm(what: string, loss: string, yes: string): ConfirmationDialog {
  return {
    title: plainText(what, 100),
    text: plainText(loss, 300),
    confirm: plainText(yes, 30),
    deny: plainText("Not now", 30),
    style: "danger",
  };
}
