import { EngineRefused, EngineSilent } from "../errors.ts";
import type { Node, World } from "../world.ts";
import type { CatalogueRow } from "./catalogue.ts";
import { searchCatalogue } from "./catalogue-search.ts";
import { fetching } from "./fetch.ts";
import { serverGpus, whyNot } from "./runs-on.ts";

/** So many questions to an engine at a time. */
const mostAtOnce = 8;

export type RowThere = {
  row: CatalogueRow;
  /** Why the server can't run it: a sentence; undefined: it can. */
  because: string | undefined;
  /** On every machine; undefined: an engine does not answer. */
  there: { sizeBytes: number } | false | undefined;
  /** Percent, while it is being fetched. */
  fetching: number | undefined;
};

/** What of the catalogue fits the words and whether it is on the server; what is there first, unless somebody searches. */
export async function catalogueThere(world: World, query: string): Promise<RowThere[]> {
  const gpus = serverGpus(world);
  const rows = searchCatalogue(world.catalogue, query, gpus, Number.POSITIVE_INFINITY);
  const seen = await there(
    [...world.nodes.values()],
    rows.map(({ image }) => image),
  );
  const all = rows.map((row): RowThere => {
    const on = [...world.nodes.values()].map((node) => fetching(node).get(row.image));
    return {
      row,
      because: whyNot(row, gpus),
      there: seen.get(row.image),
      fetching: on.find((percent) => percent !== undefined),
    };
  });
  if (query.trim() !== "") return all;
  return [...all.filter((one) => one.there), ...all.filter((one) => !one.there)];
}

async function there(
  nodes: readonly Node[],
  images: readonly string[],
): Promise<ReadonlyMap<string, RowThere["there"]>> {
  const seen = new Map<string, RowThere["there"]>();
  const left = [...new Set(images)];
  const ask = async () => {
    for (let image = left.pop(); image !== undefined; image = left.pop())
      seen.set(image, await onAll(nodes, image));
  };
  try {
    await Promise.all(Array.from({ length: mostAtOnce }, ask));
  } catch (error) {
    if (!(error instanceof EngineSilent || error instanceof EngineRefused)) throw error;
    // One that is silent is not asked a hundred times.
    left.length = 0;
  }
  return seen;
}

async function onAll(nodes: readonly Node[], image: string): Promise<RowThere["there"]> {
  let sizeBytes = 0;
  for (const { engine } of nodes) {
    const found = await engine.image(image);
    if (!found) return false;
    sizeBytes = Math.max(sizeBytes, found.sizeBytes);
  }
  return { sizeBytes };
}
