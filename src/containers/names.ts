import { Refusal } from "../errors.ts";
import { isName, suggestName } from "../members/names.ts";

const projectLength = 40;

/** Throws a Refusal that says the rule and offers a name that would do. */
export function checkProjectName(name: string): string {
  if (isName(name, projectLength)) return name;
  const better = suggestName(name, projectLength);
  throw new Refusal("project-name", `“${shorten(name)}” can't be a project's name.`, {
    field: "project",
    hint:
      "Names are lower-case letters, digits and single dashes, begin with a letter and have at most 40 characters" +
      (better ? `: for example “${better}”.` : "."),
  });
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
