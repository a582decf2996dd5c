import { Refusal } from "../errors.ts";
import type { ImageWish } from "../images/recipe.ts";
import { updateImage } from "../images/update.ts";
import { wishOfRecipe } from "../images/wish-of-recipe.ts";
import { type BuildView, buildById } from "../ledger/queries/builds.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { containerById, updateContainer } from "../ledger/queries/containers.ts";
import { type ImageView, imageViews } from "../ledger/queries/images.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import type { Installed } from "./installed.ts";

export type Added =
  /** A new version of the image it was made from is in the queue. */
  | { is: "asked"; build: BuildView; lines: string[] }
  /** It was made from an image that is not its owner's to change: one of their own can be made like that, and of these. */
  | { is: "not-own"; base: { house: string } | { image: ImageView }; installed: Installed };

/**
 * What was installed by hand in a container of the caller's becomes part of its image: pressed twice it is done once.
 * Throws a Refusal where nothing is known to be installed, or as `updateImage` does.
 */
export async function addInstalled(
  world: World,
  { by, view }: { by: ActiveMember; view: ContainerView },
): Promise<Added> {
  const { container, project } = view;
  const { installed } = container;
  if (!installed || installed.pip.length + installed.apt.length === 0) throw nothingInstalled(project.name);
  const image = await imageOf(world, container.buildId);
  if (!image) return { is: "not-own", base: { house: container.image }, installed };
  if (image.owner.id !== by.id) return { is: "not-own", base: { image }, installed };
  const build = await updateImage(world, {
    by,
    requestId: `installed in ${container.id}`,
    imageId: image.image.id,
    wish: withLines(wishOfRecipe(world.policy, image.recipe), installed),
  });
  await forget(world, by, container.id);
  return { is: "asked", build, lines: [...installed.pip, ...installed.apt] };
}

/** A line for a package that the wish has already gives way to the new one. */
export function withLines(wish: ImageWish, { pip, apt }: Installed): ImageWish {
  const nameOfPip = (line: string) => packageName(line).replace(/[-_.]+/g, "-");
  return { ...wish, pip: merged(wish.pip, pip, nameOfPip), apt: merged(wish.apt, apt, packageName) };
}

function merged(before: string, added: readonly string[], nameOf: (line: string) => string): string {
  const names = new Set(added.map(nameOf));
  const kept = before.split("\n").filter((line) => line.trim() !== "" && !names.has(nameOf(line)));
  return [...kept, ...added].join("\n");
}

/** What stands before a version, an extra or a marker. */
function packageName(line: string): string {
  return (/^\s*([A-Za-z0-9][A-Za-z0-9._+-]*)/.exec(line)?.[1] ?? line).toLowerCase();
}

async function imageOf(world: World, buildId: number | null): Promise<ImageView | undefined> {
  if (buildId === null) return undefined;
  return world.ledger.read(async (tx) => {
    const build = await buildById(tx, buildId);
    return build && (await imageViews(tx, [build.imageId]))[0];
  });
}

/** It is asked for: its card does not offer it again. */
async function forget(world: World, by: ActiveMember, containerId: number): Promise<void> {
  await world.ledger.transaction(async (tx) => {
    const row = await containerById(tx, containerId);
    if (!row?.installed) return;
    await updateContainer(tx, containerId, { installed: null });
    await tell(tx, by.slackUserId, { kind: "card", containerId }, world.clock.now());
  });
}

function nothingInstalled(project: string): Refusal {
  return new Refusal("nothing-installed", `Nothing is known to be installed by hand in “${project}”.`, {
    hint: "It may have been added already; /image-list shows what your images are made of.",
  });
}
