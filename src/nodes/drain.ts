import { cancelEnd, moveEnd } from "../containers/armed-ends.ts";
import { tellAdmins, tellAdminsSolved } from "../containers/tell-admins.ts";
import { endAnnounced } from "../ends/announced.ts";
import { Refusal } from "../errors.ts";
import type { End } from "../ledger/end-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { Drain } from "../ledger/line-tables.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import {
  changeDrain,
  endsOfDrain,
  insertDrain,
  type OpenDrain,
  openDrains,
  runningOn,
} from "../ledger/queries/drains.ts";
import { armedEnd, endById } from "../ledger/queries/ends.ts";
import { record } from "../ledger/queries/events.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Acting } from "../members/acting.ts";
import { adminsReason } from "../members/reason.ts";
import { listed, when } from "../sentence.ts";
import type { World } from "../world.ts";
import { tellWhoWaits } from "./tell-who-waits.ts";
import { type FoundTarget, findTarget, type Target } from "./which.ts";

export type DrainRequest = {
  by: Acting;
  target: Target;
  /** What runs there is stopped at that instant, with its notices; left out: it goes on to its own end. */
  endsAt?: Date;
  /** Read by whoever waits or is stopped. */
  reason: string;
};

export type Drained = {
  /** `already`: by `drain.by`, and nothing changed. `moved`: it was drained, and has another instant now. */
  outcome: "begun" | "moved" | "already";
  drain: OpenDrain;
  /** "GPU 3 of gpu1" */
  what: string;
  /** What goes on there now. */
  runs: ContainerView[];
  /** When what runs there is stopped, if it is; another admin's earlier instant stays. */
  ends: End[];
};

/** From the commit on nothing is granted there; what runs goes on, until `endsAt` if there is one. */
export async function drain(world: World, request: DrainRequest): Promise<Drained> {
  const reason = adminsReason(request.reason);
  const { by, endsAt = null } = request;
  return world.ledger.write(async (tx) => {
    const target = await findTarget(tx, request.target);
    const runs = await containerViews(tx, await runningOn(tx, target.nodeId, target.gpuUuid));
    const open = (await openDrains(tx)).find((one) => covers(one, target));
    const isMoved = open && endsAt !== null && endsAt.getTime() !== open.endsAt?.getTime();
    if (open && !isMoved) return { outcome: "already", drain: open, what: target.words, runs, ends: [] };

    const now = world.clock.now();
    const set = { endsAt, reason, setBy: by.actor };
    if (open) await changeDrain(tx, open.id, set);
    const { nodeId, gpuUuid, gpuIndex } = target;
    const row = open ? { ...open, ...set } : await insertDrain(tx, { nodeId, gpuUuid, ...set, setAt: now });
    const because = `${by.name} drains ${target.words}: ${reason}.${endsAt ? ` What runs there is stopped ${when(endsAt)}.` : ""}`;
    await record(tx, {
      at: now,
      what: open ? "drain-moved" : "drain-begun",
      nodeId,
      deviceId: gpuUuid,
      actor: by.actor,
      because,
      evidence: { reason, endsAt, runs: runs.map(nameOf), ...(open ? { before: open.endsAt } : {}) },
    });
    await tellAdmins(world, tx, because, problemKey(row), now);
    if (!open && gpuUuid === null) await tellWhoWaits(tx, because, now, nodeId);
    const ends = endsAt ? await endThem(tx, world, runs, { by, drain: row, endsAt, what: target.words }) : [];
    const outcome = open ? "moved" : "begun";
    return { outcome, drain: { ...row, by: by.name, gpuIndex }, what: target.words, runs, ends };
  });
}

async function endThem(
  tx: Tx,
  world: World,
  runs: readonly ContainerView[],
  { by, drain: { id, reason }, endsAt, what }: { by: Acting; drain: Drain; endsAt: Date; what: string },
): Promise<End[]> {
  const planned: End[] = [];
  for (const view of runs) {
    const armed = await armedEnd(tx, view.container.id, "admin");
    // An admin who wants it stopped earlier, whatever happens to the server, is not overruled by a drain.
    const isEarlier = armed && armed.evidence.drainId !== id && armed.at <= endsAt;
    const end = isEarlier
      ? armed
      : await endAnnounced(tx, world, view, {
          ...{ by: by.name, actor: by.actor, at: endsAt },
          reason: `${what} is drained (${reason})`,
          evidence: { rule: "a drain with an instant ends what runs there", drainId: id },
        });
    if (end) planned.push(end);
  }
  return planned;
}

/** "ana/vision" */
export function nameOf({ member, project }: Pick<ContainerView, "member" | "project">): string {
  return `${member.handle}/${project.name}`;
}

/**
 * Grants again what was drained: that target, or without one the only drain there is. Returns what was ended; none: nothing
 * was drained. Throws a `Refusal` where it would have to guess.
 */
export async function drainOff(
  world: World,
  { by, target }: { by: Acting; target: Target },
): Promise<DrainEnded | undefined> {
  return world.ledger.write(async (tx) => {
    const open = await openDrains(tx);
    const ending = await whichToEnd(tx, open, target);
    if (!ending) return undefined;
    const now = world.clock.now();
    await changeDrain(tx, ending.id, { endedAt: now });
    const because = `${by.name} ended the drain of ${inWords(ending)}.`;
    await record(tx, {
      at: now,
      what: "drain-ended",
      nodeId: ending.nodeId,
      deviceId: ending.gpuUuid,
      actor: by.actor,
      because,
      evidence: {
        reason: ending.reason,
        begunAt: ending.setAt,
        begunBy: ending.setBy,
        endsAt: ending.endsAt,
      },
    });
    await tellAdminsSolved(world, tx, because, problemKey(ending), now);
    return { drain: ending, cancelled: await endNoMore(tx, world, ending, { by, because }) };
  });
}

export type DrainEnded = {
  drain: OpenDrain;
  /** So many containers are not stopped at its instant any more. */
  cancelled: number;
};

async function endNoMore(
  tx: Tx,
  world: World,
  { id }: Drain,
  { by, because }: { by: Acting; because: string },
): Promise<number> {
  const armed = await endsOfDrain(tx, id);
  for (const end of armed) {
    const now = world.clock.now();
    const before =
      typeof end.evidence.movedEnd === "number" ? await endById(tx, end.evidence.movedEnd) : undefined;
    // Another admin had planned it for later: that holds again.
    if (before && before.evidence.drainId !== id) {
      const { at, evidence, actor } = before;
      await moveEnd(tx, world, end, { at, because: before.because, evidence, actor });
      continue;
    }
    await cancelEnd(tx, end, { at: now, because, evidence: { drainId: id }, actor: by.actor });
    await tellItGoesOn(tx, end, because, now);
  }
  return armed.length;
}

/** A card that is edited notifies nobody, and whoever was told to save their work waits for it. */
async function tellItGoesOn(tx: Tx, end: End, because: string, now: Date): Promise<void> {
  const [view] = await containerViews(tx, [end.containerId]);
  if (!view) return;
  const text = `“${view.project.name}” is not stopped ${when(end.at)} after all: ${because}`;
  await tell(tx, view.member.slackUserId, { kind: "note", containerId: end.containerId, text }, now);
}

async function whichToEnd(
  tx: Tx,
  open: readonly OpenDrain[],
  target: Target,
): Promise<OpenDrain | undefined> {
  const named = target.nodeId !== undefined || target.gpuIndex !== undefined;
  if (!named && open.length > 1)
    throw new Refusal("which-drain", `Several are being drained: ${listed(open.map(inWords))}.`, {
      hint: "Say which one to end.",
    });
  if (!named) return open[0];
  const found = await findTarget(tx, target);
  return open.find((one) => covers(one, found));
}

function covers(one: Pick<Drain, "nodeId" | "gpuUuid">, { nodeId, gpuUuid }: FoundTarget): boolean {
  return one.nodeId === nodeId && one.gpuUuid === gpuUuid;
}

/** "the server gpu1", "GPU 3 of gpu1" */
export function inWords({ nodeId, gpuUuid, gpuIndex }: OpenDrain): string {
  if (gpuUuid === null) return `the server ${nodeId}`;
  return `${gpuIndex === null ? "a GPU" : `GPU ${gpuIndex}`} of ${nodeId}`;
}

/** Each has a message of its own: one that is edited years later is seen by nobody. */
function problemKey({ id }: Pick<Drain, "id">): string {
  return `drain ${id}`;
}
