import type { GpuLinks } from "../host/host.ts";
import type { Tx } from "../ledger/ledger.ts";
import { lineToServe, updateContainer, type Waiting } from "../ledger/queries/containers.ts";
import { type NewEvent, record } from "../ledger/queries/events.ts";
import { insertLeases } from "../ledger/queries/leases.ts";
import { holdSshPort, readSupply } from "../ledger/queries/line.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Container, Device } from "../ledger/schema.ts";
import { limitsOf } from "../policy/policy.ts";
import { listed } from "../sentence.ts";
import type { World } from "../world.ts";
import { type Grant, nextGrants, type Waits } from "./next.ts";
import { deviceInWords, wishInWords } from "./wish.ts";

/**
 * The only one that grants. Called inside the transaction that put somebody in the line, and by the job that runs after
 * every commit. Everything it decides is written in that transaction: leases, port, state, event, card. `before`: events
 * that came first and are not written yet; they are, in any case.
 */
export async function serve(tx: Tx, world: World, before: readonly NewEvent[] = []): Promise<Granted[]> {
  const [waiting, supply] = await Promise.all([lineToServe(tx), readSupply(tx)]);
  const held = waiting.flatMap((one) => {
    const because = imageHinders(one);
    return because === undefined ? [] : [{ container: one.container, because }];
  });
  const line = waiting.filter((one) => imageHinders(one) === undefined).map(onItsNode);
  const members = new Map(waiting.map((one) => [one.container.memberId, one]));
  const now = world.clock.now();
  const limits = (memberId: number) => {
    const { group = null, overrides = [] } = members.get(memberId) ?? {};
    return limitsOf(world.policy, { group }, overrides, now);
  };
  const { grants, waits } = nextGrants(line, supply, limits, linksOf(world));
  const builds = new Map(waiting.map((one) => [one.container.id, one.made?.buildId ?? null]));

  const granted: Granted[] = [];
  let unwritten = before;
  for (const grant of grants) {
    const { container } = grant;
    const port = await holdSshPort(tx, container.projectId, world.settings.sshPorts, now);
    if (port === undefined) {
      waits.push({
        container,
        because: "All SSH ports of the server are in use; an admin can widen the range.",
      });
      continue;
    }
    // Who had to wait was looking elsewhere when it came: a new message notifies, an edited one does not.
    const fresh = container.waitsFor !== null;
    const recipient = members.get(container.memberId)?.slackUserId;
    const [starting] = await Promise.all([
      writeGrant(tx, grant, builds.get(container.id) ?? null, now),
      recipient ? tell(tx, recipient, { kind: "card", containerId: container.id, fresh }, now) : undefined,
      record(tx, [...unwritten, grantedEvent(grant, builds.get(container.id) ?? null, now)]),
    ]);
    unwritten = [];
    granted.push({ container: starting, devices: grant.devices, sshPort: port });
  }
  await record(tx, [...unwritten]);
  await writeWaits(tx, [...held, ...waits]);
  return granted;
}

/** As it is written: the container `starting`, what it holds, the port its project has. */
export type Granted = { container: Container; devices: Device[]; sshPort: number };

/** Whoever is passed over for it keeps the place. */
function imageHinders({ container, made }: Waiting): string | undefined {
  if (container.awaitsBuildId !== null)
    return container.image.includes("/") ? "Its image is being built." : "Your image is being built.";
  return made && !made.mayUse ? "Its image is no longer shared with you." : undefined;
}

/** An image of a member is on the machine that built it. */
function onItsNode({ container, made }: Waiting): Container {
  return made && container.nodeId === null ? { ...container, nodeId: made.nodeId } : container;
}

async function writeGrant(tx: Tx, grant: Grant, buildId: number | null, now: Date): Promise<Container> {
  const { container, devices, limits, nodeId } = grant;
  const held = devices.map((device) => ({
    containerId: container.id,
    memberId: container.memberId,
    run: container.run,
    nodeId,
    deviceId: device.id,
    gpuUuid: device.gpuUuid,
    part: device.part,
    weight: device.weight,
    grantedAt: now,
  }));
  const written = updateContainer(tx, container.id, {
    state: "starting",
    stateSince: now,
    nodeId,
    limits,
    buildId,
    grantedAt: now,
    runningAt: null,
    endsAt: null,
    stoppedAt: null,
    gpuKeptUntil: null,
    waitsFor: null,
    step: null,
    trouble: null,
    outcome: null,
  });
  return (await Promise.all([written, insertLeases(tx, held)]))[0];
}

function grantedEvent(
  { container, devices, limits, nodeId }: Grant,
  buildId: number | null,
  now: Date,
): NewEvent {
  const names = devices.map(deviceInWords);
  return {
    at: now,
    what: "granted",
    containerId: container.id,
    memberId: container.memberId,
    nodeId,
    actor: "berth",
    because:
      devices.length === 0
        ? `Started without a GPU, with ${limits.cpus} CPUs and ${limits.memoryGiB} GB of memory.`
        : `Given ${listed(names)}: the first in the line for which what it asked for (${wishInWords(container.wish)}) was free.`,
    evidence: {
      rule: "oldest request first, whoever fits",
      wish: container.wish,
      devices: devices.map((device) => device.id),
      limits,
      ...(buildId === null ? {} : { image: container.image, buildId }),
      askedAt: container.askedAt,
      waitedSeconds: Math.round((now.getTime() - container.askedAt.getTime()) / 1000),
    },
  };
}

/** Only what changed is written, so that a full line costs nothing when nothing moves. */
async function writeWaits(tx: Tx, waits: readonly Waits[]): Promise<void> {
  for (const { container, because } of waits) {
    if (container.waitsFor !== because) await updateContainer(tx, container.id, { waitsFor: because });
  }
}

/** Copied only where there are several machines: a large one has hundreds of thousands of pairs. */
function linksOf(world: World): GpuLinks {
  const known = [...world.nodes.values()].flatMap((node) => node.latest.links ?? []);
  return known.length === 1 ? (known[0] as GpuLinks) : new Map(known.flatMap((links) => [...links]));
}
