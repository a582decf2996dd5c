import { beforeStopCommand, noticeCommand } from "../access/notices.ts";
import { type ToTellInside, toTellInside } from "../ledger/queries/notices.ts";
import type { World } from "../world.ts";
import { endsAtLine, terminalNotice } from "./terminal-notice.ts";

/** By container: which end and notice of it were said there last. */
export type SaidInside = Map<number, string>;

const limitMs = 5_000;

/**
 * Says in containers what was said in Slack: a text on the member's terminals for each accepted notice, the end in
 * `~/.berth/ends-at`, and at the last notice the member's own `before-stop` is begun. Best effort, 5 s each, and no condition
 * for anything: what fails is not tried again. After a restart of the bot the newest notice may be said twice.
 */
export async function tellInside(world: World, said: SaidInside): Promise<void> {
  const rows = await world.ledger.read(toTellInside);
  const gone = [...said.keys()].filter((id) => !rows.some((row) => row.containerId === id));
  for (const id of gone) said.delete(id);
  const news = rows.filter((row) => said.get(row.containerId) !== keyOf(row));
  await Promise.all(
    news.map(async (row) => {
      said.set(row.containerId, keyOf(row));
      await sayInside(world, row);
    }),
  );
}

function keyOf({ end, notice }: ToTellInside): string {
  return `${end.id} ${notice?.id ?? "-"}`;
}

async function sayInside(world: World, row: ToTellInside): Promise<void> {
  const { end, notice, project } = row;
  const endsAt = endsAtLine(end);
  const text = notice ? terminalNotice(end, { project, now: world.clock.now() }) : "";
  await runInside(world, row, noticeCommand(row, { endsAt, text }));
  if (notice?.step === "last") await runInside(world, row, beforeStopCommand(row, { endId: end.id, endsAt }));
}

async function runInside(world: World, row: ToTellInside, argv: string[]): Promise<void> {
  const { nodeId, engineId, containerId } = row;
  const patience = new AbortController();
  const late = world.clock.sleep(limitMs, patience.signal).then(() => "late" as const);
  const run = world.nodes.get(nodeId)?.engine.exec(engineId, argv, limitMs / 1000);
  const ended = run
    ?.then((done) => (done === "gone" || done.exitCode !== 0 ? done : done.output.trim()))
    .catch((err: unknown) => err);
  const outcome = await Promise.race([ended, late]).finally(() => patience.abort());
  world.log.info({ containerId, script: argv[1], outcome }, "said in a container when it ends");
}
