import type { Recipe } from "../ledger/image-tables.ts";

/** Words for people: `transformers==4.30.0`, `tmux (apt)`, `the set jupyter`, `numpy: <2, was >=2`. */
export type RecipeDifference = { added: string[]; removed: string[]; changed: string[] };

/** What `after` has, lacks and has otherwise than `before`. All empty: they make the same image. */
export function recipeDifference(_before: Recipe, _after: Recipe): RecipeDifference {
  throw new Error("not written yet");
}
