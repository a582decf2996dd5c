import { tell } from "../../ledger/queries/outbox.ts";
import type { Member } from "../../ledger/schema.ts";
import { counted, gigabytes } from "../../sentence.ts";
import type { World } from "../../world.ts";
import { prune } from "./prune.ts";

const underWay = new WeakSet<World["nodes"]>();

/**
 * Begins to take away everything that nobody refers to, however new it is; takes minutes, and whoever asked is told what it
 * freed. `already`: somebody began it before. If the bot ends meanwhile, what was done is done.
 */
export function pruneNow(world: World, by: Member): "begun" | "already" {
  if (underWay.has(world.nodes)) return "already";
  underWay.add(world.nodes);
  prune(world, 0, `member:${by.id}`)
    .then(
      ({ builds, freedBytes, withCache }) =>
        said(
          world,
          by,
          `Pruned: ${counted(builds.length, "old build")} went, and ${gigabytes(freedBytes)} are free again.`,
          withCache
            ? undefined
            : "Something was being built: its cache was left alone. Prune again when it is ready.",
        ),
      (err: unknown) => {
        world.log.error({ err }, "a prune failed");
        return said(
          world,
          by,
          "The prune broke off; the log says why. What went is gone, the rest is as it was.",
        );
      },
    )
    // The ledger is away, or the bot is ending.
    .catch((err: unknown) => world.log.warn({ err }, "nobody could be told how a prune ended"))
    .finally(() => underWay.delete(world.nodes));
  return "begun";
}

async function said(world: World, by: Member, text: string, detail?: string): Promise<void> {
  await world.ledger.transaction((tx) =>
    tell(tx, by.slackUserId, { kind: "note", text, ...(detail ? { detail } : {}) }, world.clock.now()),
  );
}
