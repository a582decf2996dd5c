import { Refusal } from "../../errors.ts";
import type { Tx } from "../../ledger/ledger.ts";
import { readStorage, type StorageUse } from "../../ledger/queries/disk.ts";
import { openOverrides } from "../../ledger/queries/overrides.ts";
import type { ActiveMember, Member } from "../../ledger/schema.ts";
import { type Limits, limitsOf } from "../../policy/policy.ts";
import { gigabytes } from "../../sentence.ts";
import type { World } from "../../world.ts";

/** From this share of a limit on, its member is told once. */
export const tellFromShare = 0.8;

const gib = 1024 ** 3;

/** What a member has and what they may have, for showing. `null` is unlimited. */
export type Storage = {
  use: StorageUse;
  limits: Pick<Limits, "max_images" | "image_gib" | "workspace_gib" | "layer_gib">;
};

export async function storageOf(world: World, member: Pick<Member, "id" | "group">): Promise<Storage> {
  const [use, overrides] = await world.ledger.read((tx) =>
    Promise.all([readStorage(tx, member.id), openOverrides(tx, member.id)]),
  );
  return { use, limits: limitsOf(world.policy, member, overrides, world.clock.now()) };
}

/**
 * Throws a Refusal where the member has used up a limit of storage and nothing is lost by a no: a new build while their
 * images are at it, a new container while their files are. What runs goes on. As last measured, so up to an hour late.
 */
export async function refuseOverStorage(
  tx: Tx,
  world: World,
  member: ActiveMember,
  what: "build" | "deploy",
): Promise<void> {
  const [use, overrides] = await Promise.all([readStorage(tx, member.id), openOverrides(tx, member.id)]);
  const refusal = overStorage(use, limitsOf(world.policy, member, overrides, world.clock.now()), what);
  if (refusal) throw refusal;
}

/** The rule of `refuseOverStorage`. */
export function overStorage(
  use: Pick<StorageUse, "imageBytes" | "workspaceBytes">,
  limits: Pick<Limits, "image_gib" | "workspace_gib">,
  what: "build" | "deploy",
): Refusal | undefined {
  const [bytes, most] =
    what === "build" ? [use.imageBytes, limits.image_gib] : [use.workspaceBytes, limits.workspace_gib];
  if (most === null || bytes < most * gib) return undefined;
  if (what === "build")
    return new Refusal(
      "images-full",
      `Your images take ${gigabytes(bytes)}; you may use ${most} GB for them.`,
      {
        hint: "Delete an image or old builds of one with /image-delete, which says what that frees. /limits shows what you use.",
      },
    );
  return new Refusal(
    "workspaces-full",
    `The files of your projects take ${gigabytes(bytes)}; you may use ${most} GB for them.`,
    {
      hint: "Delete files you no longer need, or move them elsewhere; it is measured every hour. What runs goes on. /limits shows what you use.",
    },
  );
}
