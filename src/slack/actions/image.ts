import { retire } from "../../containers/stop.ts";
import { Refusal } from "../../errors.ts";
import { deleteImage as remove } from "../../images/delete.ts";
import { imageById, imagesOf, imagesSharedTo } from "../../images/list.ts";
import { unshareImage } from "../../images/share.ts";
import { onlyToCaller, openForm } from "../answer.ts";
import { active } from "../caller.ts";
import { defineAction } from "../define-action.ts";
import { deployForm } from "../forms/deploy.ts";
import { openImage, openNewImage } from "../forms/image.ts";
import { shareImageForm } from "../forms/share-image.ts";
import { tagImageForm } from "../forms/tag-image.ts";
import {
  createImage,
  deleteImage,
  deployImage,
  endShare,
  redeploy,
  seeImages,
  shareImage,
  showImage,
  tagImage,
  updateImage,
} from "../pressables.ts";
import { imageList, imagePage } from "../views/image.ts";
import { imageDeleted } from "../views/image-said.ts";
import { retiringFirst } from "../views/redeploy.ts";

export const createImageAction = defineAction({
  pressable: createImage,
  for: "members",
  run: async ({ value }) => openNewImage(value.name),
});

export const updateImageAction = defineAction({
  pressable: updateImage,
  for: "members",
  run: async ({ world, caller, value }) =>
    openImage(await imageById(world, { by: active(caller.member), imageId: value.imageId })),
});

export const seeImagesAction = defineAction({
  pressable: seeImages,
  for: "members",
  async run({ world, caller }) {
    const by = active(caller.member);
    const [own, shared] = await Promise.all([imagesOf(world, by), imagesSharedTo(world, by)]);
    return onlyToCaller(imageList(own, shared));
  },
});

export const showImageAction = defineAction({
  pressable: showImage,
  for: "members",
  async run({ world, caller, value }) {
    const view = await imageById(world, { by: active(caller.member), imageId: value.imageId });
    return onlyToCaller(
      imagePage(view, { tag: undefined, build: view.latest, recipe: view.recipe, isOwn: true }),
    );
  },
});

export const tagImageAction = defineAction({
  pressable: tagImage,
  for: "members",
  run: async ({ value }) => openForm(tagImageForm, value),
});

export const shareImageAction = defineAction({
  pressable: shareImage,
  for: "members",
  run: async ({ value }) => openForm(shareImageForm, value),
});

/** Stands in the form of sharing, which shows then who is left. */
export const endShareAction = defineAction({
  pressable: endShare,
  for: "members",
  changes: true,
  async run({ world, caller, value, inForm }) {
    const { imageId, memberId } = value;
    await unshareImage(world, { by: active(caller.member), imageId, withMemberId: memberId });
    return { kind: "refill", form: shareImageForm, params: { imageId }, given: inForm?.given ?? {} };
  },
});

export const deleteImageAction = defineAction({
  pressable: deleteImage,
  for: "members",
  changes: true,
  async run({ world, caller, value }) {
    const by = active(caller.member);
    const { image } = await imageById(world, { by, imageId: value.imageId });
    if (value.what === "tag" && value.tag === undefined)
      throw new Refusal("unknown-button", "This button is from another time; it does nothing any more.");
    const what = value.what === "tag" ? { tag: value.tag ?? "" } : value.what;
    const deletion = await remove(world, { by, name: image.name, what });
    return { kind: "instead", message: imageDeleted(deletion, what) };
  },
});

export const deployImageAction = defineAction({
  pressable: deployImage,
  for: "members",
  run: async ({ value: { hours, ...given } }) =>
    openForm(deployForm, {}, { ...given, hours: hours === undefined ? undefined : String(hours) }),
});

/** Two steps, for a container takes a moment to end: what is left of it is said, and the form is one click away. */
export const redeployAction = defineAction({
  pressable: redeploy,
  for: "members",
  changes: true,
  async run({ world, caller, value }) {
    const { containerId, ...filled } = value;
    const view = await retire(world, { by: active(caller.member), which: { containerId } });
    return onlyToCaller(retiringFirst(view, filled));
  },
});
