import { satisfies } from "@renovatebot/pep440";
import { normalName, readRequirement } from "../packages/requirement.ts";

/**
 * What pip is held to: the versions the base has, so that a framework that was made for this machine is not installed again,
 * or otherwise, because something else would like that. Only where somebody asked for another version in so many words, theirs
 * counts: it is installed above the base's.
 */
export function constraintsFor(base: readonly string[], asked: readonly string[]): string[] {
  const wishes = asked.flatMap((line) => {
    const read = readRequirement(line);
    return "requirement" in read ? [read.requirement] : [];
  });
  return base.filter((pinned) => {
    const [name = "", version = ""] = pinned.split("==");
    return wishes
      .filter((wish) => wish.name === normalName(name))
      .every(
        ({ url, versions }) =>
          url === undefined &&
          (versions.length === 0 || isTrue(satisfies(version, versions.join(","), { prereleases: true }))),
      );
  });
}

/** The library answers null for a version that is none. */
function isTrue(answer: unknown): boolean {
  return answer === true;
}
