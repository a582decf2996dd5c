import { Refusal, refuseAny } from "../errors.ts";
import type { Recipe } from "../ledger/image-tables.ts";
import type { Policy } from "../policy/keys.ts";
import { nearest } from "../policy/nearest.ts";
import { counted, listed } from "../sentence.ts";
import type { Catalogue } from "./catalogue.ts";
import { allowedBases, judgeDockerfile } from "./dockerfile/judge.ts";
import { readAptLines } from "./packages/apt.ts";
import { type LineProblem, type ReadLines, shown } from "./packages/line-problem.ts";
import { readPipLines } from "./packages/pip.ts";

/** What a person asks for in the form, as typed. */
export type ImageWish = {
  /** `context`: the Dockerfile may copy files of the project's workspace. */
  base: { catalogue: string } | { dockerfile: string; context: boolean };
  /** Names of package sets; `always` goes into every image without being named. */
  sets: readonly string[];
  pip: string;
  apt: string;
};

/**
 * The recipe, complete in itself. Throws a Refusal with everything that is wrong, the others in `also`: fields `base`,
 * `dockerfile`, `sets`, `pip`, `apt`. The message is short enough for a form's field; the hint holds every line and what
 * to write instead.
 */
export function recipeFrom(policy: Policy, catalogue: Catalogue, wish: ImageWish): Recipe {
  const refusals: Refusal[] = [];
  const noted = <T>(read: { found: T } | { refusals: Refusal[] }, otherwise: T): T => {
    if ("found" in read) return read.found;
    refusals.push(...read.refusals);
    return otherwise;
  };
  const base = noted(readBase(policy, catalogue, wish), undefined);
  const sets = noted(readSets(policy, wish), []);
  const pip = noted(readList("pip", readPipLines(wish.pip, { allowUrls: policy.pip.allow_urls })), []);
  const apt = noted(readList("apt", readAptLines(wish.apt)), []);
  refuseAny(refusals);
  if (base === undefined) throw new Error("A recipe without a base was not refused");
  const recipe: Recipe = { base: base.base, sets: [...base.sets, ...sets], pip, apt };
  refuseMoreThan(recipe);
  return recipe;
}

type Base = Pick<Recipe, "base" | "sets">;
type Read<T> = { found: T } | { refusals: Refusal[] };

function readBase(policy: Policy, catalogue: Catalogue, { base }: ImageWish): Read<Base> {
  if ("dockerfile" in base) {
    const rules = { allowed: allowedBases(policy, catalogue), context: base.context };
    const judged = judgeDockerfile(base.dockerfile, rules);
    if ("problems" in judged) return { refusals: [refusedLines("dockerfile", judged.problems)] };
    return {
      found: { base: { kind: "dockerfile", text: base.dockerfile, context: base.context }, sets: [] },
    };
  }
  const name = base.catalogue.trim().toLowerCase();
  const row = catalogue.images.find((one) => one.name === name);
  if (row) {
    const found: Base["base"] = { kind: "catalogue", name: row.name, image: row.image };
    const set = setOf(row.name, { pip: row.pip, apt: [] }, "catalogue");
    return "refusals" in set ? set : { found: { base: found, sets: set.found } };
  }
  const names = catalogue.images.map((one) => one.name);
  const near = nearest(name, names);
  const hint =
    near.length > 0
      ? `Did you mean ${listed(near, "or")}?`
      : `There ${names.length === 1 ? "is" : "are"} ${listed(names.slice(0, 5))}${names.length > 5 ? " and more" : ""}.`;
  return {
    refusals: [
      new Refusal("no-base", `There is no environment called “${shown(base.catalogue).slice(0, 60)}”.`, {
        field: "base",
        hint,
      }),
    ],
  };
}

/** In the policy's order, whatever order they were ticked in: what is alike for many is built once. */
function readSets({ package_sets }: Policy, wish: ImageWish): Read<Recipe["sets"]> {
  const known = Object.keys(package_sets);
  const unknown = wish.sets.filter((name) => !known.includes(name));
  const chosen = ["always", ...known].filter(
    (name, i, all) =>
      all.indexOf(name) === i && known.includes(name) && (name === "always" || wish.sets.includes(name)),
  );
  const read = chosen.map((name) => setOf(name, package_sets[name] ?? { pip: [], apt: [] }, "policy"));
  const refusals = read.flatMap((one) => ("refusals" in one ? one.refusals : []));
  if (unknown.length > 0) {
    const near = [...new Set(unknown.flatMap((name) => nearest(name, known)))].filter(
      (one) => one !== "always",
    );
    const offered = known.filter((name) => name !== "always");
    refusals.push(
      new Refusal(
        "no-set",
        `There is no package set called ${listed(
          unknown.slice(0, 5).map((name) => `“${shown(name).slice(0, 40)}”`),
          "or",
        )}.`,
        {
          field: "sets",
          hint: near.length > 0 ? `Did you mean ${listed(near, "or")}?` : `There are ${listed(offered)}.`,
        },
      ),
    );
  }
  if (refusals.length > 0) return { refusals };
  return { found: read.flatMap((one) => ("found" in one ? one.found : [])) };
}

/** Packages that an admin wrote down are read like anybody's, but addresses are theirs to allow. */
function setOf(
  name: string,
  { pip, apt }: { pip: readonly string[]; apt: readonly string[] },
  file: "policy" | "catalogue",
): Read<Recipe["sets"]> {
  const read = [readPipLines(pip.join("\n"), { allowUrls: true }), readAptLines(apt.join("\n"))] as const;
  const problems = read.flatMap((one) => ("problems" in one ? one.problems : []));
  const [first] = problems;
  if (first) {
    const what = file === "policy" ? `The package set ${name}` : `The environment ${name}`;
    return {
      refusals: [
        new Refusal(
          `bad-${file}`,
          `${what} can't be used: “${first.text}” in it is wrong. ${first.sentence}`,
          {
            field: file === "policy" ? "sets" : "base",
            hint: `Take another one; an admin can mend it in ${file}.yaml.`,
          },
        ),
      ],
    };
  }
  const [pipLines, aptLines] = read.map((one) => ("lines" in one ? one.lines : []));
  if (!pipLines?.length && !aptLines?.length) return { found: [] };
  return { found: [{ name, pip: pipLines ?? [], apt: aptLines ?? [] }] };
}

function readList(field: "pip" | "apt", read: ReadLines): Read<string[]> {
  return "lines" in read ? { found: read.lines } : { refusals: [refusedLines(field, read.problems)] };
}

const mostPackages = 600;

/** Each list has its own limit; this one keeps all of it small enough to be kept for ever. */
function refuseMoreThan(recipe: Recipe): void {
  const count = [recipe, ...recipe.sets].reduce((sum, { pip, apt }) => sum + pip.length + apt.length, 0);
  if (count <= mostPackages) return;
  throw new Refusal(
    "too-many-packages",
    `These are ${count} packages; an image can name ${mostPackages} at most.`,
    {
      field: recipe.pip.length >= recipe.apt.length ? "pip" : "apt",
      hint: "Leave out those that others bring along anyway.",
    },
  );
}

/** Slack shows about this much below a field. */
const shortest = 150;
const named = { pip: "Python packages", apt: "packages", dockerfile: "Dockerfile" };

/** One refusal for all that is wrong with one field. */
export function refusedLines(field: "pip" | "apt" | "dockerfile", problems: readonly LineProblem[]): Refusal {
  return new Refusal(`bad-${field}`, inShort(field, problems), { field, hint: inFull(problems) });
}

/** Which lines and why, as far as it fits; never cut within a line's number. */
function inShort(field: keyof typeof named, problems: readonly LineProblem[]): string {
  const [first, ...others] = problems;
  if (!first) return "";
  const one = `Line ${first.line}: ${first.sentence}`;
  if (others.length === 0 && one.length <= shortest) return one;
  const numbers = [...new Set(problems.map(({ line }) => line))];
  const lines = `${numbers.length === 1 ? "Line" : "Lines"} ${listed(numbers.slice(0, 8).map(String))}${numbers.length > 8 ? " and more" : ""}`;
  const all = `${lines} can't be used.`;
  const both = `${all} ${one}`;
  if (both.length <= shortest) return both;
  return others.length === 0
    ? `Line ${first.line}: “${first.text.slice(0, 60)}” can't be used.`
    : `${all} ${counted(problems.length, "problem")} in the ${named[field]}.`;
}

const mostTold = 30;

/** Every line with its text, what is wrong and what to write instead; one paragraph a problem. */
function inFull(problems: readonly LineProblem[]): string {
  const told = problems
    .slice(0, mostTold)
    .map(
      ({ line, text, sentence, instead }) =>
        `Line ${line}, “${text}”: ${sentence}${instead === undefined ? "" : ` ${instead}`}`,
    );
  const more = problems.length - told.length;
  return [
    ...told,
    ...(more > 0 ? [`And ${counted(more, "more problem", "more problems")} like these.`] : []),
  ].join("\n");
}
