import { tellAdmins, tellAdminsSolved } from "../containers/tell-admins.ts";
import { Refusal } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { Drain } from "../ledger/line-tables.ts";
import { type ContainerView, containerViews } from "../ledger/queries/containers.ts";
import { changeDrain, insertDrain, type OpenDrain, openDrains, runningOn } from "../ledger/queries/drains.ts";
import { record } from "../ledger/queries/events.ts";
import type { Acting } from "../members/acting.ts";
import { listed, when } from "../sentence.ts";
import type { World } from "../world.ts";
import { checkReason } from "./reason.ts";
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
};

/** From the commit on nothing is granted there; what runs goes on, until `endsAt` if there is one. */
export async function drain(world: World, request: DrainRequest): Promise<Drained> {
  const reason = checkReason(request.reason);
  const { by, endsAt = null } = request;
  return world.ledger.write(async (tx) => {
    const target = await findTarget(tx, request.target);
    const runs = await containerViews(tx, await runningOn(tx, target.nodeId, target.gpuUuid));
    const open = (await openDrains(tx)).find((one) => covers(one, target));
    const isMoved = open && endsAt !== null && endsAt.getTime() !== open.endsAt?.getTime();
    if (open && !isMoved) return { outcome: "already", drain: open, what: target.words, runs };

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
    return {
      outcome: open ? "moved" : "begun",
      drain: { ...row, by: by.name, gpuIndex },
      what: target.words,
      runs,
    };
  });
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
): Promise<OpenDrain | undefined> {
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
    return ending;
  });
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

function problemKey({ nodeId, gpuUuid }: Pick<Drain, "nodeId" | "gpuUuid">): string {
  return `drain ${nodeId} ${gpuUuid ?? ""}`.trim();
}
