import type { NodeSupply, Use } from "../ledger/queries/line.ts";
import type { Container, Device } from "../ledger/schema.ts";
import { type Choice, type Fit, type Room, weightOf } from "./fit.ts";
import { startLimitMs } from "./leave.ts";
import type { Situation } from "./next.ts";
import { type Held, heldBy, type Promised, plannedEnd, roomsAt } from "./promise.ts";

/** What there is while the line is walked: less and less. */
export type State = {
  nodes: NodeSupply[];
  free: Map<string, Device>;
  held: Held[];
  uses: Map<number, Use>;
  promised: Promised | undefined;
};

export function begin({ supply, holders, promised, now }: Situation): State {
  return {
    nodes: supply.nodes.map((node) => ({ ...node })),
    free: new Map(supply.free.map((device) => [device.id, device])),
    held: holders.map((holder) => heldBy(holder, now)),
    uses: new Map(Object.entries(supply.uses).map(([id, use]) => [Number(id), { ...use }])),
    promised,
  };
}

export function stockOf(state: State) {
  return { nodes: state.nodes, free: [...state.free.values()], held: state.held };
}

export function choiceOf({ memberId }: Container, { supply, links }: Situation): Choice {
  return { lastHeld: new Set(supply.lastHeld[memberId] ?? []), links, halts: supply.halts ?? [] };
}

export const nothing: Use = { gpuEquivalents: 0, containers: 0, memoryGiB: 0 };

/** What may be given to it: all that is free, but for what is promised to somebody else and would not be back in time. */
export function openTo(container: Container, state: State, situation: Situation): Room[] {
  const { promised } = state;
  const rooms = state.nodes.map((node) => ({
    node,
    devices: [...state.free.values()].filter(({ nodeId }) => nodeId === node.id),
    memoryLeftGiB: node.memoryMiB / 1024 - node.memoryUsedGiB,
  }));
  if (!promised || promised.containerId === container.id) return rooms;
  const end = endOf(container, situation);
  if (end !== null && end <= plannedEnd(promised)) return rooms;
  return rooms.map((room) => {
    if (room.node.id !== promised.nodeId) return room;
    const kept = new Set(promised.deviceIds);
    return {
      ...room,
      devices: room.devices.filter(({ id }) => !kept.has(id)),
      memoryLeftGiB: Math.min(room.memoryLeftGiB, memoryBeside(room.node, promised, state)),
    };
  });
}

/** Of the node's memory, what somebody may have beyond the promised instant. */
function memoryBeside(node: NodeSupply, promised: Promised, state: State): number {
  const [then] = roomsAt({ ...stockOf(state), nodes: [node] }, plannedEnd(promised));
  return (then?.memoryLeftGiB ?? 0) - promised.memoryGiB;
}

/** When one that is granted now has ended at the latest. Null: nobody can say, for it is spared its end. */
function endOf({ id, hours }: Container, { exempt, now }: Situation): Date | null {
  if (exempt?.has(id)) return null;
  return new Date(now.getTime() + startLimitMs + hours * 3_600_000);
}

/** From then on it is not free, and counts against its member. */
export function give(
  container: Container,
  { node, devices, limits }: Fit,
  state: State,
  situation: Situation,
): void {
  for (const device of devices) state.free.delete(device.id);
  const given = state.nodes.find(({ id }) => id === node.id);
  if (given) given.memoryUsedGiB += limits.memoryGiB;
  const end = endOf(container, situation);
  state.held.push({ nodeId: node.id, devices, memoryGiB: limits.memoryGiB, due: end, by: end });
  const use = state.uses.get(container.memberId) ?? nothing;
  state.uses.set(container.memberId, {
    gpuEquivalents: use.gpuEquivalents + weightOf(devices),
    containers: use.containers + 1,
    memoryGiB: use.memoryGiB + limits.memoryGiB,
  });
}
