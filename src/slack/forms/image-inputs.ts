import { newestDefault } from "../../images/catalogue-find.ts";
import type { ImageView } from "../../ledger/queries/images.ts";
import { counted } from "../../sentence.ts";
import type { Call, Given } from "../answer.ts";
import { button } from "../define-action.ts";
import { type ImageParams, type LongText, mostLetters } from "../image-fields.ts";
import { baseOption, chosenBase, gpusHere } from "../image-options.ts";
import { keptText } from "../image-wish.ts";
import { choicesInput, option, searchInput, textInput } from "../inputs.ts";
import { code, mrkdwn, plain } from "../mrkdwn.ts";
import { fillImage } from "../pressables.ts";
import { buttons, context, type KnownBlock } from "../views/blocks.ts";

/** What the image form is drawn from. */

export function nameInput(given: Given): KnownBlock {
  return textInput(
    {
      field: "name",
      label: "Name",
      hint: "As your project is called: lower-case letters, digits and dashes.",
    },
    { given: given.name, placeholder: "vision", most: 200 },
  );
}

export function baseInput({ world, given }: Call & { given: Given }): KnownBlock {
  const usual = newestDefault(world.catalogue, gpusHere(world));
  return searchInput(
    {
      field: "base",
      label: "Framework",
      hint: "Type to search: pytorch 2.8, tensorflow, cuda 12, python 3.11",
    },
    given.base ? chosenBase(world, given.base) : usual && baseOption(usual, gpusHere(world)),
  );
}

export function ownBase(params: ImageParams, given: Given, image: ImageView | undefined): KnownBlock[] {
  const long = isLong(params, "dockerfile");
  const files = option("It may copy my project's files", "context", "COPY sees what is in /workspace");
  return [
    ...longNote(params, "dockerfile", "Dockerfile", image),
    ...(long
      ? []
      : [
          textInput(
            {
              field: "dockerfile",
              label: "Dockerfile",
              hint: "The packages below are added to what it makes.",
              // One that is handed over as a file takes its place.
              optional: true,
            },
            { given: given.dockerfile, lines: true, placeholder: "FROM …" },
          ),
        ]),
    choicesInput({ field: "context", label: "Files" }, [files], given.context ?? "context"),
  ];
}

export function isLong({ kept, workspace }: ImageParams, field: LongText): boolean {
  return Boolean(kept?.includes(field) || workspace?.includes(field));
}

/** Of what has no field, because it is too long for one. */
export function longNote(
  params: ImageParams,
  field: "pip" | "apt" | "dockerfile",
  what: string,
  image: ImageView | undefined,
): KnownBlock[] {
  if (params.workspace?.includes(field))
    return [
      context(
        mrkdwn`The ${plain(field === "dockerfile" ? "Dockerfile" : "requirements.txt")} of your files is longer than a field here takes (${mostLetters} letters): it is read as it is there when you press the button below.`,
      ),
    ];
  if (!params.kept?.includes(field)) return [];
  const lines = keptText(image, field)?.split("\n").length ?? 0;
  return [
    context(
      field === "dockerfile"
        ? mrkdwn`Its ${plain(what)} is longer than a field here takes (${mostLetters} letters). It stays as it is, unless you hand over another.`
        : mrkdwn`Its ${plain(counted(lines, "line"))} of ${plain(what)} are more than a field here takes (${mostLetters} letters). They stay${field === "pip" ? mrkdwn`, unless you hand over a ${code("requirements.txt")} in their place` : mrkdwn``}.`,
    ),
  ];
}

export function handedOver({ files }: ImageParams): KnownBlock[] {
  if (!files || files.length === 0) return [];
  return [
    context(
      mrkdwn`${plain(counted(files.length, "file"))} that you handed over ${files.length === 1 ? mrkdwn`counts` : mrkdwn`count`} too.`,
    ),
    ...buttons([button(fillImage, "Leave the files out", { with: "no-files" })]),
  ];
}

export function alwaysThere({ world }: Call): { hint?: string } {
  const { pip = [], apt = [] } = world.policy.package_sets.always ?? {};
  const names = [...pip, ...apt];
  return names.length > 0 ? { hint: `Always there: ${names.join(", ")}.` } : {};
}

export function setOptions({ world }: Call) {
  return Object.entries(world.policy.package_sets)
    .filter(([name]) => name !== "always")
    .map(([name, { pip, apt }]) => option(name, name, [...pip, ...apt].join(", ") || undefined));
}
