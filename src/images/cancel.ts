import { Refusal } from "../errors.ts";
import { type BuildView, buildView, updateBuild } from "../ledger/queries/builds.ts";
import { record } from "../ledger/queries/events.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import { endBuild } from "./end-build.ts";

/**
 * A queued build is cancelled at once. Of one that is being built the wish is written: whoever builds it ends it, and it
 * may still be ready before. Pressed twice, nothing more happens. Throws a Refusal if it has ended otherwise.
 */
export async function cancelBuild(
  world: World,
  { by, buildId }: { by: ActiveMember; buildId: number },
): Promise<BuildView> {
  return world.ledger.transaction(async (tx) => {
    const view = await buildView(tx, buildId);
    if (view?.owner.id !== by.id) {
      throw new Refusal("no-build", "That is not being built any more.", {
        hint: "/image-list shows yours.",
      });
    }
    const { build, image } = view;
    if (build.state === "queued") {
      return (await endBuild(tx, world, build.id, { is: "cancelled", actor: `member:${by.id}` })) ?? view;
    }
    if (build.state === "cancelled" || (build.state === "building" && build.cancelWished)) return view;
    if (build.state !== "building") throw hasEnded(view);
    const at = world.clock.now();
    const after = await updateBuild(tx, build.id, { cancelWished: true });
    await record(tx, {
      at,
      what: "cancel-wished",
      memberId: by.id,
      imageId: image.id,
      nodeId: build.nodeId,
      actor: `member:${by.id}`,
      because: `${by.handle} wants the build of ${image.name} cancelled.`,
      evidence: { buildId: build.id, step: build.progress?.steps.at(-1)?.name ?? null },
    });
    await tell(tx, by.slackUserId, { kind: "build", buildId: build.id }, at);
    return { ...view, build: after };
  });
}

function hasEnded({ build, image }: BuildView): Refusal {
  const how = build.state === "ready" ? "is ready already" : "has failed already";
  return new Refusal("build-ended", `“${image.name}” ${how}, so there is nothing to cancel.`, {
    offers: [{ kind: "show-image", imageId: image.id }],
  });
}
