import type { Tx } from "../ledger/ledger.ts";
import { containerViews, updateContainer } from "../ledger/queries/containers.ts";
import { record } from "../ledger/queries/events.ts";
import { endLeases, heldBy } from "../ledger/queries/leases.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Device } from "../ledger/schema.ts";
import { deviceInWords } from "../waitlist/wish.ts";
import type { World } from "../world.ts";
import { tellAdmins } from "./tell-admins.ts";

/**
 * A device vanished: nobody is given it, its holder and the admins are told. Who runs keeps it (it may come back); who was
 * only starting goes back to the line with the place they had.
 */
export async function deviceLost(tx: Tx, world: World, device: Device): Promise<void> {
  const now = world.clock.now();
  const name = deviceInWords(device);
  await tellAdmins(
    world,
    tx,
    `${name} of ${device.nodeId} vanished: nvidia-smi shows it no more.`,
    `lost ${device.id}`,
    now,
  );
  const holder = (await heldBy(tx, [device.id])).get(device.id);
  const [view] = holder === undefined ? [] : await containerViews(tx, [holder]);
  if (!view) return;
  const { container, member, project } = view;
  if (container.state === "starting" && container.runningAt === null) {
    await endLeases(tx, container.id, now);
    await updateContainer(tx, container.id, {
      state: "waiting",
      stateSince: now,
      step: null,
      waitsFor: `${name} vanished while it was starting; it waits for another one with the place it had.`,
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
  const next =
    container.state === "starting"
      ? "You are back in the line with the place you had."
      : "What computes on it will fail. The admins know; your container and its files stay, and the GPU stays yours if it comes back.";
  await tell(tx, member.slackUserId, { kind: "card", containerId: container.id }, now);
  await tell(
    tx,
    member.slackUserId,
    {
      kind: "note",
      containerId: container.id,
      text: `${because} ${next}`,
      offers: [{ kind: "why", containerId: container.id }],
    },
    now,
  );
}
