import type { News } from "../../ledger/news.ts";
import { type MemberStorage, noteTold, storageOfAll } from "../../ledger/queries/disk.ts";
import { tell } from "../../ledger/queries/outbox.ts";
import { openOverridesOfAll } from "../../ledger/queries/overrides.ts";
import { type Limits, limitsOf } from "../../policy/policy.ts";
import { gigabytes } from "../../sentence.ts";
import type { World } from "../../world.ts";
import { tellFromShare } from "./limits.ts";

const gib = 1024 ** 3;

type StorageLimits = Pick<Limits, "image_gib" | "workspace_gib" | "layer_gib">;

/** What to write of one member: `news` goes out; `told` is remembered of those rows, or forgotten. */
export type Telling = {
  kind: "image" | "workspace" | "layer";
  ofIds?: number[];
  told: boolean;
  news?: Extract<News, { kind: "note" }>;
};

/** Tells everybody who came near a limit of storage, once each time that they come near it. */
export async function tellNearLimits(world: World): Promise<void> {
  await world.ledger.transaction(async (tx) => {
    const now = world.clock.now();
    const [all, overrides] = await Promise.all([storageOfAll(tx), openOverridesOfAll(tx)]);
    for (const member of all) {
      const limits = limitsOf(world.policy, member, overrides.get(member.memberId) ?? [], now);
      for (const { kind, ofIds, told, news } of tellings(member, limits)) {
        await noteTold(
          tx,
          { kind, memberId: member.memberId, ...(ofIds ? { ofIds } : {}) },
          told ? now : null,
        );
        if (news) await tell(tx, member.slackUserId, news, now);
      }
    }
  });
}

/** The rule: from 80 % on, told once; below again, forgotten. */
export function tellings(member: MemberStorage, limits: StorageLimits): Telling[] {
  const { images, workspaces, layers } = member;
  return [
    ...change("image", images, limits.image_gib, (taken, most) => ({
      kind: "note",
      text: `Your images take ${taken} of the ${most} you may use for them.`,
      detail:
        "When they are at the limit no new one can be built until you have made room: /image-list shows them, /image-delete says what each frees. What runs goes on.",
    })),
    ...change("workspace", workspaces, limits.workspace_gib, (taken, most) => ({
      kind: "note",
      text: `The files of your projects take ${taken} of the ${most} you may use for them.`,
      detail:
        "At the limit you can't get a new container until you have deleted files or moved them elsewhere. What runs goes on.",
    })),
    ...layers.flatMap((layer) =>
      change("layer", layer, limits.layer_gib, (taken, most) => ({
        kind: "note",
        text: `${layer.project} has written ${taken} outside /workspace, of the ${most} it may.`,
        detail:
          "Move what you want to keep into /workspace: what lies elsewhere goes when the container is retired. Packages belong into its image, where they are kept.",
        containerId: layer.containerId,
      })).map((telling) => ({ ...telling, ofIds: [layer.containerId] })),
    ),
  ];
}

function change(
  kind: Telling["kind"],
  { bytes, told }: { bytes: number; told: boolean },
  most: number | null,
  note: (taken: string, most: string) => NonNullable<Telling["news"]>,
): Telling[] {
  const near = most !== null && bytes >= tellFromShare * most * gib && bytes > 0;
  // Also what was measured since: it counts as told with the rest.
  if (near && told) return [{ kind, told: true }];
  if (near) return [{ kind, told: true, news: note(gigabytes(bytes), `${most} GB`) }];
  return told ? [{ kind, told: false }] : [];
}
