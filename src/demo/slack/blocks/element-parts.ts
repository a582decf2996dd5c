import { z } from "zod";
import { limits } from "../limits.ts";
import { confirmDialog, placeholder } from "./texts.ts";

/** What several of Block Kit's elements have. */

export const id = z.string().min(1).max(limits.id);
export const base = { action_id: id.optional() };
export const confirm = { confirm: confirmDialog.optional() };
export const focus = { focus_on_load: z.boolean().optional() };
export const hint = { placeholder: placeholder.optional() };
export const maxSelected = { max_selected_items: z.int().min(1).optional() };
export const dispatch = {
  dispatch_action_config: z
    .strictObject({
      trigger_actions_on: z
        .array(z.enum(["on_enter_pressed", "on_character_entered"]))
        .min(1)
        .optional(),
    })
    .optional(),
};
export const picker = { ...base, ...confirm, ...focus, ...hint };
