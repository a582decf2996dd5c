import type { Recipe } from "../ledger/image-tables.ts";
import type { Policy } from "../policy/keys.ts";
import type { Catalogue } from "./catalogue.ts";

/** What a person asks for in the form, as typed. */
export type ImageWish = {
  /** `context`: the Dockerfile may copy files of the project's workspace. */
  base: { catalogue: string } | { dockerfile: string; context: boolean };
  /** Names of package sets; `always` goes into every image without being named. */
  sets: string[];
  pip: string;
  apt: string;
};

/**
 * The recipe, complete in itself. Throws a Refusal with everything that is wrong, the others in `also`: fields `base`,
 * `dockerfile`, `sets`, `pip`, `apt`. The message is short enough for a form's field, the hint holds every line.
 */
export function recipeFrom(_policy: Policy, _catalogue: Catalogue, _wish: ImageWish): Recipe {
  throw new Error("not written yet");
}
