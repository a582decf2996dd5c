import { EngineSilent, Refusal } from "../errors.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Member } from "../ledger/schema.ts";
import { gigabytes } from "../sentence.ts";
import type { Node, World } from "../world.ts";
import { loginsToFetch } from "./build/registry-logins.ts";
import type { Catalogue, CatalogueRow } from "./catalogue.ts";

/** A large image over a slow line; what was fetched until then is kept. */
const limitMs = 3 * 3_600_000;
const mostAtOnce = 3;

/** What is being fetched at the moment, by node: reference → percent. Shown, and asked before it is fetched twice. */
const underWay = new WeakMap<Node, Map<string, number>>();

export function fetching(node: Node): ReadonlyMap<string, number> {
  return underWay.get(node) ?? new Map();
}

/**
 * Begins to fetch a row's image to every machine, in the background; whoever asked is told when it is there, or why it is
 * not. `already`: it is on its way. Does not survive the bot: what was fetched is kept, and it can be asked for again.
 */
export function fetchNow(world: World, row: CatalogueRow, by: Member): "begun" | "already" {
  const nodes = [...world.nodes.values()];
  if (nodes.every((node) => fetching(node).has(row.image))) return "already";
  for (const node of nodes)
    if (fetching(node).size >= mostAtOnce)
      throw new Refusal("fetching-much", `${mostAtOnce} images are on their way already.`, {
        hint: "Wait until one of them is there.",
      });
  const missing = nodes.filter((node) => !fetching(node).has(row.image));
  const all = Promise.all(missing.map((node) => fetchTo(world, node, row)));
  all
    .then(
      (sizes) => said(world, by, `${row.name} is on the server now, ${gigabytes(Math.max(...sizes))}.`),
      (error: unknown) => said(world, by, `${row.name} could not be fetched.`, whyNot(error)),
    )
    // The ledger is away, or the bot is ending.
    .catch((err: unknown) =>
      world.log.warn({ image: row.image, err }, "nobody could be told how a fetch ended"),
    );
  return "begun";
}

export function rowNamed(catalogue: Catalogue, name: string): CatalogueRow {
  const row = catalogue.images.find((one) => one.name === name);
  if (row) return row;
  throw new Refusal("no-row", `The catalogue has no ${name.slice(0, 60)} any more.`, {
    hint: "/berth catalogue shows what there is.",
  });
}

async function fetchTo(world: World, node: Node, { image }: CatalogueRow): Promise<number> {
  const ways = underWay.get(node) ?? new Map<string, number>();
  underWay.set(node, ways);
  ways.set(image, 0);
  const over = new AbortController();
  void world.clock.sleep(limitMs, over.signal).then(() => over.abort(new EngineSilent("it took too long")));
  try {
    const logins = await loginsToFetch(world, image);
    await node.engine.pull(image, (percent) => ways.set(image, percent), over.signal, logins);
    const there = await node.engine.image(image);
    if (!there) throw new EngineSilent("the engine does not have it all the same");
    return there.sizeBytes;
  } finally {
    over.abort();
    ways.delete(image);
  }
}

async function said(world: World, by: Member, text: string, detail?: string): Promise<void> {
  await world.ledger.transaction((tx) =>
    tell(tx, by.slackUserId, { kind: "note", text, ...(detail ? { detail } : {}) }, world.clock.now()),
  );
}

/** Admins read the engine's own words. */
function whyNot(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return `${words.slice(0, 600).replace(/\.?$/, ".")} What was fetched is kept; press Pull now again to go on.`;
}
