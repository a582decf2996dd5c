import { Refusal } from "../errors.ts";
import type { Build, Image, RecipeRow } from "../ledger/image-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import { type BuildView, buildByRequest, buildView, insertBuild } from "../ledger/queries/builds.ts";
import { record } from "../ledger/queries/events.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import { counted } from "../sentence.ts";
import type { World } from "../world.ts";
import { refuseWithoutRoom } from "./build/room.ts";

/** Of one image at a time: one that is built and one that waits for it. */
const mostComing = 2;

/** Puts a build in the queue and says so; in the transaction that wrote what it is made of. */
export async function askBuild(
  tx: Tx,
  world: World,
  { by, requestId, image, recipe, because, evidence }: AskedBuild,
): Promise<BuildView> {
  const at = world.clock.now();
  const build = await insertBuild(tx, {
    requestId,
    imageId: image.id,
    recipeId: recipe.id,
    memberId: by.id,
    nodeId: buildingNode(world),
    state: "queued",
    stateSince: at,
    askedAt: at,
  });
  await record(tx, {
    at,
    what: "build-asked",
    memberId: by.id,
    imageId: image.id,
    nodeId: build.nodeId,
    actor: `member:${by.id}`,
    because,
    evidence: { requestId, buildId: build.id, version: recipe.version, ...evidence },
  });
  await tell(tx, by.slackUserId, { kind: "build", buildId: build.id }, at);
  return { build, image, recipe: recipe.recipe, version: recipe.version, owner: by };
}

export type AskedBuild = {
  by: ActiveMember;
  requestId: string;
  image: Image;
  recipe: RecipeRow;
  because: string;
  evidence?: Record<string, unknown>;
};

/** So long is asked whether there is room to build; whoever does not answer by then refuses nothing. */
const roomPatienceMs = 1000;

/** Throws a Refusal if the disk is so full that nothing is queued. Before the transaction: it asks the machine. */
export async function refuseIfFull(world: World): Promise<void> {
  const answered = new AbortController();
  const late = world.clock.sleep(roomPatienceMs, answered.signal);
  await Promise.race([refuseWithoutRoom(world), late]).finally(() => answered.abort());
}

/** The build of a request that was committed before, if it was. */
export async function askedBefore(
  tx: Tx,
  by: ActiveMember,
  requestId: string,
): Promise<BuildView | undefined> {
  const asked = await buildByRequest(tx, requestId);
  if (!asked) return undefined;
  if (asked.memberId !== by.id) throw new Error(`request ${requestId} is another member's`);
  return buildView(tx, asked.id);
}

/** A second build waits for the first; a third is refused. */
export function refuseThird(image: Image, coming: readonly Build[]): void {
  if (coming.length < mostComing) return;
  throw new Refusal(
    "builds-coming",
    `${counted(coming.length, "build")} of “${image.name}” are not finished yet; a third has to wait.`,
    {
      hint: "Cancel one of them, or wait for it.",
      offers: coming.map((build) => ({ kind: "cancel-build", buildId: build.id })),
    },
  );
}

/** One machine builds and has them all. */
function buildingNode(world: World): string {
  const [first] = world.nodes.keys();
  if (first === undefined) throw new Error("no node is configured that could build");
  return first;
}
