import type { z } from "zod";
import type { Form } from "./answer.ts";

export function defineForm<Params extends z.ZodObject, Fields extends z.ZodObject>(
  form: Form<Params, Fields>,
): Form {
  return form as unknown as Form;
}
