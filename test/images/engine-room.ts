import type { MemoryEngineOptions } from "../../src/engine/memory-engine.ts";
import { type OutboxRow, outbox } from "../../src/ledger/bot-tables.ts";
import { type Build, builds, images } from "../../src/ledger/image-tables.ts";
import type { BuildView } from "../../src/ledger/queries/builds.ts";
import { buildsToMake } from "../../src/ledger/queries/builds.ts";
import type { MemoryWorld } from "../support/memory-world.ts";

/** What the probe and the last step leave in images of an engine that runs nothing. */
export const leavesLists: Partial<MemoryEngineOptions> = {
  instance: "test",
  fileOf: (_image, path) => lists.get(path),
};

const lists = new Map([
  [
    "/etc/berth/base.txt",
    `== os
ID=debian
VERSION_ID="12"
== programs
apt-get
dpkg-query
python3
setpriv
== modules
venv
ensurepip
pip
== python
3.11.2
== python-of-distribution
yes
== packages
sudo
== distributions
numpy==1.26.4
== end
`,
  ],
  [
    "/etc/berth/image.txt",
    `== os
ID=debian
VERSION_ID="12"
== python
3.11.2
== pip
numpy==1.26.4
== apt
git=1:2.39.5-0
== apt-manual
git
== end
`,
  ],
]);

/** Waits until no build is to be made any more. */
export async function allEnded(world: MemoryWorld): Promise<void> {
  await world.until(async () => (await world.ledger.read(buildsToMake)).length === 0, "all builds end");
}

export async function rowOf(world: MemoryWorld, { build }: Pick<BuildView, "build">): Promise<Build> {
  const rows = await world.ledger.read((tx) => tx.select().from(builds));
  const row = rows.find(({ id }) => id === build.id);
  if (!row) throw new Error(`build ${build.id} is not in the ledger`);
  return row;
}

/** What its member was told of a build, in order; repeated drawings once. */
export async function newsOf(world: MemoryWorld, buildId: number): Promise<string[]> {
  const rows: OutboxRow[] = await world.ledger.read((tx) => tx.select().from(outbox).orderBy(outbox.id));
  const kinds = rows.flatMap(({ news }) =>
    (news.kind === "build" || news.kind === "built") && news.buildId === buildId ? [news.kind] : [],
  );
  return kinds.filter((kind, at) => kind !== kinds[at - 1]);
}

/** What is wrong with ledger and engine, now that nothing is being built: dangling images, images without a row, rows without one. */
export async function leftovers(world: MemoryWorld): Promise<string[]> {
  const wrong: string[] = [];
  const [rows, named] = await world.ledger.read(async (tx) => [
    await tx.select().from(builds).orderBy(builds.id),
    await tx.select().from(images),
  ]);
  const there = await world.engine.diskUse();
  const ready = rows.filter((row) => row.state === "ready" && row.removedAt === null);
  for (const row of rows)
    if (row.state === "queued" || row.state === "building") wrong.push(`build ${row.id} is ${row.state}`);
  for (const row of ready)
    if (!there.images.some(({ id }) => id === row.engineImageId)) wrong.push(`build ${row.id} has no image`);
  for (const { id, refs, labels } of there.images) {
    if (!("berth.instance" in labels)) continue;
    if (refs.length === 0) wrong.push(`${id} is dangling`);
    const stray = refs.filter((ref) => /^berth-probe:|:base-of-/.test(ref));
    if (stray.length > 0) wrong.push(`left: ${stray.join(" ")}`);
    const isBase = refs.some((ref) => ref.startsWith("berth-base:"));
    if (!isBase && !ready.some((row) => row.engineImageId === id))
      wrong.push(`${refs.join(" ")} is of no build`);
  }
  for (const image of named) {
    const newest = ready.filter((row) => row.imageId === image.id).at(-1)?.id ?? null;
    if (image.deletedAt === null && image.latestBuildId !== newest)
      wrong.push(`latest of ${image.name} is ${image.latestBuildId}, not ${newest}`);
  }
  if (world.engine.building().length > 0) wrong.push("the engine is still building");
  return wrong;
}
