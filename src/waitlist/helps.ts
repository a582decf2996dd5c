import type { ContainerView } from "../ledger/queries/container-views.ts";
import type { Supply } from "../ledger/queries/line.ts";
import type { Container } from "../ledger/schema.ts";
import { judgeAsk } from "../policy/allow.ts";
import type { Limits } from "../policy/policy.ts";
import { type Smaller, smallerThings } from "./smaller.ts";

/** One of the member's own, and what of it would have to end so that what waits could start. */
export type Ending = { containerId: number; project: string; how: "free-gpu" | "stop" | "retire" };

/** What somebody who waits could do so that it starts now. */
export type Helps = { smaller: Smaller[]; endings: Ending[] };

export const mostEndings = 3;

/** What is known of the line and the machine at this moment, and the rule that grants. */
export type Situation = {
  /** From its head to the one that is looked at, which comes last. */
  line: readonly Container[];
  supply: Supply;
  limits: Limits;
  promisedAt: Date | undefined;
  now: Date;
  /** Whether the last of the line would be granted. */
  startsNow(line: readonly Container[], supply: Supply): boolean;
};

/**
 * What would let the last of the line start at this moment: something smaller that could start instead, and what of the
 * member's own would have to end. Each is tried by the rule that grants, so nothing is offered that would not help: not
 * what somebody further ahead would get.
 */
export function helps(situation: Situation, own: readonly ContainerView[]): Helps {
  const { line, supply, startsNow } = situation;
  const waits = line.at(-1);
  if (!waits) return { smaller: [], endings: [] };
  const ahead = line.slice(0, -1);
  const smaller = smallerThings(
    waits,
    { free: supply.free, ...situation },
    (choice) =>
      isAllowed(choice, situation) &&
      startsNow([...ahead, { ...waits, ...choice, nodeId: waits.nodeId }], supply),
  );
  const endings = own.flatMap((view): Ending[] => {
    const how = waysToEnd(view).find((way) => startsNow(line, without(supply, view, way)));
    return how ? [{ containerId: view.container.id, project: view.project.name, how }] : [];
  });
  return { smaller, endings: endings.slice(0, mostEndings) };
}

/** A slice may be free that the member may never have. */
function isAllowed({ wish, hours }: Smaller, { supply, limits }: Situation): boolean {
  const models = Map.groupBy(
    supply.free.filter((device) => device.sliceIndex === null),
    ({ model }) => model,
  );
  const max = {
    gpusByModel: new Map([...models].map(([model, devices]) => [model, devices.length])),
    slices: new Map(
      supply.free.flatMap(({ profile, weight }) => (profile === null ? [] : [[profile, weight]])),
    ),
    memoryGiB: Math.max(0, ...supply.nodes.map(({ memoryMiB }) => memoryMiB / 1024)),
  };
  return judgeAsk({ wish, hours, limits, max, waiting: 0 }).length === 0;
}

/** The mildest first. */
function waysToEnd({ container, devices }: ContainerView): Ending["how"][] {
  if (container.wanted === "retired") return [];
  if (container.state === "running" && container.wanted === "running") return ["stop", "retire"];
  if (container.state !== "stopped") return [];
  return devices.length > 0 ? ["free-gpu", "retire"] : ["retire"];
}

/** The supply as it will be when that has ended. */
function without(supply: Supply, { container, devices }: ContainerView, how: Ending["how"]): Supply {
  const hasMemory = container.state === "running" || devices.length > 0;
  const memoryGiB = hasMemory ? (container.limits?.memoryGiB ?? 0) : 0;
  const use = supply.uses[container.memberId];
  const weight = devices.reduce((sum, device) => sum + device.weight, 0);
  const granting = new Set(supply.nodes.map(({ id }) => id));
  return {
    ...supply,
    nodes: supply.nodes.map((node) =>
      node.id === container.nodeId ? { ...node, memoryUsedGiB: node.memoryUsedGiB - memoryGiB } : node,
    ),
    free: [...supply.free, ...devices.filter(({ state, nodeId }) => state === "ok" && granting.has(nodeId))],
    uses: use
      ? {
          ...supply.uses,
          [container.memberId]: {
            gpuEquivalents: use.gpuEquivalents - weight,
            containers: use.containers - (how === "retire" ? 1 : 0),
            memoryGiB: use.memoryGiB - memoryGiB,
          },
        }
      : supply.uses,
  };
}
