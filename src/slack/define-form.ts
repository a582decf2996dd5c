import type { z } from "zod";
import type { Answer, Call } from "./answer.ts";
import type { KnownBlock } from "./views/blocks.ts";

/**
 * A modal with inputs. Inputs stand in blocks whose `block_id` and `action_id` are both the field's name; a field's problem is
 * shown at its block.
 */
export type Form<Params extends z.ZodObject = z.ZodObject, Fields extends z.ZodObject = z.ZodObject> = {
  name: string;
  /** At most 24 letters. */
  title: string;
  submit: string;
  for: "anyone" | "members" | "admins";
  /** Ids that the form carries; what comes back of them is a hint, checked again by the use case. */
  params: Params;
  fields: Fields;
  /** The blocks, with `given` filled in. May read the ledger: a skeleton is shown meanwhile. */
  draw(call: Call & { params: z.infer<Params>; given: Given }): Promise<KnownBlock[]>;
  /** Judges and commits. A `Refusal` with a field is shown at that field, another above the form. */
  submitted(call: Call & { params: z.infer<Params>; values: z.infer<Fields> }): Promise<Answer>;
};

/** Field → what is filled in, as text (an option's value for a select). */
export type Given = Readonly<Record<string, string | undefined>>;

export function defineForm<Params extends z.ZodObject, Fields extends z.ZodObject>(
  form: Form<Params, Fields>,
): Form {
  return form as unknown as Form;
}
