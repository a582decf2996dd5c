import { isDeepStrictEqual } from "node:util";
import { Refusal, refuseAny } from "../../errors.ts";
import { createImage } from "../../images/create.ts";
import { recipeDifference } from "../../images/difference.ts";
import { imageById } from "../../images/list.ts";
import { checkImageName } from "../../images/names.ts";
import { type ImageWish, recipeFrom } from "../../images/recipe.ts";
import { whyNot } from "../../images/runs-on.ts";
import { buildAgain, updateImage } from "../../images/update.ts";
import type { Recipe } from "../../ledger/image-tables.ts";
import type { BuildView } from "../../ledger/queries/builds.ts";
import type { ImageView } from "../../ledger/queries/images.ts";
import { type Answer, type Call, openForm, show } from "../answer.ts";
import { active } from "../caller.ts";
import { button } from "../define-action.ts";
import { defineForm } from "../define-form.ts";
import {
  filledWith,
  type ImageFields,
  type ImageParams,
  imageFields,
  imageParams,
  mostLetters,
} from "../image-fields.ts";
import { baseOptions, gpusHere } from "../image-options.ts";
import { atField, digestOf, wishOf } from "../image-wish.ts";
import { choicesInput, fileInput, textInput } from "../inputs.ts";
import { bold, mrkdwn, plain } from "../mrkdwn.ts";
import { fillImage } from "../pressables.ts";
import { buttons, page, section } from "../views/blocks.ts";
import { buildAsked } from "../views/build.ts";
import { difference, noDifference } from "../views/difference.ts";
import {
  alwaysThere,
  baseInput,
  handedOver,
  isLong,
  longNote,
  nameInput,
  ownBase,
  setOptions,
} from "./image-inputs.ts";

/** Ticked in a new form, where the policy has them. */
const usualSets = ["jupyter", "data science"];

/** What an image is made of: a new one's, with what is usual filled in, or that of one that is there. */
export const imageForm = defineForm({
  name: "image",
  title: "Image",
  submit: ({ imageId, first, seen }) =>
    imageId === undefined || first || seen ? "Build" : "See what changes",
  for: "members",
  params: imageParams,
  fields: imageFields,
  fieldOf: (field) => (field === "framework" ? "base" : field),
  suggest: { base: ({ world }, query) => baseOptions(world, query) },
  async draw(call) {
    const { world, caller, params, given } = call;
    const { imageId } = params;
    const by = active(caller.member);
    const image = imageId === undefined ? undefined : await imageById(world, { by, imageId });
    return [
      ...(image ? [section(mrkdwn`What ${bold(plain(image.image.name))} is made of:`)] : [nameInput(given)]),
      ...(params.own ? ownBase(params, given, image) : [baseInput(call)]),
      choicesInput(
        { field: "sets", label: "Package sets", ...alwaysThere(call) },
        setOptions(call),
        given.sets ?? usualSets.join("\n"),
      ),
      ...longNote(params, "pip", "Python packages", image),
      textInput(
        {
          field: "pip",
          label: isLong(params, "pip") ? "More Python packages" : "Python packages",
          hint: "One a line, as in requirements.txt: numpy<2, torch>=2.0, transformers[torch]==4.46.0",
          optional: true,
        },
        { given: given.pip, lines: true, placeholder: "transformers==4.46.0" },
      ),
      ...longNote(params, "apt", "system packages", image),
      textInput(
        {
          field: "apt",
          label: "System packages (apt)",
          hint: "One a line, by their Debian or Ubuntu names: ffmpeg, libgl1",
          optional: true,
        },
        { given: given.apt, lines: true, placeholder: "ffmpeg" },
      ),
      ...buttons([
        button(fillImage, "Use requirements.txt of my files", { with: "requirements" }),
        button(fillImage, "Use the Dockerfile of my files", { with: "workspace-dockerfile" }),
        params.own
          ? button(fillImage, "Choose a framework instead", { with: "catalogue" })
          : button(fillImage, "Write a Dockerfile", { with: "own-dockerfile" }),
      ]),
      ...handedOver(params),
      fileInput(
        {
          field: "file",
          label: "requirements.txt or Dockerfile, from your machine",
          hint: `A field here takes ${mostLetters} letters: hand over as a file what is longer. Its packages are added to those above.`,
        },
        2,
      ),
    ];
  },
  async submitted({ params, values, ...call }) {
    const { world, caller, requestId, prefix } = call;
    const by = active(caller.member);
    const { imageId } = params;
    const image = imageId === undefined ? undefined : await imageById(world, { by, imageId });
    const asked = (view: BuildView) => show(page(view.image.name, buildAsked(view, prefix).blocks));
    const { wish, recipe } = await judged(call, params, values, image);

    if (!image) return asked(await createImage(world, { by, requestId, name: values.name ?? "", wish }));
    const before = recipeOf(image, image.latest?.recipeId);
    if (before && params.seen !== digestOf(recipe)) return review(params, values, image, before, recipe);
    const same = isDeepStrictEqual(recipe, image.recipe);
    return asked(
      same
        ? await buildAgain(world, { by, requestId, imageId: image.image.id })
        : await updateImage(world, { by, requestId, imageId: image.image.id, wish }),
    );
  },
});

/** The form for a new image. */
export function openNewImage(name?: string): Answer {
  return openForm(imageForm, {}, { name });
}

/** The form filled with what an image is made of; `more`: lines to be added. */
export function openImage(
  view: Pick<ImageView, "image" | "recipe" | "latest">,
  more?: { pip: readonly string[]; apt: readonly string[] },
): Answer {
  const { params, given } = filledWith(view, more);
  return openForm(imageForm, params, given);
}

/** Everything that is wrong at once: the name, the files, the lists. */
async function judged(
  call: Call,
  params: ImageParams,
  values: ImageFields,
  image: ImageView | undefined,
): Promise<{ wish: ImageWish; recipe: Recipe }> {
  const { world, caller } = call;
  const by = active(caller.member);
  const problems: Refusal[] = [];
  const tried = async <T>(work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problems.push(error, ...error.also);
      return undefined;
    }
  };
  if (!image) await tried(() => checkImageName(values.name ?? ""));
  const read = await tried(() => wishOf(call, by, params, values, image));
  const wish = read?.wish;
  const recipe = wish && (await tried(() => recipeFrom(world.policy, world.catalogue, wish)));
  if (wish && "catalogue" in wish.base) await tried(() => refuseIdle(call, wish, image));
  refuseAny(
    problems.map((one) => {
      // What came as a file or is too long for a field has none of its own.
      const elsewhere = one.field === "dockerfile" && !(params.own && !isLong(params, "dockerfile"));
      return atField(one, elsewhere ? (read?.files.length ? "file" : undefined) : one.field);
    }),
  );
  if (!wish || !recipe) throw new Error("an image was refused for nothing");
  return { wish, recipe };
}

/** A base that this server can't use; what an image stands on already is not asked about again. */
function refuseIdle({ world }: Call, wish: ImageWish, image: ImageView | undefined): void {
  if (!("catalogue" in wish.base)) return;
  const { catalogue: name } = wish.base;
  if (image?.recipe.base.kind === "catalogue" && image.recipe.base.name === name) return;
  const row = world.catalogue.images.find((one) => one.name === name);
  const because = row && whyNot(row, gpusHere(world));
  if (row && because)
    throw new Refusal("cannot-run", `${row.framework} ${row.version} can't be used here. ${because}`, {
      field: "base",
      hint: "The list begins with those that run on this server.",
    });
}

/** The form once more, with what would change above it; sent again as it is, it builds. */
function review(
  params: ImageParams,
  values: ImageFields,
  image: ImageView,
  before: Recipe,
  recipe: Recipe,
): Answer {
  const files = [...(params.files ?? []), ...values.file.split("\n").filter((id) => id !== "")];
  const found = recipeDifference(before, recipe);
  const none = found.added.length + found.removed.length + found.changed.length === 0;
  return {
    kind: "refill",
    form: imageForm,
    params: { ...params, ...(files.length > 0 ? { files } : {}), seen: digestOf(recipe) },
    given: { ...values, file: "" },
    problem: none ? noDifference(image.image.name) : difference(image.image.name, found),
  };
}

function recipeOf(image: ImageView, recipeId: number | undefined): Recipe | undefined {
  return image.recipes.find((row) => row.id === recipeId)?.recipe;
}
