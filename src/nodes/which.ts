import { Refusal } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import { allNodes, devicesOfNode } from "../ledger/queries/nodes.ts";
import { nearest } from "../policy/nearest.ts";
import { listed } from "../sentence.ts";

/** What an admin names: a server, or one GPU of it. No server named: the only one there is. */
export type Target = { nodeId?: string; gpuIndex?: number };

export type FoundTarget = { nodeId: string; gpuUuid: string | null; gpuIndex: number | null; words: string };

/** Throws a `Refusal` that says what there is. */
export async function findTarget(tx: Tx, { nodeId, gpuIndex }: Target): Promise<FoundTarget> {
  const known = (await allNodes(tx)).map(({ id }) => id);
  const [only] = known;
  if (only === undefined)
    throw new Refusal("no-node", "No server is known yet: the bot has not looked at one.", {
      hint: "Start it once; it writes down what it finds.",
    });
  const id = nodeId ?? (known.length === 1 ? only : undefined);
  if (id === undefined)
    throw new Refusal("which-node", `There are several servers: ${listed(known)}.`, {
      hint: "Say which one.",
    });
  if (!known.includes(id)) {
    const [near] = nearest(id, known);
    throw new Refusal("no-node", `There is no server “${id.slice(0, 40)}”.`, {
      hint: near ? `Did you mean ${near}?` : `There is ${listed(known)}.`,
    });
  }
  if (gpuIndex === undefined) return { nodeId: id, gpuUuid: null, gpuIndex: null, words: `the server ${id}` };
  const gpus = (await devicesOfNode(tx, id)).filter(({ state }) => state !== "gone");
  const gpu = gpus.find((device) => device.gpuIndex === gpuIndex);
  if (gpu) return { nodeId: id, gpuUuid: gpu.gpuUuid, gpuIndex, words: `GPU ${gpuIndex} of ${id}` };
  const there = [...new Set(gpus.map((device) => device.gpuIndex))].sort((a, b) => a - b);
  throw new Refusal("no-gpu", `${id} has no GPU ${gpuIndex}.`, {
    hint:
      there.length > 0 ? `It has ${listed(there.map((index) => `GPU ${index}`))}.` : "It has none at all.",
  });
}
