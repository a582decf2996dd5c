import { moveEnd } from "../containers/armed-ends.ts";
import { type SetRight, setRight } from "../containers/set-right.ts";
import type { Tx } from "../ledger/ledger.ts";
import { allArmedEnds } from "../ledger/queries/ends.ts";
import { record } from "../ledger/queries/events.ts";
import { putAsideAll } from "../ledger/queries/outbox.ts";
import { openPromise, updatePromise } from "../ledger/queries/promises.ts";
import { tellEveryAdmin } from "../members/admins.ts";
import { counted, listed } from "../sentence.ts";
import type { World } from "../world.ts";
import { writeDevices } from "./devices.ts";

/**
 * Before anything else is done with a ledger that was restored from a backup: what it had to say is old news and is not
 * said, what it knows of containers becomes what their machines show, and every end that stands is told of anew. What the
 * ledger does not know at all is adopted by the first look at each machine, before anything is granted there.
 * Throws `EngineSilent` and `HostSilent`, and has done nothing then.
 */
export async function afterRestore(world: World): Promise<void> {
  const read = await Promise.all(
    [...world.nodes.values()].map(async (node) => ({
      node,
      engine: await node.engine.list(),
      reading: await node.host.readGpus(),
    })),
  );
  await world.ledger.transaction(async (tx) => {
    const now = world.clock.now();
    const unsaid = await putAsideAll(tx, unsaidBecause, now);
    await forgetPromise(tx, now);
    const all: SetRight[] = [];
    for (const { node, engine, reading } of read) {
      await writeDevices(tx, world, node, reading, engine);
      all.push(...(await setRight(tx, world, node.id, engine)));
    }
    const ends = await tellAnew(tx, world);
    const because = inWords(all);
    const evidence = { unsaid, ends, setRight: all };
    await record(tx, { at: now, what: "ledger-restored", actor: "berth", because, evidence });
    await tellEveryAdmin(tx, world, { kind: "note", text: because, detail: whatNext }, now);
  });
}

const unsaidBecause = "the ledger was restored from a backup";
const whatNext =
  "What it does not know at all is adopted before anything is granted. People are told nothing of before. SSH keys are as they were when the backup was made: whoever changed theirs since looks at /ssh-key.";

/** Made by a line that has gone on since. Whoever waits still may be promised something anew. */
async function forgetPromise(tx: Tx, now: Date): Promise<void> {
  const open = await openPromise(tx);
  if (open) await updatePromise(tx, open.id, { state: "withdrawn", cause: unsaidBecause, closedAt: now });
}

/** What was told of an end before the backup was told in another life: nobody is stopped for that. */
async function tellAnew(tx: Tx, world: World): Promise<number> {
  const armed = await allArmedEnds(tx);
  for (const end of armed) {
    const { at, because, actor } = end;
    const evidence = { ...end.evidence, rule: "after a restore every end is told of anew" };
    await moveEnd(tx, world, end, { at, because, evidence, actor });
  }
  return armed.length;
}

function inWords(all: readonly SetRight[]): string {
  const those = (is: SetRight["is"]) => all.filter((one) => one.is === is).map(({ name }) => name);
  const parts = [
    ...said(those("runs"), "runs otherwise than the backup says", "run otherwise than the backup says"),
    ...said(those("stopped"), "is stopped", "are stopped"),
    ...said(those("gone"), "is no longer there", "are no longer there"),
  ];
  const found = parts.length > 0 ? parts.join("; ") : "Every container it knows is as it says";
  return `Berth started with a ledger that was restored from a backup. ${found}.`;
}

function said(names: readonly string[], one: string, many: string): string[] {
  if (names.length === 0) return [];
  return [`${counted(names.length, `container ${one}`, `containers ${many}`)}: ${listed(names)}`];
}
