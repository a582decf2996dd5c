import { isDeepStrictEqual } from "node:util";
import type { Recipe } from "../ledger/image-tables.ts";
import { normalName } from "./packages/requirement.ts";

/** Words for people: `transformers==4.30.0`, `tmux (apt)`, `the set jupyter`, `numpy<2, was numpy>=2`. */
export type RecipeDifference = { added: string[]; removed: string[]; changed: string[] };

/** What `after` has, lacks and has otherwise than `before`. All empty: they make the same image. */
export function recipeDifference(before: Recipe, after: Recipe): RecipeDifference {
  const difference: RecipeDifference = { added: [], removed: [], changed: [] };
  compareBases(before, after, difference);
  // The packages that a base's row brings come and go with the base.
  const sets = (recipe: Recipe) => recipe.sets.filter(({ name }) => name !== nameOfBase(recipe));
  compareSets(sets(before), sets(after), difference);
  compareLines(before.pip, after.pip, normalisedName, "", difference);
  compareLines(before.apt, after.apt, (line) => line.split("=")[0] ?? line, " (apt)", difference);
  return difference;
}

function compareBases(before: Recipe, after: Recipe, { changed }: RecipeDifference): void {
  if (isDeepStrictEqual(before.base, after.base)) {
    const own = (recipe: Recipe) => recipe.sets.find(({ name }) => name === nameOfBase(recipe));
    if (!isDeepStrictEqual(own(before), own(after))) changed.push(`what ${nameOfBase(after)} brings along`);
    return;
  }
  const [was, is] = [before.base, after.base];
  if (was.kind === "dockerfile" && is.kind === "dockerfile") {
    changed.push(was.text === is.text ? "what the Dockerfile may copy" : "the Dockerfile");
    return;
  }
  const name = (base: Recipe["base"]) => (base.kind === "catalogue" ? base.name : "an own Dockerfile");
  if (name(was) !== name(is)) changed.push(`${name(is)}, was ${name(was)}`);
  else if (was.kind === "catalogue" && is.kind === "catalogue")
    changed.push(`${is.name} is ${is.image}, was ${was.image}`);
}

function compareSets(before: Recipe["sets"], after: Recipe["sets"], difference: RecipeDifference): void {
  const find = (sets: Recipe["sets"], wanted: string) => sets.find(({ name }) => name === wanted);
  for (const set of after) {
    const was = find(before, set.name);
    if (!was) difference.added.push(`the set ${set.name}`);
    else if (!isDeepStrictEqual(was, set)) difference.changed.push(`what the set ${set.name} holds`);
  }
  for (const { name } of before) if (!find(after, name)) difference.removed.push(`the set ${name}`);
}

/** A name can stand in several lines, for several conditions: those are taken as they stand. */
function compareLines(
  before: readonly string[],
  after: readonly string[],
  nameOf: (line: string) => string,
  kind: string,
  { added, removed, changed }: RecipeDifference,
): void {
  const [gone, come] = [
    before.filter((line) => !after.includes(line)),
    after.filter((line) => !before.includes(line)),
  ];
  const only = (lines: string[], name: string) => {
    const those = lines.filter((line) => nameOf(line) === name);
    return those.length === 1 ? those[0] : undefined;
  };
  const isChanged = (line: string) =>
    only(gone, nameOf(line)) !== undefined && only(come, nameOf(line)) !== undefined;
  for (const line of come) {
    if (isChanged(line)) changed.push(`${line}${kind}, was ${only(gone, nameOf(line))}`);
    else added.push(`${line}${kind}`);
  }
  for (const line of gone) if (!isChanged(line)) removed.push(`${line}${kind}`);
}

function nameOfBase({ base }: Recipe): string | undefined {
  return base.kind === "catalogue" ? base.name : undefined;
}

function normalisedName(line: string): string {
  return normalName(/^[A-Za-z0-9._-]+/.exec(line)?.[0] ?? line);
}
