import type { Tx } from "../ledger/ledger.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { updateContainer } from "../ledger/queries/containers.ts";
import { record } from "../ledger/queries/events.ts";
import { endLeases, heldBy } from "../ledger/queries/leases.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Device } from "../ledger/schema.ts";
import { deviceInWords } from "../waitlist/wish.ts";
import type { World } from "../world.ts";

/**
 * A device vanished: nobody is given it, its holder is told (the admins by src/health). Who runs keeps it (it may come back); who was
 * only starting goes back to the line with the place they had.
 */
export async function deviceLost(tx: Tx, world: World, device: Device): Promise<void> {
  const now = world.clock.now();
  const name = deviceInWords(device);
  const view = await holderOf(tx, device);
  if (!view) return;
  const { container, member, project } = view;
  // One that is to end anyway goes on ending: in the line nobody would end it.
  const isBack =
    container.state === "starting" && container.runningAt === null && container.wanted === "running";
  if (isBack) {
    await endLeases(tx, container.id, now);
    await updateContainer(tx, container.id, {
      state: "waiting",
      stateSince: now,
      step: null,
      trouble: null,
      // What the engine may have of a first start already is thrown away: it was made with this device.
      ...(container.run === 1 ? { engineId: null, imageId: null } : {}),
      waitsFor: `${name} vanished while it was starting; it waits with the place it had.`,
    });
  }
  const because = `${name} vanished from the server while “${project.name}” had it.`;
  await record(tx, {
    at: now,
    what: "device-lost",
    containerId: container.id,
    memberId: member.id,
    deviceId: device.id,
    nodeId: device.nodeId,
    actor: "berth",
    because,
    evidence: { rule: "missing in 3 readings in a row", state: container.state },
  });
  await tellHolder(tx, view, `${because} ${whatNext(view, isBack)}`, now);
}

/** It is there again: whoever kept it is told. */
export async function deviceBack(tx: Tx, world: World, device: Device): Promise<void> {
  const now = world.clock.now();
  const name = deviceInWords(device);
  const view = await holderOf(tx, device);
  if (!view) return;
  const { container, member, project } = view;
  const because = `${name} is there again, and “${project.name}” still has it.`;
  await record(tx, {
    at: now,
    what: "device-back",
    containerId: container.id,
    memberId: member.id,
    deviceId: device.id,
    nodeId: device.nodeId,
    actor: "berth",
    because,
    evidence: { state: container.state },
  });
  const next = container.state === "running" ? " Start again what computed on it." : "";
  await tellHolder(tx, view, `${because}${next}`, now);
}

async function holderOf(tx: Tx, device: Device): Promise<ContainerView | undefined> {
  const holder = (await heldBy(tx, [device.id])).get(device.id);
  return holder === undefined ? undefined : (await containerViews(tx, [holder]))[0];
}

function whatNext({ container }: ContainerView, isBack: boolean): string {
  if (isBack) return "You are back in the line with the place you had.";
  if (container.state === "stopped")
    return "The admins know. Nothing in it is lost: Resume brings it back on another GPU.";
  return "What computes on it will fail. The admins know; your container and its files stay, and the GPU stays yours if it comes back.";
}

async function tellHolder(
  tx: Tx,
  { container, member }: ContainerView,
  text: string,
  at: Date,
): Promise<void> {
  const containerId = container.id;
  await tell(tx, member.slackUserId, { kind: "card", containerId }, at);
  const offers = [{ kind: "why" as const, containerId }];
  await tell(tx, member.slackUserId, { kind: "note", containerId, text, offers }, at);
}
