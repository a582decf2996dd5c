import type { Recipe } from "../ledger/image-tables.ts";
import type { Policy } from "../policy/keys.ts";
import type { ImageWish } from "./recipe.ts";

/**
 * What one would ask for to get an image like that one. A package set that the policy has no longer, or has with other
 * packages by now, is asked for package by package, so that what comes is what was.
 */
export function wishOfRecipe(policy: Pick<Policy, "package_sets">, recipe: Recipe): ImageWish {
  const { base } = recipe;
  // The packages that a row of the catalogue brings come with its name.
  const bases = base.kind === "catalogue" ? [base.name] : [];
  const own = recipe.sets.filter(({ name }) => name !== "always" && !bases.includes(name));
  const kept = own.filter((set) => isThere(policy, set));
  const gone = own.filter((set) => !kept.includes(set));
  return {
    base:
      base.kind === "catalogue" ? { catalogue: base.name } : { dockerfile: base.text, context: base.context },
    sets: kept.map(({ name }) => name),
    pip: once([...recipe.pip, ...gone.flatMap(({ pip }) => pip)]),
    apt: once([...recipe.apt, ...gone.flatMap(({ apt }) => apt)]),
  };
}

function isThere(
  { package_sets }: Pick<Policy, "package_sets">,
  { name, pip, apt }: Recipe["sets"][number],
): boolean {
  const now = Object.hasOwn(package_sets, name) ? package_sets[name] : undefined;
  return now !== undefined && same(now.pip, pip) && same(now.apt, apt);
}

function same(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one));
}

function once(lines: readonly string[]): string {
  return [...new Set(lines)].join("\n");
}
