import { chooseDevices } from "../gpu/choose.ts";
import type { GpuLinks } from "../host/host.ts";
import type { Halt } from "../ledger/queries/drains.ts";
import type { NodeSupply, Supply, Use } from "../ledger/queries/line.ts";
import type { Container, Device, GrantedLimits } from "../ledger/schema.ts";
import { judgeGrant } from "../policy/allow.ts";
import type { Limits } from "../policy/policy.ts";
import { counted } from "../sentence.ts";
import { haltedEverywhere, haltedGpus } from "./halted.ts";
import { wishInWords } from "./wish.ts";

export type Grant = { container: Container; nodeId: string; devices: Device[]; limits: GrantedLimits };
export type Waits = { container: Container; because: string };

/**
 * Who is next: the line is walked from its head and whoever fits is granted. A request whose member is at a limit, or for
 * which no devices are free, keeps its place and is told why.
 */
export function nextGrants(
  line: readonly Container[],
  supply: Supply,
  limitsOfMember: (memberId: number) => Limits,
  links: GpuLinks,
): { grants: Grant[]; waits: Waits[] } {
  const grants: Grant[] = [];
  const waits: Waits[] = [];
  const free = new Map(supply.free.map((device) => [device.id, device]));
  const nodes = supply.nodes.map((node) => ({ ...node }));
  const uses = new Map(Object.entries(supply.uses).map(([id, use]) => [Number(id), { ...use }]));

  for (const container of line) {
    const use = uses.get(container.memberId) ?? { gpuEquivalents: 0, containers: 0, memoryGiB: 0 };
    const fit = fitNow(container, limitsOfMember(container.memberId), use, nodes, [...free.values()], {
      lastHeld: new Set(supply.lastHeld[container.memberId] ?? []),
      links,
      halts: supply.halts ?? [],
    });
    if (typeof fit === "string") {
      waits.push({ container, because: fit });
      continue;
    }
    grants.push({ container, nodeId: fit.node.id, devices: fit.devices, limits: fit.limits });
    for (const device of fit.devices) free.delete(device.id);
    fit.node.memoryUsedGiB += fit.limits.memoryGiB;
    uses.set(container.memberId, {
      gpuEquivalents: use.gpuEquivalents + weightOf(fit.devices),
      containers: use.containers + 1,
      memoryGiB: use.memoryGiB + fit.limits.memoryGiB,
    });
  }
  return { grants, waits };
}

function fitNow(
  container: Container,
  limits: Limits,
  use: Use,
  nodes: NodeSupply[],
  free: Device[],
  choice: { lastHeld: ReadonlySet<string>; links: GpuLinks; halts: readonly Halt[] },
): { node: NodeSupply; devices: Device[]; limits: GrantedLimits } | string {
  const halted = haltedEverywhere(choice.halts, container.nodeId);
  if (nodes.length === 0) return halted ?? "The GPU server is not taking new work at the moment.";
  const { wish } = container;
  const reasons: string[] = [];
  for (const node of nodes) {
    if (container.nodeId && container.nodeId !== node.id) continue;
    // A container that ran before keeps what the engine made it with: limits are never updated.
    const granted = container.limits ?? limitsOn(node, limits);
    const here = free.filter((device) => device.nodeId === node.id);
    const devices = wish.kind === "cpu" ? [] : chooseDevices(wish, here, choice.lastHeld, choice.links);
    const ownLimit = judgeGrant(limits, use, devices ? weightOf(devices) : 0);
    if (ownLimit) return ownLimit;
    if (!devices) {
      reasons.push([notFree(container, here), haltedGpus(choice.halts, node.id)].filter(Boolean).join(" "));
      continue;
    }
    const memoryLeftGiB = Math.floor(node.memoryMiB / 1024 - node.memoryUsedGiB);
    if (granted.memoryGiB > memoryLeftGiB) {
      reasons.push(
        `The server has ${Math.max(0, memoryLeftGiB)} GB of memory left to give and this needs ${granted.memoryGiB} GB.`,
      );
      continue;
    }
    return { node, devices, limits: granted };
  }
  return reasons[0] ?? halted ?? "Its server is not taking new work at the moment.";
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
    return "It runs again on the GPU it was made with, and that one is not free now.";
  }
  if (wish.kind === "mig") return `No ${wish.profile} slice is free.`;
  const whole = free.filter((device) => device.sliceIndex === null).length;
  if (wish.kind === "gpu" && wish.count > 1 && whole > 0) {
    return `It needs ${wishInWords(wish)} at once and ${counted(whole, "is", "are")} free.`;
  }
  return wish.kind === "gpu" && wish.model ? `No ${wish.model} GPU is free.` : "No GPU is free.";
}

function weightOf(devices: readonly Device[]): number {
  return devices.reduce((sum, device) => sum + device.weight, 0);
}
