import type { GpuLinks } from "../host/host.ts";
import type { Tx } from "../ledger/ledger.ts";
import { updateContainer, waitingInLine } from "../ledger/queries/containers.ts";
import { type NewEvent, record } from "../ledger/queries/events.ts";
import { insertLeases } from "../ledger/queries/leases.ts";
import { holdSshPort, readSupply } from "../ledger/queries/line.ts";
import { membersById } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Container } from "../ledger/schema.ts";
import { limitsOf } from "../policy/policy.ts";
import { listed } from "../sentence.ts";
import type { World } from "../world.ts";
import { type Grant, nextGrants, type Waits } from "./next.ts";
import { deviceInWords, wishInWords } from "./wish.ts";

/**
 * The only one that grants. Called inside the transaction that put somebody in the line, and by the job that runs after
 * every commit. Everything it decides is written in that transaction: leases, port, state, event, card.
 */
export async function serve(tx: Tx, world: World): Promise<Container[]> {
  const line = await waitingInLine(tx);
  if (line.length === 0) return [];
  const memberIds = [...new Set(line.map((container) => container.memberId))];
  const members = new Map((await membersById(tx, memberIds)).map((member) => [member.id, member]));
  const supply = await readSupply(tx, memberIds);
  const limits = (memberId: number) =>
    limitsOf(world.policy, members.get(memberId)?.group ?? world.policy.default_group);
  const { grants, waits } = nextGrants(line, supply, limits, linksOf(world));

  const now = world.clock.now();
  const granted: Container[] = [];
  for (const grant of grants) {
    const container = await writeGrant(tx, world, grant, now);
    if (!container) continue;
    granted.push(container);
    // Who had to wait was looking elsewhere when it came: a new message notifies, an edited one does not.
    const fresh = grant.container.waitsFor !== null;
    const recipient = members.get(container.memberId)?.slackUserId;
    if (recipient) await tell(tx, recipient, { kind: "card", containerId: container.id, fresh }, now);
  }
  await writeWaits(tx, waits);
  return granted;
}

async function writeGrant(tx: Tx, world: World, grant: Grant, now: Date): Promise<Container | undefined> {
  const { container, devices, limits, nodeId } = grant;
  const port = await holdSshPort(tx, container.projectId, world.settings.sshPorts, now);
  if (port === undefined) {
    await writeWaits(tx, [
      { container, because: "All SSH ports of the server are in use; an admin can widen the range." },
    ]);
    return undefined;
  }
  await insertLeases(
    tx,
    devices.map((device) => ({
      containerId: container.id,
      memberId: container.memberId,
      run: container.run,
      nodeId,
      deviceId: device.id,
      gpuUuid: device.gpuUuid,
      part: device.part,
      weight: device.weight,
      grantedAt: now,
    })),
  );
  const starting = await updateContainer(tx, container.id, {
    state: "starting",
    stateSince: now,
    nodeId,
    limits,
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
  await record(tx, grantedEvent(grant, now));
  return starting;
}

function grantedEvent({ container, devices, limits, nodeId }: Grant, now: Date): NewEvent {
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

function linksOf(world: World): GpuLinks {
  return new Map([...world.nodes.values()].flatMap((node) => [...(node.latest.links ?? [])]));
}
