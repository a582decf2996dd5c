import { z } from "zod";
import type { Recipe } from "../ledger/image-tables.ts";
import type { ImageView } from "../ledger/queries/images.ts";
import type { Given } from "./answer.ts";

/** The fields of an image's form, and how a recipe fills them. */

/** A field takes no more; what is longer stays where it is. */
export const mostLetters = 3000;

const longText = z.enum(["pip", "apt", "dockerfile"]);
export type LongText = z.infer<typeof longText>;

export const imageParams = z.object({
  /** The one that is changed; none: a new one. */
  imageId: z.int().positive().optional(),
  /** It stands on a Dockerfile of the member's own. */
  own: z.boolean().optional(),
  /** What the image has already and is too long for a field. */
  kept: z.array(longText).max(3).optional(),
  /** What is read in the workspace when the form is sent, being too long for a field. */
  workspace: z.array(longText).max(3).optional(),
  /** Ids of files that were handed over with an earlier step. */
  files: z.array(z.string().max(40)).max(4).optional(),
  /** Nothing is built of it yet: there is nothing to compare. */
  first: z.boolean().optional(),
  /** Digest of the recipe whose difference was shown. */
  seen: z.string().max(40).optional(),
});
export type ImageParams = z.infer<typeof imageParams>;

export const imageFields = z.object({
  name: z.string({ error: "The image needs a name." }).max(200).optional(),
  base: z.string().max(75).optional(),
  dockerfile: z.string().max(20_000).default(""),
  context: z.string().max(40).default(""),
  sets: z.string().max(10_000).default(""),
  pip: z.string().max(20_000).default(""),
  apt: z.string().max(20_000).default(""),
  file: z.string().max(1_000).default(""),
});
export type ImageFields = z.infer<typeof imageFields>;

/** The form filled with what an image is made of. */
export function filledWith(
  { image, recipe, latest }: Pick<ImageView, "image" | "recipe" | "latest">,
  more: { pip: readonly string[]; apt: readonly string[] } = { pip: [], apt: [] },
): { params: ImageParams; given: Given } {
  const { base } = recipe;
  const texts = {
    pip: recipe.pip.join("\n"),
    apt: recipe.apt.join("\n"),
    dockerfile: base.kind === "dockerfile" ? base.text : "",
  };
  const kept = (["pip", "apt", "dockerfile"] as const).filter((one) => texts[one].length > mostLetters);
  const shown = (field: LongText, added: readonly string[] = []) =>
    [kept.includes(field) ? "" : texts[field], ...added].filter((text) => text !== "").join("\n");
  return {
    params: {
      imageId: image.id,
      ...(base.kind === "dockerfile" ? { own: true } : {}),
      ...(kept.length > 0 ? { kept } : {}),
      ...(latest ? {} : { first: true }),
    },
    given: {
      base: base.kind === "catalogue" ? base.name : undefined,
      dockerfile: shown("dockerfile"),
      context: base.kind === "catalogue" || base.context ? "context" : "",
      sets: chosenSets(recipe).join("\n"),
      pip: shown(
        "pip",
        more.pip.filter((line) => !recipe.pip.includes(line)),
      ),
      apt: shown(
        "apt",
        more.apt.filter((line) => !recipe.apt.includes(line)),
      ),
    },
  };
}

/** What everybody gets is not chosen, and what a base brings along comes with it. */
export function chosenSets({ base, sets }: Recipe): string[] {
  const brought = base.kind === "catalogue" ? base.name : undefined;
  return sets.map((set) => set.name).filter((name) => name !== "always" && name !== brought);
}
