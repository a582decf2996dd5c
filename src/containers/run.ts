import { Refusal } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { livingOfMember, updateContainer } from "../ledger/queries/containers.ts";
import { openDrains, openPause } from "../ledger/queries/drains.ts";
import { type NewEvent, record } from "../ledger/queries/events.ts";
import { keysOfMember } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { openOverrides } from "../ledger/queries/overrides.ts";
import type { ActiveMember, Container } from "../ledger/schema.ts";
import { judgeWaiting } from "../policy/allow.ts";
import { minutesFrom } from "../policy/notice-times.ts";
import { limitsOf } from "../policy/policy.ts";
import { everRefused } from "../waitlist/fit.ts";
import type { World } from "../world.ts";
import { type Asked, askAnew } from "./ask-anew.ts";
import { ownContainer, type Which } from "./which.ts";

/**
 * Starts a stopped container again. Within the GPU's keep time at once and with the same end; later it asks anew, and waits
 * in the line if nothing that serves it is free: what was changed in it comes along to whatever devices it gets. `fresh`:
 * that could not be, and its member gives it up; refused otherwise. Running or starting already: nothing changes and the
 * view says so.
 */
export async function run(
  world: World,
  { by, which, fresh = false }: { by: ActiveMember; which: Which; fresh?: boolean },
): Promise<ContainerView> {
  return world.ledger.transaction(async (tx) => {
    const view = await ownContainer(tx, by, which);
    const { container } = view;
    if (container.wanted === "retired") throw beingRetired(view);
    const ending = container.state !== "stopped" && container.wanted === "stopped";
    if (container.state === "stopping" || ending) throw stillStopping(view);
    if (container.state !== "stopped") return view;
    if (fresh && container.resume === null) throw nothingToGiveUp(view);
    if ((await keysOfMember(tx, by.id)).length === 0) throw noKey();

    const now = world.clock.now();
    const kept =
      !fresh &&
      container.gpuKeptUntil !== null &&
      container.gpuKeptUntil > now &&
      // With its hours as good as over it asks anew: else stopping and running again would make them longer.
      !hoursAreOver(container, now, world.policy.notices.last_m) &&
      view.devices.length > 0 &&
      // One that vanished, or that others compute on meanwhile, is waited for in the line; so is what an admin holds back.
      view.devices.every((device) => device.state === "ok") &&
      !(await isHalted(tx, view));
    if (!kept) await refuseAboveLimit(tx, world, by, view);
    const wished = (asked?: Asked): NewEvent => ({
      at: now,
      what: "run-wished",
      containerId: container.id,
      memberId: by.id,
      actor: `member:${by.id}`,
      because: kept
        ? `${by.handle} ran it again within the time its GPU was kept.`
        : fresh
          ? `${by.handle} asked to start it fresh: what was installed or changed in it is given up.`
          : `${by.handle} asked to run it again.`,
      evidence: { kept, fresh, gpuKeptUntil: container.gpuKeptUntil, endsAt: container.endsAt, ...asked },
    });
    if (kept) await startAgain(tx, view, wished());
    else await askAnew(tx, world, container, now, { fresh, wished });
    await tell(tx, by.slackUserId, { kind: "card", containerId: container.id }, now);
    const [after] = await containerViews(tx, [container.id]);
    if (after?.container.state === "waiting") await refuseTooManyWaiting(tx, world, by);
    return after ?? view;
  });
}

async function isHalted(tx: Tx, { container, devices }: ContainerView): Promise<boolean> {
  const [paused, drained] = await Promise.all([openPause(tx), openDrains(tx)]);
  const here = drained.filter(({ nodeId }) => nodeId === container.nodeId);
  const gpus = new Set<string | null>([null, ...devices.map((device) => device.gpuUuid)]);
  return paused !== undefined || here.some(({ gpuUuid }) => gpus.has(gpuUuid));
}

function hoursAreOver({ endsAt }: Pick<Container, "endsAt">, now: Date, lastMinutes: number): boolean {
  return endsAt !== null && endsAt < minutesFrom(now, lastMinutes);
}

/** Its GPUs may be more by now than its member may have in one container: in the line it would wait in vain. */
async function refuseAboveLimit(
  tx: Tx,
  world: World,
  by: ActiveMember,
  { container, project }: ContainerView,
): Promise<void> {
  const limits = limitsOf(world.policy, by, await openOverrides(tx, by.id), world.clock.now());
  const refusal = everRefused(container, limits);
  if (!refusal) return;
  throw new Refusal(refusal.reason, `“${project.name}” can't run as it is. ${refusal.message}`, {
    hint: "Retire it and deploy it with less (your files stay), or ask an admin for more; /limits shows what you may have.",
    offers: [
      { kind: "retire", containerId: container.id },
      { kind: "why", containerId: container.id },
    ],
  });
}

async function startAgain(tx: Tx, { container }: ContainerView, wished: NewEvent): Promise<void> {
  await updateContainer(tx, container.id, {
    state: "starting",
    stateSince: wished.at,
    wanted: "running",
    wantedBy: "owner",
    gpuKeptUntil: null,
    stoppedAt: null,
    step: null,
    trouble: null,
    outcome: null,
  });
  await record(tx, wished);
}

/** Thrown inside the transaction: the container then is stopped, as it was. */
async function refuseTooManyWaiting(tx: Tx, world: World, by: ActiveMember): Promise<void> {
  const waiting = (await livingOfMember(tx, by.id)).filter(({ state }) => state === "waiting").length;
  const refusal = judgeWaiting(
    waiting,
    limitsOf(world.policy, by, await openOverrides(tx, by.id), world.clock.now()),
  );
  if (refusal) throw refusal;
}

function beingRetired({ project }: ContainerView): Refusal {
  return new Refusal("being-retired", `“${project.name}” is being retired.`, {
    hint: "Deploy it again in a moment: your files, port and host key stay the same.",
    offers: [{ kind: "new-container", project: project.name }],
  });
}

function nothingToGiveUp({ container, project }: ContainerView): Refusal {
  return new Refusal("nothing-to-give-up", `“${project.name}” can be resumed with all that is in it.`, {
    hint: "It starts fresh only where that can't be. Retire it and deploy it again for a new one.",
    offers: [
      { kind: "run", containerId: container.id },
      { kind: "retire", containerId: container.id },
    ],
  });
}

function stillStopping({ project }: ContainerView): Refusal {
  return new Refusal("still-stopping", `“${project.name}” is still stopping.`, {
    hint: "Try again in a minute.",
  });
}

function noKey(): Refusal {
  return new Refusal("no-key", "You have no SSH key here, so nobody could sign in.", {
    hint: "Add your public key first.",
    offers: [{ kind: "add-key" }],
  });
}
