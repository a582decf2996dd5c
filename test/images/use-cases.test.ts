import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancelBuild } from "../../src/images/cancel.ts";
import { createImage } from "../../src/images/create.ts";
import { deleteImage, whatDeletes } from "../../src/images/delete.ts";
import { imageNamed, imagesOf, imagesSharedTo } from "../../src/images/list.ts";
import { shareImage, unshareImage } from "../../src/images/share.ts";
import { tagImage } from "../../src/images/tag.ts";
import { buildAgain, updateImage } from "../../src/images/update.ts";
import { buildsToMake, buildsToRemove, requeueBuild } from "../../src/ledger/queries/builds.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { told } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { becomesReady, buildNow, claims, create, ends, fails, imageStory, update, wish } from "./steps.ts";

let database: TestDatabase;
let world: MemoryWorld;
let count = 0;

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url, { policy: "{ enrol: open, defaults: { max_images: 2 } }" });
});

afterAll(async () => {
  await world?.end();
  await database?.drop();
});

const newMember = (): Promise<ActiveMember> => {
  count += 1;
  return world.member(`maker${count}`);
};
const named = (by: ActiveMember, text: string) => imageNamed(world, { by, text });
const latestOf = async (by: ActiveMember, name: string) => (await named(by, name)).view.latest?.id;

describe("a new image", () => {
  test("is a row with a recipe and a build in the queue, and its member is told", async () => {
    const ana = await newMember();
    const { build, image, recipe } = await create(world, ana, "vision", "numpy<2");
    expect(build).toMatchObject({ state: "queued", memberId: ana.id, nodeId: "gpu1", attempt: 1 });
    expect(recipe).toMatchObject({ base: { name: "house" }, pip: ["numpy<2"] });
    expect(await told(world, ana.slackUserId)).toEqual([{ kind: "build", buildId: build.id }]);
    expect(await imageStory(world, image.id)).toEqual(["build-asked"]);
    const queue = await world.ledger.read(buildsToMake);
    expect(queue.find((view) => view.build.id === build.id)).toMatchObject({
      owner: { id: ana.id },
      version: 1,
    });
  });

  test("asked for twice with one request, also at once, is one", async () => {
    const ana = await newMember();
    const request = { by: ana, requestId: randomUUID(), name: "vision", wish: wish() };
    const both = await Promise.all([createImage(world, request), createImage(world, request)]);
    const again = await createImage(world, request);
    expect(new Set([...both, again].map(({ build }) => build.id)).size).toBe(1);
    expect(await imagesOf(world, ana)).toHaveLength(1);
  });

  test("with a name that is there is refused, and changing that one is offered", async () => {
    const ana = await newMember();
    const { image } = await create(world, ana, "vision");
    await expect(create(world, ana, "vision")).rejects.toMatchObject({
      reason: "image-exists",
      offers: expect.arrayContaining([{ kind: "update-image", imageId: image.id }]),
    });
  });

  test("with one place left, two at once: one is made", async () => {
    const ana = await newMember();
    await create(world, ana, "first");
    const asked = await Promise.allSettled([create(world, ana, "second"), create(world, ana, "third")]);
    const refused = asked.filter((one) => one.status === "rejected");
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ reason: "too-many-images" });
    expect(await imagesOf(world, ana)).toHaveLength(2);
  });

  test("with several things wrong is told all of them, each at its field", async () => {
    const ana = await newMember();
    const refusal = await create(world, ana, "My Vision!", "torch --index-url http://x").catch(
      (error: unknown) => error,
    );
    expect(refusal).toMatchObject({
      field: "name",
      hint: expect.stringContaining("my-vision"),
      also: [expect.objectContaining({ field: "pip" })],
    });
    expect(await imagesOf(world, ana)).toEqual([]);
  });
});

describe("a change", () => {
  test("is a new version; latest moves when it is ready, and not if it fails", async () => {
    const ana = await newMember();
    const first = await create(world, ana, "vision", "numpy");
    await becomesReady(world, first);
    const second = await update(world, ana, first.image.id, "numpy\nscipy");
    expect(second).toMatchObject({ version: 2, recipe: { pip: ["numpy", "scipy"] } });
    expect(await latestOf(ana, "vision")).toBe(first.build.id);
    await fails(world, second);
    expect(await latestOf(ana, "vision")).toBe(first.build.id);
    expect((await named(ana, "vision")).view.recipe.pip).toEqual(["numpy", "scipy"]);
    const third = await update(world, ana, first.image.id, "numpy\nscipy<2");
    await becomesReady(world, third);
    expect(await latestOf(ana, "vision")).toBe(third.build.id);
    expect(await imageStory(world, first.image.id)).toEqual([
      "build-asked",
      "build-ready",
      "build-asked",
      "build-failed",
      "build-asked",
      "build-ready",
    ]);
  });

  test("that changes nothing is refused; building again is another thing", async () => {
    const ana = await newMember();
    const first = await create(world, ana, "vision", "numpy");
    await becomesReady(world, first);
    await expect(update(world, ana, first.image.id, " numpy \n")).rejects.toMatchObject({
      reason: "nothing-changed",
    });
    const again = await buildAgain(world, { by: ana, requestId: randomUUID(), imageId: first.image.id });
    expect(again).toMatchObject({ version: 1, build: { state: "queued", recipeId: first.build.recipeId } });
  });

  test("beside one that is coming waits for it; a third is refused", async () => {
    const ana = await newMember();
    const first = await create(world, ana, "vision", "numpy");
    await update(world, ana, first.image.id, "scipy");
    await expect(update(world, ana, first.image.id, "pandas")).rejects.toMatchObject({
      reason: "builds-coming",
      offers: [expect.objectContaining({ kind: "cancel-build" }), expect.anything()],
    });
  });

  test("overtaken by a newer one does not move latest back", async () => {
    const ana = await newMember();
    const first = await create(world, ana, "vision", "numpy");
    const second = await update(world, ana, first.image.id, "scipy");
    await becomesReady(world, second);
    await becomesReady(world, first);
    expect(await latestOf(ana, "vision")).toBe(second.build.id);
  });

  test("of somebody else's image is answered as if there were none", async () => {
    const [ana, ben] = [await newMember(), await newMember()];
    const { image } = await create(world, ana, "vision");
    const request = { by: ben, requestId: randomUUID(), imageId: image.id, wish: wish("numpy") };
    await expect(updateImage(world, request)).rejects.toMatchObject({ reason: "no-image" });
  });

  test("a build ends once", async () => {
    const ana = await newMember();
    const first = await create(world, ana, "vision");
    const ready = await becomesReady(world, first);
    await ends(world, first.build.id, { is: "failed", failure: { because: "late", tail: [] } });
    expect(await buildNow(world, first.build.id)).toEqual(ready);
  });
});

describe("cancel", () => {
  test("what is queued is cancelled at once and is never begun", async () => {
    const ana = await newMember();
    const { build } = await create(world, ana, "vision");
    await cancelBuild(world, { by: ana, buildId: build.id });
    expect(await buildNow(world, build.id)).toMatchObject({ state: "cancelled", endedAt: expect.any(Date) });
    expect(await claims(world, build.id)).toBeUndefined();
    expect((await told(world, ana.slackUserId)).at(-1)).toEqual({ kind: "built", buildId: build.id });
  });

  test("of what is being built the wish is written, once", async () => {
    const ana = await newMember();
    const { build, image } = await create(world, ana, "vision");
    await claims(world, build.id);
    await cancelBuild(world, { by: ana, buildId: build.id });
    await cancelBuild(world, { by: ana, buildId: build.id });
    expect(await buildNow(world, build.id)).toMatchObject({ state: "building", cancelWished: true });
    expect((await imageStory(world, image.id)).filter((what) => what === "cancel-wished")).toHaveLength(1);
  });

  test("wished and then cut off: it is not begun again", async () => {
    const ana = await newMember();
    const { build } = await create(world, ana, "vision");
    await claims(world, build.id);
    await cancelBuild(world, { by: ana, buildId: build.id });
    await world.ledger.transaction((tx) => requeueBuild(tx, build.id, world.clock.now()));
    expect(await buildNow(world, build.id)).toMatchObject({ state: "queued", attempt: 2 });
    expect(await claims(world, build.id)).toBeUndefined();
    await cancelBuild(world, { by: ana, buildId: build.id });
    expect((await buildNow(world, build.id)).state).toBe("cancelled");
  });

  test("claim ∥ cancel: it is cancelled, or whoever claimed it sees the wish", async () => {
    const ana = await newMember();
    const { build } = await create(world, ana, "vision");
    const [claimed] = await Promise.all([
      claims(world, build.id),
      cancelBuild(world, { by: ana, buildId: build.id }),
    ]);
    expect(await buildNow(world, build.id)).toMatchObject(
      claimed ? { state: "building", cancelWished: true } : { state: "cancelled" },
    );
  });

  test("what has ended, and what is somebody else's, is refused", async () => {
    const [ana, ben] = [await newMember(), await newMember()];
    const first = await create(world, ana, "vision");
    await expect(cancelBuild(world, { by: ben, buildId: first.build.id })).rejects.toMatchObject({
      reason: "no-build",
    });
    await becomesReady(world, first);
    await expect(cancelBuild(world, { by: ana, buildId: first.build.id })).rejects.toMatchObject({
      reason: "build-ended",
    });
  });
});

describe("a tag", () => {
  test("keeps today's build whatever comes later, and says what it was made of", async () => {
    const ana = await newMember();
    const first = await create(world, ana, "vision", "numpy");
    const ready = await becomesReady(world, first);
    await tagImage(world, { by: ana, name: "vision", tag: "exp-42" });
    await becomesReady(world, await update(world, ana, first.image.id, "scipy"));
    await becomesReady(world, await update(world, ana, first.image.id, "pandas"));
    const kept = await named(ana, "vision:exp-42");
    expect(kept).toMatchObject({ tag: "exp-42", recipe: { version: 1, recipe: { pip: ["numpy"] } } });
    expect(kept.build).toEqual(ready);
  });

  test("is never moved: another build under it is refused, the same is no change", async () => {
    const ana = await newMember();
    const first = await create(world, ana, "vision", "numpy");
    await becomesReady(world, first);
    await tagImage(world, { by: ana, name: "vision", tag: "exp" });
    await tagImage(world, { by: ana, name: "vision", tag: "exp" });
    await becomesReady(world, await update(world, ana, first.image.id, "scipy"));
    await expect(tagImage(world, { by: ana, name: "vision", tag: "exp" })).rejects.toMatchObject({
      reason: "tag-taken",
      hint: expect.stringContaining("exp-2"),
    });
    expect((await named(ana, "vision:exp")).build?.id).toBe(first.build.id);
    expect((await imageStory(world, first.image.id)).filter((what) => what === "tagged")).toHaveLength(1);
  });

  test("of an older build, by its number", async () => {
    const ana = await newMember();
    const first = await create(world, ana, "vision", "numpy");
    await becomesReady(world, first);
    await becomesReady(world, await update(world, ana, first.image.id, "scipy"));
    const { build } = await tagImage(world, {
      by: ana,
      name: "vision",
      tag: "old",
      buildId: first.build.id,
    });
    expect(build.id).toBe(first.build.id);
  });

  test("two at once with one name: one build has it", async () => {
    const ana = await newMember();
    const first = await create(world, ana, "vision", "numpy");
    await becomesReady(world, first);
    const second = await update(world, ana, first.image.id, "scipy");
    await becomesReady(world, second);
    const asked = await Promise.allSettled([
      tagImage(world, { by: ana, name: "vision", tag: "exp", buildId: first.build.id }),
      tagImage(world, { by: ana, name: "vision", tag: "exp", buildId: second.build.id }),
    ]);
    expect(asked.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test.each(["latest", "Exp 42", "build-7", "-x", "", "x".repeat(64), "..", "a/b", "ünter"])(
    "“%s” is refused as a name",
    async (tag) => {
      const ana = await newMember();
      await expect(tagImage(world, { by: ana, name: "vision", tag })).rejects.toMatchObject({ field: "tag" });
    },
  );

  test("before anything was built is refused", async () => {
    const ana = await newMember();
    await create(world, ana, "vision");
    await expect(tagImage(world, { by: ana, name: "vision", tag: "exp" })).rejects.toMatchObject({
      reason: "no-build",
    });
  });
});

describe("delete", () => {
  const toRemove = async () => (await world.ledger.read(buildsToRemove)).map((build) => build.id);

  test("the image goes, what it is made of stays, and its name comes back to life", async () => {
    const [ana, ben] = [await newMember(), await newMember()];
    const first = await create(world, ana, "vision", "numpy");
    await becomesReady(world, first);
    await tagImage(world, { by: ana, name: "vision", tag: "exp" });
    await shareImage(world, { by: ana, imageId: first.image.id, withMemberId: ben.id });
    const { freesBytes } = await whatDeletes(world, { by: ana, name: "vision", what: "image" });
    expect(freesBytes).toBe((await buildNow(world, first.build.id)).sizeBytes);
    await deleteImage(world, { by: ana, name: "vision", what: "image" });
    expect(await toRemove()).toContain(first.build.id);
    expect(await imagesOf(world, ana)).toEqual([]);
    expect(await imagesSharedTo(world, ben)).toEqual([]);
    expect(await told(world, ben.slackUserId)).toHaveLength(2);
    await expect(named(ana, "vision")).rejects.toMatchObject({ reason: "no-image" });

    const back = await create(world, ana, "vision", "numpy");
    expect(back).toMatchObject({ image: { id: first.image.id, latestBuildId: null }, version: 2 });
    expect((await named(ana, "vision")).view).toMatchObject({ tags: [], sharedWith: [] });
    expect(await toRemove()).toContain(first.build.id);
  });

  test("refused while it is being built, and cancelling is offered", async () => {
    const ana = await newMember();
    const { build } = await create(world, ana, "vision");
    await expect(deleteImage(world, { by: ana, name: "vision", what: "image" })).rejects.toMatchObject({
      reason: "image-building",
      offers: [{ kind: "cancel-build", buildId: build.id }],
    });
  });

  test("delete ∥ update: who is second is told", async () => {
    const ana = await newMember();
    const first = await create(world, ana, "vision", "numpy");
    await becomesReady(world, first);
    const asked = await Promise.allSettled([
      deleteImage(world, { by: ana, name: "vision", what: "image" }),
      update(world, ana, first.image.id, "scipy"),
    ]);
    const reasons = asked.map((one) => (one.status === "rejected" ? one.reason.reason : "done"));
    expect([
      ["done", "no-image"],
      ["image-building", "done"],
    ]).toContainEqual(reasons);
  });

  test("a tag goes, and its build with it if nothing else needs it", async () => {
    const ana = await newMember();
    const first = await create(world, ana, "vision", "numpy");
    await becomesReady(world, first);
    await tagImage(world, { by: ana, name: "vision", tag: "one" });
    await tagImage(world, { by: ana, name: "vision", tag: "two" });
    await deleteImage(world, { by: ana, name: "vision", what: { tag: "one" } });
    await becomesReady(world, await update(world, ana, first.image.id, "scipy"));
    expect(await toRemove()).not.toContain(first.build.id);
    const { builds } = await deleteImage(world, { by: ana, name: "vision", what: { tag: "two" } });
    expect(builds.map((build) => build.id)).toEqual([first.build.id]);
    expect(await toRemove()).toContain(first.build.id);
    await expect(
      tagImage(world, { by: ana, name: "vision", tag: "late", buildId: first.build.id }),
    ).rejects.toMatchObject({ reason: "no-build" });
    await expect(named(ana, "vision:one")).rejects.toMatchObject({ reason: "no-tag" });
  });

  test("old builds go; the latest and those with a tag stay", async () => {
    const ana = await newMember();
    const first = await create(world, ana, "vision", "numpy");
    await becomesReady(world, first);
    await tagImage(world, { by: ana, name: "vision", tag: "exp" });
    await expect(deleteImage(world, { by: ana, name: "vision", what: "old-builds" })).rejects.toMatchObject({
      reason: "no-old-builds",
    });
    const second = await update(world, ana, first.image.id, "scipy");
    await becomesReady(world, second);
    const third = await update(world, ana, first.image.id, "pandas");
    await becomesReady(world, third);
    const { builds } = await deleteImage(world, { by: ana, name: "vision", what: "old-builds" });
    expect(builds.map((build) => build.id)).toEqual([second.build.id]);
    expect((await named(ana, "vision:exp")).build?.id).toBe(first.build.id);
    expect(await latestOf(ana, "vision")).toBe(third.build.id);
  });
});

describe("sharing", () => {
  test("the other is told, finds it by its owner's name, and no longer once it has ended", async () => {
    const [ana, ben, chloe] = [await newMember(), await newMember(), await newMember()];
    const first = await create(world, ana, "vision", "numpy");
    await becomesReady(world, first);
    await tagImage(world, { by: ana, name: "vision", tag: "exp" });
    const sharing = { by: ana, imageId: first.image.id, withMemberId: ben.id };
    await shareImage(world, sharing);
    const { sharedWith } = await shareImage(world, sharing);
    expect(sharedWith.map((member) => member.id)).toEqual([ben.id]);
    const text = `${ana.handle}/vision:exp`;
    expect((await named(ben, text)).build?.id).toBe(first.build.id);
    expect(await imagesSharedTo(world, ben)).toHaveLength(1);
    await expect(named(chloe, text)).rejects.toMatchObject({ reason: "no-image" });
    await expect(named(ben, "vision")).rejects.toMatchObject({
      reason: "no-image",
      hint: expect.stringContaining(`${ana.handle}/vision`),
    });

    await unshareImage(world, sharing);
    await unshareImage(world, sharing);
    await expect(named(ben, text)).rejects.toMatchObject({ reason: "no-image" });
    expect(await told(world, ben.slackUserId)).toHaveLength(2);
    expect(await imageStory(world, first.image.id)).toEqual([
      "build-asked",
      "build-ready",
      "tagged",
      "shared",
      "share-ended",
    ]);
  });

  test("with nobody there, with oneself, and of somebody else's image is refused", async () => {
    const [ana, ben] = [await newMember(), await newMember()];
    const { image } = await create(world, ana, "vision");
    const share = (by: ActiveMember, withMemberId: number) =>
      shareImage(world, { by, imageId: image.id, withMemberId });
    await expect(share(ana, 999_999)).rejects.toMatchObject({ reason: "not-a-member" });
    await expect(share(ana, ana.id)).rejects.toMatchObject({ reason: "own-image" });
    await expect(share(ben, ben.id)).rejects.toMatchObject({ reason: "no-image" });
  });
});
