import { containerView } from "../../src/containers/list.ts";
import type { OutboxRow } from "../../src/ledger/bot-tables.ts";
import { outbox } from "../../src/ledger/bot-tables.ts";
import { events } from "../../src/ledger/event-table.ts";
import { devicesOfNode, nodeById } from "../../src/ledger/queries/nodes.ts";
import type { ContainerState, Device } from "../../src/ledger/schema.ts";
import type { MemoryWorld } from "../support/memory-world.ts";

export async function settled(world: MemoryWorld, containerId: number, state: ContainerState) {
  return world.until(async () => {
    const view = await containerView(world, containerId);
    return view?.container.state === state && view;
  }, `container ${containerId} to be ${state}`);
}

/** Nothing is granted before the machine was compared with the ledger. */
export async function ready(world: MemoryWorld): Promise<void> {
  await world.until(async () => {
    const row = await world.ledger.read((tx) => nodeById(tx, "gpu1"));
    return row?.state === "up" && row.adoptedInEpoch !== null;
  }, "the first look");
}

export async function deviceNow(world: MemoryWorld, id: string): Promise<Device | undefined> {
  return (await world.ledger.read((tx) => devicesOfNode(tx, "gpu1"))).find((device) => device.id === id);
}

export async function deviceBecomes(world: MemoryWorld, id: string, state: Device["state"]): Promise<Device> {
  return world.until(async () => {
    const device = await deviceNow(world, id);
    return device?.state === state && device;
  }, `${id} to be ${state}`);
}

/** What the outbox has for somebody, the oldest first. */
export async function told(world: MemoryWorld, recipient: string): Promise<OutboxRow["news"][]> {
  const rows = await world.ledger.read((tx) => tx.select().from(outbox).orderBy(outbox.id));
  return rows.filter((row) => row.recipient === recipient).map((row) => row.news);
}

/** The sentences somebody was told, cards left out. */
export async function sentences(world: MemoryWorld, recipient: string): Promise<string[]> {
  return (await told(world, recipient)).flatMap((news) => ("text" in news ? [news.text] : []));
}

/** What happened to a container, the oldest first. */
export async function story(world: MemoryWorld, containerId: number): Promise<string[]> {
  const rows = await world.ledger.read((tx) => tx.select().from(events).orderBy(events.id));
  return rows.filter((row) => row.containerId === containerId).map((row) => row.what);
}
