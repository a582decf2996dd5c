import type { Refusal } from "../errors.ts";
import { chooseDevices } from "../gpu/choose.ts";
import { weigh } from "../gpu/weigh.ts";
import type { GpuLinks } from "../host/host.ts";
import type { Halt } from "../ledger/queries/drains.ts";
import type { NodeSupply, Use } from "../ledger/queries/line.ts";
import type { Container, Device, GrantedLimits, Wish } from "../ledger/schema.ts";
import { judgeEver, judgeGrant } from "../policy/allow.ts";
import type { Limits } from "../policy/policy.ts";
import { counted } from "../sentence.ts";
import { haltedEverywhere, haltedGpus } from "./halted.ts";
import { wishInWords } from "./wish.ts";

/** A node with its devices and the memory that could be given, as they are or would be at some instant. */
export type Room = { node: NodeSupply; devices: readonly Device[]; memoryLeftGiB: number };

export type Fit = { node: NodeSupply; devices: Device[]; limits: GrantedLimits };
export type NoFit = {
  because: string;
  /** It is its member's own limit that hinders: whoever stands behind is not kept waiting by it. */
  isOwnLimit: boolean;
  /** By that limit it can never start as it is: it was asked for when the limit was higher. */
  isNever?: boolean;
};

export type Choice = { lastHeld: ReadonlySet<string>; links: GpuLinks; halts: readonly Halt[] };

/** May its member hold it beside what they hold? Judged before any device is looked at: a limit is one whatever is free. */
export function ownLimit(container: Container, limits: Limits, use: Use): NoFit | undefined {
  const never = everRefused(container, limits);
  if (never)
    return {
      because: `${never.message} It can't start as it is, and keeps its place in case your limit is raised.`,
      isOwnLimit: true,
      isNever: true,
    };
  const because = judgeGrant(ofIts(container, limits), use, weightOfWish(container.wish));
  return because === undefined ? undefined : { because, isOwnLimit: true };
}

/** What of its member's limits it could never start under, whatever is free. */
export function everRefused(
  container: Pick<Container, "wish" | "limits">,
  limits: Limits,
): Refusal | undefined {
  return judgeEver(container.wish, ofIts(container, limits), weightOfWish(container.wish));
}

/** One that ran before has the memory that the engine made it with. */
function ofIts({ limits: made }: Pick<Container, "limits">, limits: Limits): Limits {
  return made ? { ...limits, memory_gib: made.memoryGiB } : limits;
}

/** Where it fits: the first of these rooms that has its devices and its memory. */
export function fitIn(
  container: Container,
  limits: Limits,
  use: Use,
  rooms: readonly Room[],
  { lastHeld, links, halts }: Choice,
): Fit | NoFit {
  const halted = haltedEverywhere(halts, container.nodeId);
  if (rooms.length === 0)
    return { because: halted ?? "The GPU server is not taking new work at the moment.", isOwnLimit: false };
  const reasons: NoFit[] = [];
  for (const { node, devices: there, memoryLeftGiB } of rooms) {
    if (container.nodeId && container.nodeId !== node.id) continue;
    // A container that ran before keeps what the engine made it with: limits are never updated.
    const granted = container.limits ?? limitsOn(node, limits);
    const devices = chooseDevices(container.wish, there, lastHeld, links);
    if (!devices) {
      const because = [notFree(container, there), haltedGpus(halts, node.id)].filter(Boolean).join(" ");
      reasons.push({ because, isOwnLimit: false });
      continue;
    }
    // What is free may be larger than what was wished for.
    const tooLarge = judgeGrant(ofIts(container, limits), use, weightOf(devices));
    if (tooLarge) return { because: tooLarge, isOwnLimit: true };
    const leftGiB = Math.floor(memoryLeftGiB);
    if (granted.memoryGiB > leftGiB) {
      reasons.push({
        because: `The server has ${Math.max(0, leftGiB)} GB of memory left to give and this needs ${granted.memoryGiB} GB.`,
        isOwnLimit: false,
      });
      continue;
    }
    return { node, devices, limits: granted };
  }
  return (
    reasons[0] ?? { because: halted ?? "Its server is not taking new work at the moment.", isOwnLimit: false }
  );
}

export function weightOf(devices: readonly Device[]): number {
  return devices.reduce((sum, device) => sum + device.weight, 0);
}

/** GPU-equivalents it will hold at least. */
export function weightOfWish(wish: Wish): number {
  if (wish.kind === "cpu") return 0;
  return wish.kind === "gpu" ? wish.count : weigh("", wish.profile);
}

function limitsOn(node: NodeSupply, limits: Limits): GrantedLimits {
  return {
    cpus: Math.min(limits.cpus, node.cpus),
    memoryGiB: limits.memory_gib,
    // Filling a larger shared memory than half of the memory kills the container.
    shmGiB: Math.min(limits.shm_gib, limits.memory_gib / 2),
    pids: limits.pids,
    sudo: limits.sudo,
    ptrace: limits.ptrace,
  };
}

function notFree(container: Container, free: readonly Device[]): string {
  const { wish } = container;
  if (wish.exactly) {
    return "It runs again on the GPU it was made with and on no other, because what is in it is too much to be brought along, and that GPU is not free now.";
  }
  if (wish.kind === "mig") return `No ${wish.profile} slice is free.`;
  const whole = free.filter((device) => device.sliceIndex === null).length;
  if (wish.kind === "gpu" && wish.count > 1 && whole > 0) {
    return `It needs ${wishInWords(wish)} at once and ${counted(whole, "is", "are")} free.`;
  }
  return wish.kind === "gpu" && wish.model ? `No ${wish.model} GPU is free.` : "No GPU is free.";
}
