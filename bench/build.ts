import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { wallClock } from "../src/clock.ts";
import { baseRef } from "../src/images/build/base.ts";
import { createImage } from "../src/images/create.ts";
import { buildArgsOf, writeDockerfile } from "../src/images/dockerfile/write.ts";
import { type ImageWish, recipeFrom } from "../src/images/recipe.ts";
import { buildAgain, updateImage } from "../src/images/update.ts";
import { baseFacts } from "../src/ledger/queries/bases.ts";
import { type BuildView, buildView } from "../src/ledger/queries/builds.ts";
import { memberBySlackUser } from "../src/ledger/queries/members.ts";
import { outboxState } from "../src/ledger/queries/outbox.ts";
import type { ActiveMember } from "../src/ledger/schema.ts";
import type { Policy } from "../src/policy/keys.ts";
import type { World } from "../src/world.ts";
import { aptIndex } from "../test/support/apt-index.ts";
import { pipIndex } from "../test/support/pip-index.ts";
import type { Bench } from "./bench.ts";
import { type BuildByHand, buildByHand, type Order } from "./build-by-hand.ts";
import { openDemo } from "./demo.ts";
import type { Measured } from "./measured.ts";
import { inTurns, type Pair, timed } from "./pairs.ts";
import { connect } from "./postgres.ts";
import { until } from "./until.ts";

const asker = "U0BEN";

/** With some weight to them, as such packages have. */
const wheels = [
  { name: "numpy", version: "2.1.0", ballastBytes: 6_000_000 },
  { name: "pandas", version: "2.2.3", requires: ["numpy>=1.22"], ballastBytes: 8_000_000 },
  { name: "matplotlib", version: "3.9.2", requires: ["numpy"], ballastBytes: 6_000_000 },
  { name: "transformers", version: "4.46.0", requires: ["numpy"], ballastBytes: 6_000_000 },
  ...Array.from({ length: 60 }, (_, number) => ({ name: "einops", version: `0.${number}.0` })),
];

/** What everybody gets, a set, and lists of one's own; `einops` is the package that changes. */
const wish = (einops: number): ImageWish => ({
  base: { catalogue: "plain-python" },
  sets: ["data science"],
  pip: `transformers>=4.4\neinops==0.${einops}.0`,
  apt: "jq",
});

/**
 * From the asking to `ready` in the ledger, on the demo's real engine with the whole bot around it. The floor: the same
 * Dockerfile with the same files beside it, built by hand on that engine. Packages come from indexes beside it, for both.
 *
 * - `cold`: a new image on a base that nobody looked at yet, and nothing of any build in the cache;
 * - `onepip`: another version of one Python package, all before that step in the cache;
 * - `cached`: the same once more.
 */
export const build: Bench = {
  rows: ["build.cold", "build.onepip", "build.cached"],
  async run(wanted, say, cleanUp) {
    const apt = await aptIndex(join(import.meta.dirname, "../.berth/cache/apt"));
    cleanUp(() => apt.close());
    const pip = await pipIndex(wheels);
    cleanUp(() => pip.close());
    const demo = await openDemo("build", say, cleanUp, {
      policy: (policy) => withIndexes(policy, pip.url, apt.url),
    });
    const client = await connect(demo.databaseUrl);
    cleanUp(() => client.end());
    const { world } = demo;
    const by = (await world.ledger.read((tx) => memberBySlackUser(tx, asker))) as ActiveMember;
    const create = (name: string) => createImage(world, { by, requestId: randomUUID(), name, wish: wish(0) });

    // From here on the index has apt's lists and packages at hand, for whoever asks.
    const first = await ended(world, await create("first"));
    const bed: Bed = {
      world,
      by,
      create,
      hand: buildByHand(demo.socketPath),
      first,
      orderOf: await orders(world, first),
      async forget() {
        await client.query("delete from bases");
        await bed.hand.forget(baseRef(first.build.baseImageId ?? ""));
      },
    };
    say("the first one is built");

    const measured: Measured[] = [];
    const measure = async (pairs: readonly Pair[], rounds: number, warmUp: number) => {
      const some = pairs.filter(({ name }) => wanted.includes(name));
      if (some.length > 0) measured.push(...(await inTurns(some, { rounds, warmUp, say })));
    };
    await measure([onePip(bed), cached(bed)], 6, 1);
    await measure([cold(bed)], 5, 0);
    return measured;
  },
};

type Bed = {
  world: World;
  by: ActiveMember;
  create: (name: string) => Promise<BuildView>;
  hand: BuildByHand;
  /** The image that is changed, and built again. */
  first: BuildView;
  /** What Berth gives the engine for a wish. */
  orderOf: (wish: ImageWish) => Order;
  /** Everything but the base goes: images, cache, and what is known of it. */
  forget: () => Promise<void>;
};

/** No limit is in the way of so many. */
function withIndexes(policy: Policy, pipUrl: string, aptUrl: string): Policy {
  return {
    ...policy,
    defaults: { ...policy.defaults, max_images: null, image_gib: null },
    disk: { builds_wait_below_pct: 0, refuse_below_pct: 0 },
    pip: { ...policy.pip, index_url: pipUrl },
    apt: { mirror: aptUrl },
    package_sets: {
      always: { pip: [], apt: ["less", "tree"] },
      "data science": { pip: ["pandas", "matplotlib"], apt: [] },
    },
  };
}

/** For each side a version that the other has not built. */
function onePip({ world, by, hand, first, orderOf }: Bed): Pair {
  let version = 0;
  return {
    name: "build.onepip",
    ours() {
      version += 1;
      const request = { by, imageId: first.image.id, wish: wish(version) };
      return oursTook(world, "some", () => updateImage(world, { requestId: randomUUID(), ...request }));
    },
    floor() {
      version += 1;
      const order = orderOf(wish(version));
      return timed(() => hand.build(order));
    },
  };
}

/** The same as somebody else has: each has a name of its own, and one more step is never needed. */
function cached({ world, by, create, hand, orderOf }: Bed): Pair {
  const order = orderOf(wish(0));
  let imageId: number | undefined;
  return {
    name: "build.cached",
    async ours() {
      const of = imageId ?? (await ended(world, await create("same"))).image.id;
      imageId = of;
      await atRest(world);
      return oursTook(world, "all", () => buildAgain(world, { by, requestId: randomUUID(), imageId: of }));
    },
    floor: () => timed(() => hand.build(order)),
  };
}

function cold({ world, create, hand, orderOf, forget }: Bed): Pair {
  const order = orderOf(wish(0));
  let number = 0;
  return {
    name: "build.cold",
    async ours() {
      await forget();
      number += 1;
      return oursTook(world, "none", () => create(`cold${number}`));
    },
    async floor() {
      await forget();
      return timed(() => hand.build(order));
    },
  };
}

/** Of its steps, how many were in the cache: a build that was measured as another than it was measures nothing. */
async function oursTook(
  world: World,
  inCache: "none" | "some" | "all",
  ask: () => Promise<BuildView>,
): Promise<number> {
  let view: BuildView | undefined;
  const milliseconds = await timed(async () => {
    view = await ended(world, await ask());
  });
  await atRest(world);
  const steps = (await world.ledger.read((tx) => buildView(tx, view?.build.id ?? 0)))?.build.progress?.steps;
  const own = (steps ?? []).filter(({ name }) => !/^(The base|Storing|Reading|Looking)/.test(name));
  const found = own.filter((step) => step.cached).length;
  const was = found === 0 ? "none" : found === own.length ? "all" : "some";
  if (was !== inCache) throw new Error(`${was} of its steps were in the cache: ${JSON.stringify(steps)}`);
  return milliseconds;
}

/** The build at its end; throws if it is not an image then. */
async function ended(world: World, { build }: BuildView): Promise<BuildView> {
  const deadline = performance.now() + 300_000;
  while (performance.now() < deadline) {
    const news = new AbortController();
    const stop = world.ledger.onCommit(() => news.abort());
    try {
      const view = await world.ledger.read((tx) => buildView(tx, build.id));
      if (view?.build.state === "ready") return view;
      if (view?.build.endedAt) throw new Error(`It was not built: ${JSON.stringify(view.build.failure)}`);
      await wallClock.sleep(5000, news.signal);
    } finally {
      stop();
    }
  }
  throw new Error("A build took more than five minutes.");
}

/** Nothing is left to say, and what comes after `ready` (names on the engine) is done. */
async function atRest(world: World): Promise<void> {
  await until(async () => (await world.ledger.read(outboxState)).waiting === 0, "everybody to be told");
  await wallClock.sleep(500);
}

/** Throws if it is not to the letter what was built. */
async function orders(
  world: World,
  { build, recipe, owner }: BuildView,
): Promise<(wish: ImageWish) => Order> {
  const facts = await world.ledger.read((tx) => baseFacts(tx, build.baseImageId ?? ""));
  if (!facts) throw new Error("nothing is known of the base");
  const write = {
    facts,
    baseRef: baseRef(build.baseImageId ?? ""),
    settings: world.policy,
    memberId: owner.id,
  };
  if (writeDockerfile({ ...write, recipe }).dockerfile !== build.dockerfile)
    throw new Error("The Dockerfile is another one than Berth wrote.");
  return (wish) => ({
    ...writeDockerfile({ ...write, recipe: recipeFrom(world.policy, world.catalogue, wish) }),
    buildArgs: buildArgsOf(world.policy),
  });
}
