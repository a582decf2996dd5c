import type { EngineContainer } from "../engine/engine.ts";
import { HostSilent } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { containerById, updateContainer } from "../ledger/queries/containers.ts";
import { record } from "../ledger/queries/events.ts";
import { endLeases } from "../ledger/queries/leases.ts";
import { releasePort } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { openOverrides } from "../ledger/queries/overrides.ts";
import type { Container, Device } from "../ledger/schema.ts";
import { minutesFrom } from "../policy/notice-times.ts";
import { limitsOf } from "../policy/policy.ts";
import { listed } from "../sentence.ts";
import { wishInWords } from "../waitlist/wish.ts";
import type { Node, World } from "../world.ts";
import { askAnew } from "./ask-anew.ts";
import { nodeOf } from "./bring-up.ts";
import { dropCarried } from "./carry.ts";
import { keepInstalled, readInstalled } from "./installed.ts";
import { type Moved, noteTrouble } from "./moved.ts";
import { quarantine } from "./quarantine.ts";
import { dropNext, isIts, standing } from "./remake.ts";
import { tellOwner } from "./tell-stopped.ts";
import { neverRan } from "./wish.ts";

/** After this long without seeing the devices empty they are quarantined instead of waited for. */
const emptyLimitMinutes = 10;
const lookAgainMs = 500;

/**
 * Ends a container: the engine says that it is not running, then its devices are seen empty; only then does anything
 * become free. A silent engine ends nothing. Wanted `retired`: the engine's container is removed too.
 */
export async function bringDown(world: World, view: ContainerView, signal: AbortSignal): Promise<Moved> {
  const ran = view.container.state === "running" || isToGoOn(view.container);
  if (view.container.state !== "stopping" && view.container.state !== "stopped")
    await becomeStopping(world, view);
  const node = nodeOf(world, view.container);
  const found = await itsOwn(node, view.container);
  const engineId = found?.id;
  if (ran && engineId) await rememberInstalled(world, node, view, engineId);
  if (engineId && view.container.state !== "stopped") {
    // The entry script gets its grace and ends by itself; the engine's own patience is a little longer.
    await node.engine.stop(engineId, world.policy.notices.sigterm_grace_s + 10);
  }
  const empty = await devicesEmpty(world, node, view, engineId);
  if (empty === "not yet") {
    await world.clock.sleep(lookAgainMs, signal);
    return "again";
  }
  if (view.container.wanted === "retired" && engineId) await node.engine.remove(engineId);
  await dropUnneeded(world, node, view.container, found);
  return becomeDown(world, view, empty);
}

async function becomeStopping(world: World, view: ContainerView): Promise<void> {
  view.container = await world.ledger.transaction(async (tx) => {
    const row = await containerById(tx, view.container.id);
    if (!row || (row.state !== "starting" && row.state !== "running")) return row ?? view.container;
    const now = world.clock.now();
    const { engineId } = view.container;
    const stopping = await updateContainer(tx, row.id, {
      state: "stopping",
      stateSince: now,
      step: "stop",
      engineId: row.engineId ?? engineId,
    });
    await tell(tx, view.member.slackUserId, { kind: "card", containerId: row.id }, now);
    return stopping;
  });
}

/** The last moment in which it can be asked. What is not known stays as it was; the stop goes on either way. */
async function rememberInstalled(
  world: World,
  node: Node,
  { container }: ContainerView,
  engineId: string,
): Promise<void> {
  const installed = await readInstalled(world, node, container, engineId);
  if (installed) await keepInstalled(world, container.id, installed);
}

/** What was to take its place, if it was given up half-way, goes. */
async function itsOwn(node: Node, container: Container): Promise<EngineContainer | undefined> {
  if (neverRan(container)) {
    const found = await node.engine.inspect(container.name);
    return isIts(found, container) ? found : undefined;
  }
  const found = await standing(node, container);
  await dropNext(node, container);
  return isIts(found, container) ? found : undefined;
}

/** Its image that carried it over goes with it, and one that came to nothing goes too. */
async function dropUnneeded(
  world: World,
  node: Node,
  container: Container,
  found: EngineContainer | undefined,
): Promise<void> {
  const isRetired = container.wanted === "retired";
  // Not there, and not to be retired: then that image may be all that is left of it.
  if (neverRan(container) || (!found && !isRetired)) return;
  await dropCarried(world, node, container, isRetired ? undefined : found?.imageId);
}

type Emptiness = "empty" | "not yet" | { occupied: string };

/** Does anything of the container still compute on its devices? Not knowing is not "empty". */
async function devicesEmpty(
  world: World,
  node: Node,
  view: ContainerView,
  engineId: string | undefined,
): Promise<Emptiness> {
  if (view.devices.length === 0) return "empty";
  const left = await processesLeft(node, view.devices, engineId ?? view.container.engineId);
  if (left === "none") return "empty";
  const waited = world.clock.now().getTime() - view.container.stateSince.getTime();
  if (waited > emptyLimitMinutes * 60_000) return { occupied: left };
  await noteTrouble(world, view, `It has stopped, and its GPU is not free yet: ${left}`);
  return "not yet";
}

async function processesLeft(
  node: Node,
  devices: readonly Device[],
  engineId: string | null,
): Promise<string> {
  try {
    const gpus = new Set(devices.map((device) => device.gpuUuid));
    const { processes } = await node.host.readGpus();
    const left = processes.filter((process) => gpus.has(process.gpuUuid) && process.containerId === engineId);
    return left.length === 0 || engineId === null
      ? "none"
      : `${listed(left.map((process) => `process ${process.pid}`))} of it still computes there.`;
  } catch (error) {
    if (error instanceof HostSilent) return "the GPUs can't be read at the moment.";
    throw error;
  }
}

async function becomeDown(world: World, view: ContainerView, empty: Emptiness): Promise<Moved> {
  return world.ledger.transaction(async (tx) => {
    const row = await containerById(tx, view.container.id);
    if (!row || (row.state !== "stopping" && row.state !== "stopped")) return "done";
    // Wanted changed while we were at it (stop, then retire): the next round does the rest.
    if (row.wanted !== view.container.wanted) return "again";
    const now = world.clock.now();
    if (typeof empty === "object") {
      const reason = `${view.container.name} was stopped and after ${emptyLimitMinutes} minutes ${empty.occupied}`;
      const evidence = {
        rule: "a device is free only when it is seen empty",
        waitedMinutes: emptyLimitMinutes,
      };
      await quarantine(tx, world, view.devices, { reason, containerId: row.id, evidence });
    }
    const goesOn = isToGoOn(row);
    const after =
      row.wanted === "retired"
        ? await becomeRetired(tx, row, now)
        : await becomeStopped(tx, world, view, row, { now, isEmpty: empty === "empty" });
    await record(tx, {
      at: now,
      what: after.state,
      containerId: row.id,
      memberId: row.memberId,
      nodeId: row.nodeId,
      actor: "berth",
      because: row.outcome ?? "It was stopped.",
      evidence: {
        wantedBy: row.wantedBy,
        devices: view.devices.map((device) => device.id),
        devicesSeenEmpty: empty === "empty",
        gpuKeptUntil: after.gpuKeptUntil,
        secondsToStop: (now.getTime() - row.stateSince.getTime()) / 1000,
      },
    });
    await tell(tx, view.member.slackUserId, { kind: "card", containerId: row.id }, now);
    if (goesOn) await goOn(tx, world, view, after, now);
    if (!row.wantedBy.startsWith("owner")) await tellOwner(tx, world, view, after, now);
    return "done";
  });
}

/** Stopped only to go on with other devices. */
function isToGoOn({ state, wanted }: Container): boolean {
  return state === "stopping" && wanted === "running";
}

async function goOn(
  tx: Tx,
  world: World,
  { member }: ContainerView,
  row: Container,
  at: Date,
): Promise<void> {
  await askAnew(tx, world, row, at, {
    wished: (asked) => ({
      at,
      what: "run-wished",
      containerId: row.id,
      memberId: member.id,
      nodeId: row.nodeId,
      actor: `member:${member.id}`,
      because: `It was stopped to go on with ${wishInWords(asked.wish)}, as ${member.handle} asked.`,
      evidence: asked,
    }),
  });
}

async function becomeStopped(
  tx: Tx,
  world: World,
  view: ContainerView,
  row: Container,
  { now, isEmpty }: { now: Date; isEmpty: boolean },
): Promise<Container> {
  const overrides = await openOverrides(tx, view.member.id);
  const holdHours = limitsOf(world.policy, view.member, overrides, now).gpu_hold_after_stop_h;
  const keepers = row.wantedBy === "owner" || row.wantedBy === "crash";
  // Never beyond its own end: from then on others may have been told that they will have it.
  const keptUntil = earlier(minutesFrom(now, holdHours * 60), row.endsAt);
  const keeps =
    keepers &&
    isEmpty &&
    keptUntil > now &&
    view.devices.length > 0 &&
    view.devices.every((d) => d.state === "ok");
  if (!keeps) await endLeases(tx, row.id, now);
  return updateContainer(tx, row.id, {
    state: "stopped",
    stateSince: now,
    stoppedAt: now,
    gpuKeptUntil: keeps ? keptUntil : null,
    step: null,
    trouble: null,
  });
}

function earlier(one: Date, other: Date | null): Date {
  return other !== null && other < one ? other : one;
}

async function becomeRetired(tx: Tx, row: Container, now: Date): Promise<Container> {
  await endLeases(tx, row.id, now);
  await releasePort(tx, row.projectId, now);
  return updateContainer(tx, row.id, {
    state: row.wantedBy === "failure" ? "failed" : "retired",
    stateSince: now,
    gpuKeptUntil: null,
    step: null,
    trouble: null,
  });
}
