import { projectOf } from "../container-name.ts";
import type { Tx } from "../ledger/ledger.ts";
import { updateContainer } from "../ledger/queries/containers.ts";
import { type NewEvent, record } from "../ledger/queries/events.ts";
import { insertLeases } from "../ledger/queries/leases.ts";
import { holdSshPort } from "../ledger/queries/line.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { rangesEnd } from "../ledger/queries/promises.ts";
import { updateWaits } from "../ledger/queries/waiting.ts";
import type { Container, Device } from "../ledger/schema.ts";
import { listed } from "../sentence.ts";
import type { World } from "../world.ts";
import { keepPromise } from "./keep-promise.ts";
import { type Grant, nextGrants, type Waits } from "./next.ts";
import { type LineRead, readLine } from "./situation.ts";
import { deviceInWords, wishInWords } from "./wish.ts";

/**
 * The only one that grants. Called inside the transaction that put somebody in the line, and by the job that runs after
 * every commit. Everything it decides is written in that transaction: leases, port, state, event, card. `before`: events
 * that came first and are not written yet; they are, in any case.
 */
export async function serve(tx: Tx, world: World, before: readonly NewEvent[] = []): Promise<Granted[]> {
  const read = await readLine(tx, world);
  const { grants, waits, promising } = nextGrants(read.situation);
  const builds = new Map(read.waiting.map((one) => [one.container.id, one.made?.buildId ?? null]));
  const recipients = new Map(read.waiting.map((one) => [one.container.id, one.slackUserId]));
  const hoursAsked = new Map(read.waiting.map(({ container }) => [container.id, container.hours]));

  const { now } = read.situation;
  const granted: Granted[] = [];
  let unwritten = before;
  for (const grant of grants) {
    const { container } = grant;
    const port = await holdSshPort(tx, container.projectId, world.settings.sshPorts, now);
    if (port === undefined) {
      const because = "All SSH ports of the server are in use; an admin can widen the range.";
      waits.push({ container, because, isPassedOver: false });
      continue;
    }
    // Who had to wait was looking elsewhere when it came: a new message notifies, an edited one does not.
    const fresh = container.waitsFor !== null;
    const recipient = recipients.get(container.id);
    const asked = hoursAsked.get(container.id) ?? container.hours;
    const [starting] = await Promise.all([
      writeGrant(tx, grant, builds.get(container.id) ?? null, now),
      recipient ? tell(tx, recipient, { kind: "card", containerId: container.id, fresh }, now) : undefined,
      record(tx, [...unwritten, grantedEvent(grant, builds.get(container.id) ?? null, read, asked)]),
      fresh ? rangesEnd(tx, container.id, container.run, now) : undefined,
    ]);
    if (recipient && asked > container.hours) await tellFewerHours(tx, recipient, container, asked, now);
    unwritten = [];
    granted.push({ container: starting, devices: grant.devices, sshPort: port });
  }
  await record(tx, [...unwritten]);
  await keepPromise(tx, world, read, promising, new Set(granted.map(({ container }) => container.id)));
  await writeWaits(tx, [...read.hindered, ...waits]);
  for (const wait of waits.filter(
    ({ container, because, isNever }) => isNever && container.waitsFor !== because,
  ))
    await noteNever(tx, wait, recipients.get(wait.container.id), now);
  return granted;
}

/** As it is written: the container `starting`, what it holds, the port its project has. */
export type Granted = { container: Container; devices: Device[]; sshPort: number };

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
    hours: container.hours,
    buildId,
    grantedAt: now,
    runningAt: null,
    endsAt: null,
    stoppedAt: null,
    gpuKeptUntil: null,
    waitsFor: null,
    passedOver: false,
    step: null,
    trouble: null,
    outcome: null,
  });
  return (await Promise.all([written, insertLeases(tx, held)]))[0];
}

function grantedEvent(
  { container, devices, limits, nodeId }: Grant,
  buildId: number | null,
  { open, situation: { line, now } }: LineRead,
  hoursAsked: number,
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
      rule: "the line from its head, whoever fits; what is promised only until its instant",
      wish: container.wish,
      devices: devices.map((device) => device.id),
      limits,
      hours: container.hours,
      ...(hoursAsked > container.hours ? { hoursAsked } : {}),
      ...(buildId === null ? {} : { image: container.image, buildId }),
      askedAt: container.askedAt,
      standsAt: container.standsAt,
      heldGpuHours: container.heldGpuHours,
      firstSince: container.firstSince,
      promise: open && { containerId: open.containerId, at: open.at, deviceIds: open.deviceIds },
      inLine: line.length,
      waitedSeconds: Math.round((now.getTime() - container.askedAt.getTime()) / 1000),
    },
  };
}

/** The longest run allowed became shorter while it waited. */
async function tellFewerHours(
  tx: Tx,
  recipient: string,
  { id: containerId, name, hours }: Container,
  asked: number,
  now: Date,
): Promise<void> {
  const text = `“${projectOf(name)}” starts for ${hours} h instead of the ${asked} h you asked for: since then the longest run you may have became shorter.`;
  await tell(tx, recipient, { kind: "note", containerId, text }, now);
}

/** It would wait in vain and in silence: said once for each limit that hinders. */
async function noteNever(
  tx: Tx,
  { container, because }: Waits,
  recipient: string | undefined,
  at: Date,
): Promise<void> {
  const { id: containerId, memberId, name, wish } = container;
  await record(tx, {
    at,
    what: "limit-hinders",
    containerId,
    memberId,
    actor: "berth",
    because,
    evidence: { rule: "what waits is judged at the grant, by the limits that are in force then", wish },
  });
  if (!recipient) return;
  const text = `“${projectOf(name)}” can't start any more as you asked for it. ${because}`;
  const detail = "Leave the line and ask for less, or ask an admin for more: /limits has the button.";
  const offers = [
    { kind: "leave" as const, containerId },
    { kind: "queue" as const },
    { kind: "why" as const, containerId },
  ];
  await tell(tx, recipient, { kind: "note", containerId, text, detail, offers }, at);
}

/** Only what changed is written, so that a full line costs nothing when nothing moves. */
async function writeWaits(tx: Tx, waits: readonly Waits[]): Promise<void> {
  const changed = waits.filter(
    ({ container, because, isPassedOver }) =>
      container.waitsFor !== because || container.passedOver !== isPassedOver,
  );
  await updateWaits(
    tx,
    changed.map(({ container, because, isPassedOver }) => ({
      id: container.id,
      waitsFor: because,
      passedOver: isPassedOver,
    })),
  );
}
