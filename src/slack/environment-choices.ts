import type { PlainTextOption } from "@slack/types";
import { type CatalogueRow, houseImages } from "../images/catalogue.ts";
import { baseNamed, inOrder } from "../images/catalogue-find.ts";
import { searchCatalogue } from "../images/catalogue-search.ts";
import { writeImageName } from "../images/names.ts";
import { gpusOf, whyNot } from "../images/runs-on.ts";
import type { Build } from "../ledger/image-tables.ts";
import type { ImageView } from "../ledger/queries/images.ts";
import { gigabytes } from "../sentence.ts";
import type { World } from "../world.ts";
import type { OptionGroup } from "./answer.ts";
import { option } from "./inputs.ts";

/** What a new container is made from, as chosen in the form. */
export type Environment =
  /** An image by its name: one's own, a shared one, a house image. */
  | { is: "image"; text: string }
  /** A plain image of a row of the catalogue, built under the project's name. */
  | { is: "framework"; row: string }
  /** An image made of what another one is made of, built under the project's name. */
  | { is: "like"; imageId: number }
  /** The form for an image of one's own comes first. */
  | { is: "own" };

/** What there is to choose from, read beforehand. */
export type Environments = {
  own: readonly ImageView[];
  shared: readonly ImageView[];
  houses: readonly CatalogueRow[];
  /** Newest first, only what the server can run. */
  bases: readonly CatalogueRow[];
};

const mostValue = 75;
const ownValue = "build my-own";
const ownOption = option("Build my own…", ownValue, "Choose framework and packages, then deploy it");

/** In groups, the nearest first; every typed word stands in what is offered. */
export function environmentChoices(there: Environments, query: string): OptionGroup[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = (options: readonly PlainTextOption[]) =>
    options.filter(({ text, description }) => {
      const said = `${text.text} ${description?.text ?? ""}`.toLowerCase();
      return words.every((word) => said.includes(word));
    });
  return [
    { label: "Your images", options: fitting(there.own.flatMap((view) => imageOptions(view, undefined))) },
    {
      label: "Shared with you",
      options: fitting(there.shared.flatMap((view) => imageOptions(view, view.owner.handle))),
    },
    { label: "Ready to start", options: fitting(there.houses.map(houseOption)) },
    { label: "Built for this project, from a framework", options: there.bases.map(frameworkOption) },
    { label: "Built for this project, like another image", options: fitting(there.own.map(likeOption)) },
    { label: "Something else", options: [ownOption] },
  ].filter(({ options }) => options.length > 0);
}

/** The option behind what was chosen or typed before; undefined where it is not among them any more. */
export function environmentGiven(
  there: Environments,
  given: string | undefined,
): PlainTextOption | undefined {
  if (given === undefined) return undefined;
  const all = environmentChoices(there, "").flatMap(({ options }) => options);
  return all.find(({ value }) => value === given) ?? all.find(({ value }) => value === `${given}:latest`);
}

/** What the form begins with: the own image called like the project, what starts at once, what can be built. */
export function usualEnvironment(
  there: Environments,
  project: string | undefined,
): PlainTextOption | undefined {
  const named =
    project === undefined ? undefined : environmentGiven(there, writeImageName({ name: project }));
  const [house] = there.houses;
  const [base] = there.bases;
  return named ?? (house && houseOption(house)) ?? (base && frameworkOption(base)) ?? ownOption;
}

export function readEnvironment(value: string): Environment {
  const [kind, about = ""] = value.split(" ", 2);
  if (value === ownValue) return { is: "own" };
  if (kind === "make") return { is: "framework", row: about };
  if (kind === "like") return { is: "like", imageId: Number(about) };
  return { is: "image", text: value };
}

/**
 * Of the catalogue: the rows in which the typed words stand; before anything is typed each framework's newest, so that the
 * list can be read. Without a query all of them. House images are left out: nobody has to wait for a plain one of those.
 */
export function basesFor(world: World, query?: string): CatalogueRow[] {
  const gpus = gpusOf(world.nodes.values(), world.policy.nodes);
  const rows = query?.trim()
    ? searchCatalogue(world.catalogue, query, gpus)
    : inOrder(world.catalogue.images, gpus);
  const able = rows.filter((row) => !row.house && whyNot(row, gpus) === undefined);
  if (query === undefined || query.trim() !== "") return able;
  return able.filter((row, i) => able.findIndex((other) => other.framework === row.framework) === i);
}

/** The choice behind `--framework`. Throws a Refusal with the nearest. */
export function environmentOf(world: World, framework: string): string {
  const row = baseNamed(world.catalogue, framework, gpusOf(world.nodes.values(), world.policy.nodes));
  return row.house ? row.name : makeValue(row);
}

export function housesOf(world: World): CatalogueRow[] {
  return houseImages(world.catalogue);
}

function imageOptions(view: ImageView, owner: string | undefined): PlainTextOption[] {
  const { image, latest, builds, tags } = view;
  const whose = owner === undefined ? {} : { owner };
  const shown = owner === undefined ? image.name : `${owner}/${image.name}`;
  const coming = builds.find((build) => build.state === "queued" || build.state === "building");
  const newest = latest ?? (owner === undefined ? coming : undefined);
  const options = [
    ...(newest ? [option(shown, writeImageName({ ...whose, name: image.name }), contents(newest))] : []),
    ...tags.map((tag) =>
      option(
        `${shown}:${tag.name}`,
        writeImageName({ ...whose, name: image.name, tag: tag.name }),
        contents(tag.build),
      ),
    ),
  ];
  // A name longer than an option can carry is cut, and cut it means another image: those are for `--image`.
  return options.filter(({ value }) => value !== undefined && value.length < mostValue);
}

function contents(build: Build): string {
  if (build.state === "queued" || build.state === "building")
    return "Being built; the container starts when it is ready";
  const facts = [
    build.contents?.python ? `Python ${build.contents.python}` : undefined,
    build.contents?.cuda ? `CUDA ${build.contents.cuda}` : undefined,
    build.sizeBytes ? gigabytes(build.sizeBytes) : undefined,
  ];
  return facts.filter(Boolean).join(", ") || "Ready";
}

function houseOption(row: CatalogueRow): PlainTextOption {
  return option(`${row.framework} ${row.version} (${row.name})`, row.name, factsOf(row) || undefined);
}

function frameworkOption(row: CatalogueRow): PlainTextOption {
  const facts = factsOf(row);
  return option(
    `${row.framework} ${row.version}`,
    makeValue(row),
    facts ? `${facts}; takes some minutes` : "Takes some minutes",
  );
}

function makeValue({ name }: CatalogueRow): string {
  return `make ${name}`;
}

function factsOf({ python, cuda, os }: CatalogueRow): string {
  return [python && `Python ${python}`, cuda && `CUDA ${cuda}`, os].filter(Boolean).join(", ");
}

function likeOption({ image }: ImageView): PlainTextOption {
  return option(`Like my ${image.name}`, `like ${image.id}`, "The same framework and packages");
}
