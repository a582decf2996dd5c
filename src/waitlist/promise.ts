import type { Holder } from "../ledger/queries/holders.ts";
import type { NodeSupply, Use } from "../ledger/queries/line.ts";
import type { Container, Device } from "../ledger/schema.ts";
import type { Limits } from "../policy/policy.ts";
import { type Choice, fitIn, ownLimit, type Room } from "./fit.ts";
import { cleanUpMs, dueAt, leavesBy } from "./leave.ts";

/** By `at` at the latest these devices of that node are the request's. */
export type Promised = {
  containerId: number;
  nodeId: string;
  deviceIds: readonly string[];
  /** What it will be given of the node's memory. */
  memoryGiB: number;
  at: Date;
  /** Its instant passed and the person was told why: the devices stay its own all the same. */
  isLate: boolean;
};

/** What somebody has, and when it is free again; null: nobody can say. */
export type Held = {
  nodeId: string;
  devices: readonly Device[];
  memoryGiB: number;
  /** By what was agreed. */
  due: Date | null;
  /** The same, and not before it could be. */
  by: Date | null;
};

export function heldBy(holder: Holder, now: Date): Held {
  const { nodeId, devices, memoryGiB } = holder;
  return { nodeId, devices, memoryGiB, due: dueAt(holder, now), by: leavesBy(holder, now) };
}

/** What there is, at one instant: free devices, and what is held. */
export type Stock = {
  nodes: readonly NodeSupply[];
  free: readonly Device[];
  held: readonly Held[];
};

type Memory = Pick<NodeSupply, "id" | "memoryMiB">;

/** When those before it must be gone: what is promised is told with the time in which devices are emptied. */
export function plannedEnd(promised: Pick<Promised, "at">): Date {
  return new Date(promised.at.getTime() - cleanUpMs);
}

/**
 * The earliest instant at which enough matching devices, and the memory, of one node are free for it if nobody leaves
 * early, and which devices those are. Undefined: nobody can say, or its member is at a limit.
 */
export function earliestFit(
  container: Container,
  limits: Limits,
  use: Use,
  stock: Stock,
  choice: Choice,
  now: Date,
): Omit<Promised, "isLate"> | undefined {
  if (ownLimit(container, limits, use)) return undefined;
  const instants = [...new Set([now.getTime(), ...stock.held.flatMap(({ by }) => by?.getTime() ?? [])])];
  const rising = instants.filter((time) => time >= now.getTime()).sort((a, b) => a - b);
  for (const [index, time] of rising.entries()) {
    const rooms = roomsAt(stock, new Date(time));
    if ("because" in fitIn(container, limits, use, rooms, choice)) continue;
    // Those that become free last are enough where they can be: what is free before is left to others.
    for (const since of rising.slice(0, index + 1).reverse()) {
      const fit = fitIn(container, limits, use, freedSince(rooms, stock, new Date(since), now), choice);
      if ("because" in fit) continue;
      const deviceIds = fit.devices.map(({ id }) => id);
      const at = new Date(time + cleanUpMs);
      return {
        containerId: container.id,
        nodeId: fit.node.id,
        deviceIds,
        memoryGiB: fit.limits.memoryGiB,
        at,
      };
    }
  }
  return undefined;
}

function freedSince(rooms: readonly Room[], { held }: Stock, since: Date, now: Date): Room[] {
  if (since <= now) return [...rooms];
  const later = held.filter(({ by }) => by !== null && by >= since).flatMap(({ devices }) => devices);
  const ids = new Set(later.map(({ id }) => id));
  return rooms.map((room) => ({ ...room, devices: room.devices.filter(({ id }) => ids.has(id)) }));
}

/** A promise looked at again, as things are. */
export type Reviewed =
  | { is: "stands"; promised: Promised }
  /** Earlier than it was told, or with other devices and not later. */
  | { is: "moved"; promised: Promised }
  /** It can't be kept, or its instant has passed (then the devices stay reserved for it). */
  | { is: "missed"; why: Missed; promised: Promised };

export type Missed =
  /** Somebody is still there although the end has come: a stop had to wait. */
  | { is: "overdue" }
  /** Devices of it are not there to be given. */
  | { is: "not there"; deviceIds: readonly string[] }
  /** Its machine takes no work, or can't be reached. */
  | { is: "no node" }
  /** Somebody may stay longer now than when it was promised. */
  | { is: "held longer"; deviceIds: readonly string[] }
  /** Its member may hold less now than when it was promised. */
  | { is: "own limit" };

/** Less than this is no news. */
const worthMovingMs = 60_000;

/**
 * A promise may move earlier, never later. One whose instant has passed is late: its devices go on being kept for it. One
 * whose devices can't be there in time any more is missed at once, unless others can.
 */
export function reviewPromise(
  promised: Promised,
  found: Omit<Promised, "isLate"> | undefined,
  stock: Stock,
  now: Date,
): Reviewed {
  const isOver = now > promised.at && !promised.isLate;
  const late = { ...promised, isLate: true };
  if (!stock.nodes.some(({ id }) => id === promised.nodeId))
    return isOver ? { is: "missed", why: { is: "no node" }, promised: late } : { is: "stands", promised };
  if (found && found.at.getTime() <= promised.at.getTime() - worthMovingMs)
    return { is: "moved", promised: { ...found, isLate: promised.isLate } };
  const why = hindrance(promised, stock, now);
  if (why && found && found.at <= promised.at)
    return { is: "moved", promised: { ...found, at: promised.at, isLate: promised.isLate } };
  // Late or not, nothing can be kept for it any more.
  if (why) return { is: "missed", why, promised: { ...promised, isLate: false } };
  return isOver ? { is: "missed", why: { is: "overdue" }, promised: late } : { is: "stands", promised };
}

/** Why its own devices can't be there when they were promised. Somebody who is overdue hinders nothing yet. */
function hindrance(promised: Promised, { nodes, free, held }: Stock, now: Date): Missed | undefined {
  const planned = plannedEnd(promised);
  const isStaying = ({ due }: Held) => due === null || (due > planned && due > now);
  const holderOf = (id: string) => held.find(({ devices }) => devices.some((device) => device.id === id));
  const others = promised.deviceIds.filter((id) => !free.some((device) => device.id === id));
  const notThere = others.filter((id) => !holderOf(id));
  if (notThere.length > 0) return { is: "not there", deviceIds: notThere };
  const heldLonger = others.filter((id) => {
    const holder = holderOf(id);
    return holder !== undefined && isStaying(holder);
  });
  if (heldLonger.length > 0) return { is: "held longer", deviceIds: heldLonger };
  const node = nodes.find(({ id }) => id === promised.nodeId);
  const staying = held.filter((one) => one.nodeId === promised.nodeId && isStaying(one));
  const leftGiB = (node?.memoryMiB ?? 0) / 1024 - staying.reduce((sum, { memoryGiB }) => sum + memoryGiB, 0);
  return Math.floor(leftGiB) < promised.memoryGiB ? { is: "held longer", deviceIds: [] } : undefined;
}

/** Whether what was promised lacks memory if this holder stays beyond the planned end, and nobody else stays longer than agreed. */
export function needsMemoryOf(
  promised: Promised,
  holder: Holder,
  { node, holders, now }: { node: Memory; holders: readonly Holder[]; now: Date },
): boolean {
  if (holder.nodeId !== promised.nodeId) return false;
  const others = holders.filter(({ containerId }) => containerId !== holder.containerId);
  const staying: Held = { ...heldBy(holder, now), by: null };
  const held = [staying, ...others.map((one) => heldBy(one, now))];
  return Math.floor(memoryLeftAt(node, held, plannedEnd(promised))) < promised.memoryGiB;
}

/** What would be free at that instant if nobody leaves early. */
export function roomsAt({ nodes, free, held }: Stock, instant: Date): Room[] {
  const left = held.filter((one) => !stays(one, instant)).flatMap(({ devices }) => devices);
  const devices = [...free, ...left];
  return nodes.map((node) => ({
    node,
    devices: devices.filter(({ nodeId }) => nodeId === node.id),
    memoryLeftGiB: memoryLeftAt(node, held, instant),
  }));
}

function memoryLeftAt({ id, memoryMiB }: Memory, held: readonly Held[], instant: Date): number {
  const staying = held.filter((one) => one.nodeId === id && stays(one, instant));
  return memoryMiB / 1024 - staying.reduce((sum, { memoryGiB }) => sum + memoryGiB, 0);
}

function stays({ by }: Held, instant: Date): boolean {
  return by === null || by > instant;
}
