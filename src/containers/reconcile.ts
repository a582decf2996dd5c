import type { EngineContainer } from "../engine/engine.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { containerById, livingOfNode, updateContainer } from "../ledger/queries/containers.ts";
import { record } from "../ledger/queries/events.ts";
import { writeDownHeld } from "../ledger/queries/leases.ts";
import { devicesById } from "../ledger/queries/nodes.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Container } from "../ledger/schema.ts";
import { when } from "../sentence.ts";
import type { Node, World } from "../world.ts";
import { adopt } from "./adopt.ts";
import { compare, type Difference } from "./compare.ts";
import { nextName } from "./remake.ts";
import { tellAdmins } from "./tell-admins.ts";
import { neverRan, wishEnd } from "./wish.ts";

/**
 * Compares the ledger with one engine, both ways, and puts right or shows what differs. The rows are read before the
 * engine is asked, and each correction applies only to a row that has not moved meanwhile.
 * Throws `EngineSilent`; then nothing was concluded.
 */
export async function reconcile(
  world: World,
  node: Node,
  engineRestarted: boolean,
): Promise<EngineContainer[]> {
  const rows = await world.ledger.read((tx) => livingOfNode(tx, node.id));
  const found = await node.engine.list();
  const ours = found.filter((one) => one.labels["berth.instance"] === world.settings.instance);
  for (const row of rows) {
    // While another takes its place there are two; its own name tells it.
    const all = ours.filter((one) => one.labels["berth.container"] === String(row.id));
    const its = all.find(({ name }) => name === row.name) ?? all[0];
    const difference = compare(row, its, { now: world.clock.now(), engineRestarted });
    if (difference !== "none") await putRight(world, node, row, its, difference);
  }
  const known = new Set(rows.map((row) => String(row.id)));
  for (const one of ours) {
    if (!known.has(one.labels["berth.container"] ?? "")) await unknownOurs(world, node, one);
  }
  return found;
}

async function putRight(
  world: World,
  node: Node,
  row: Container,
  found: EngineContainer | undefined,
  difference: Exclude<Difference, "none">,
): Promise<void> {
  // The list may be older than a start or a removal of our own: look once more at this one.
  const now = await node.engine.inspect(found?.id ?? row.engineId ?? row.name);
  if ((now === undefined) !== (found === undefined) || now?.state !== found?.state) return;
  const [view] = await world.ledger.read((tx) => containerViews(tx, [row.id]));
  if (!view || hasMoved(view.container, row)) return;
  world.log.warn({ containerId: row.id, difference }, "ledger and engine differ");
  if (difference === "started-by-hand" && found) return startedByHand(world, node, view, row, now ?? found);
  if (difference === "removed-by-hand") {
    return endIt(world, row, view, {
      wanted: "retired",
      cause: "admin",
      because: "It was removed on the server by hand, not by Berth.",
    });
  }
  if (difference === "ended-twice") {
    const words = now ? await node.engine.lastWords(now.id, 5) : "";
    return endIt(world, row, view, {
      wanted: "stopped",
      cause: "crash",
      because: `It ended by itself twice within 10 minutes (exit code ${now?.exitCode ?? "unknown"}).`,
      evidence: { exitCode: now?.exitCode, oomKilled: now?.oomKilled, lastWords: words },
    });
  }
  if (difference === "ended" || difference === "engine-restarted")
    return startAgain(world, row, view, difference, now?.exitCode);
}

/** Back to `starting`: bring-up does the rest, on the same devices and with the same end. */
async function startAgain(
  world: World,
  seen: Container,
  view: ContainerView,
  difference: "ended" | "engine-restarted",
  exitCode: number | undefined,
): Promise<void> {
  const { endsAt } = view.container;
  const stillEnds = endsAt ? `its hours are over ${when(endsAt)}, as before` : "its hours go on";
  const because =
    difference === "engine-restarted"
      ? `The server was restarted; it is started again on the same GPU. What ran in it has ended; ${stillEnds}.`
      : `It ended by itself (exit code ${exitCode ?? "unknown"}) and is started again; a second time within 10 minutes it stays stopped.`;
  await world.ledger.transaction(async (tx) => {
    const row = await containerById(tx, seen.id);
    if (!row || hasMoved(row, seen) || row.wanted !== "running") return;
    const now = world.clock.now();
    await updateContainer(tx, row.id, {
      state: "starting",
      stateSince: now,
      ...(difference === "ended" ? { restartedAt: now } : {}),
    });
    await record(tx, {
      at: now,
      what: difference,
      containerId: row.id,
      memberId: row.memberId,
      nodeId: row.nodeId,
      actor: "berth",
      because,
      evidence: { exitCode: exitCode ?? null, endsAt: row.endsAt },
    });
    const text = `“${view.project.name}”: ${because}`;
    await tell(tx, view.member.slackUserId, { kind: "card", containerId: row.id }, now);
    await tell(
      tx,
      view.member.slackUserId,
      { kind: "note", text, containerId: row.id, offers: [{ kind: "why", containerId: row.id }] },
      now,
    );
  });
}

async function endIt(
  world: World,
  seen: Container,
  view: ContainerView,
  wish: {
    wanted: "stopped" | "retired";
    cause: "admin" | "crash";
    because: string;
    evidence?: Record<string, unknown>;
  },
): Promise<void> {
  await world.ledger.transaction(async (tx) => {
    const row = await containerById(tx, seen.id);
    if (!row || hasMoved(row, seen)) return;
    const at = world.clock.now();
    await wishEnd(tx, view.member, row, { ...wish, actor: "berth", at });
    await tellAdmins(world, tx, `${row.name}: ${wish.because}`, `hand ${row.id}`, at);
  });
}

/**
 * Its devices are free: it is written down as running again. Somebody has them, or they are gone: it is stopped at once.
 * So is a start that was taken back because its device vanished, and nobody is told: that was no hand.
 */
async function startedByHand(
  world: World,
  node: Node,
  view: ContainerView,
  seen: Container,
  found: EngineContainer,
): Promise<void> {
  const takenBack = seen.state === "waiting" && neverRan(seen);
  const mustStop = await world.ledger.transaction(async (tx) => {
    const row = await containerById(tx, seen.id);
    if (!row || hasMoved(row, seen)) return false;
    if (takenBack) return true;
    const now = world.clock.now();
    // What it was granted last may be others, to which it could not be carried over.
    const ids = found.devices;
    if (ids === "all") return true;
    const devices = await devicesById(tx, ids);
    const isThere = devices.every(({ state }) => state !== "lost" && state !== "gone");
    if (!isThere || !(await writeDownHeld(tx, row, ids, now))) return true;
    await updateContainer(tx, row.id, {
      state: "starting",
      stateSince: now,
      wanted: "running",
      gpuKeptUntil: null,
      stoppedAt: null,
      waitsFor: null,
    });
    await record(tx, {
      at: now,
      what: "started-by-hand",
      containerId: row.id,
      memberId: row.memberId,
      actor: "berth",
      because: "Somebody started it on the server by hand; its devices were free, so it is its again.",
      evidence: {},
    });
    await tell(tx, view.member.slackUserId, { kind: "card", containerId: row.id }, now);
    return false;
  });
  if (!mustStop) return;
  await node.engine.stop(found.id, world.policy.notices.sigterm_grace_s);
  if (takenBack) return;
  const text = `“${view.project.name}” was started on the server by hand while others have its GPU, so it was stopped again.`;
  await world.ledger.transaction(async (tx) => {
    const now = world.clock.now();
    await tell(
      tx,
      view.member.slackUserId,
      { kind: "note", text, containerId: seen.id, offers: [{ kind: "run", containerId: seen.id }] },
      now,
    );
    await tellAdmins(world, tx, text, `hand ${seen.id}`, now);
  });
}

/** Labels say ours and no living row does: a restored ledger lost it, or its row has ended and the engine's removal did not arrive. */
async function unknownOurs(world: World, node: Node, found: EngineContainer): Promise<void> {
  const id = Number(found.labels["berth.container"]);
  const row = Number.isInteger(id) ? await world.ledger.read((tx) => containerById(tx, id)) : undefined;
  // A restored ledger may know it as one that still waits for its first grant.
  const ungranted = row?.state === "waiting" && row.grantedAt === null;
  const isIts = row && (found.name === row.name || found.name === nextName(row));
  if (!row || !isIts || ungranted) return adopt(world, node, found);
  // Its row ended after the engine was asked, or is final and nothing starts it any more: it goes either way.
  if (row.state === "retired" || row.state === "failed") {
    world.log.warn({ containerId: row.id }, "removing what was left of an ended container");
    await node.engine.remove(found.id);
  }
}

function hasMoved(row: Container, seen: Container): boolean {
  return (
    row.state !== seen.state ||
    row.stateSince.getTime() !== seen.stateSince.getTime() ||
    row.wanted !== seen.wanted
  );
}
