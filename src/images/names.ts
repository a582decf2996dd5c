import { Refusal } from "../errors.ts";
import { isName, suggestName } from "../members/names.ts";

/** An image is usually called like a project. */
const imageLength = 40;
const tagPattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const tagLength = 63;

/** How a person names an image: `vision`, `vision:exp-42`, `ben/vision:exp-42`. `latest` is a tag left out. */
export type ImageName = { owner?: string; name: string; tag?: string };

/** `undefined`: it is not of that form. Names are not judged beyond what tells the parts from one another. */
export function readImageName(text: string): ImageName | undefined {
  const parts = /^(?:([^/:\s]+)\/)?([^/:\s]+)(?::([^/:\s]+))?$/.exec(text.trim().toLowerCase());
  const [, owner, name, tag] = parts ?? [];
  if (name === undefined) return undefined;
  return {
    ...(owner === undefined ? {} : { owner }),
    name,
    ...(tag === undefined || tag === "latest" ? {} : { tag }),
  };
}

/** As it stands in a container's row and is typed behind `--image`: always with its tag. */
export function writeImageName({ owner, name, tag }: ImageName): string {
  return `${owner === undefined ? "" : `${owner}/`}${name}:${tag ?? "latest"}`;
}

/** Throws a Refusal that says the rule and offers a name that would do. */
export function checkImageName(name: string): string {
  if (isName(name, imageLength)) return name;
  const better = suggestName(name, imageLength);
  throw new Refusal("image-name", `“${shorten(name)}” can't be an image's name.`, {
    field: "name",
    hint:
      "Names are lower-case letters, digits and single dashes, begin with a letter and have at most 40 characters" +
      (better ? `: for example “${better}”.` : "."),
  });
}

/** Throws a Refusal that says the rule and offers a tag that would do. */
export function checkTagName(tag: string): string {
  if (tag === "latest") {
    throw new Refusal("tag-latest", "“latest” is always the newest that was built; it can't be given.", {
      field: "tag",
      hint: "Take a name of your own, such as “experiment-1”.",
    });
  }
  if (/^build-\d+$/.test(tag)) {
    throw new Refusal("tag-name", `“${tag}” could be mistaken for the number of a build.`, {
      field: "tag",
      hint: "Take another name, such as “experiment-1”.",
    });
  }
  if (tagPattern.test(tag)) return tag;
  const better = suggestTag(tag);
  throw new Refusal("tag-name", `“${shorten(tag)}” can't be a tag.`, {
    field: "tag",
    hint:
      "Tags are lower-case letters, digits, dots, dashes and underscores, begin with a letter or a digit and have at most 63 characters" +
      (better ? `: for example “${better}”.` : "."),
  });
}

function suggestTag(text: string): string | undefined {
  const near = text
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, tagLength)
    .replace(/[-._]+$/, "");
  return tagPattern.test(near) && near !== "latest" ? near : undefined;
}

/** What the engine calls it, for admins' eyes: the ledger decides by id. The one with the build's number it keeps for ever. */
export function engineNames(
  prefix: string,
  handle: string,
  name: string,
  buildId: number,
): { ofBuild: string; latest: string } {
  const repository = `${prefix}-${handle}/${name}`;
  return { ofBuild: `${repository}:build-${buildId}`, latest: `${repository}:latest` };
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
