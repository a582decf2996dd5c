import type { Tx } from "../ledger/ledger.ts";
import type { PromiseRow } from "../ledger/line-tables.ts";
import { type AdminAct, newestAdminAct } from "../ledger/queries/admin-acts.ts";
import { containerById } from "../ledger/queries/containers.ts";
import { devicesById, nodeById } from "../ledger/queries/nodes.ts";
import type { Device, NodeRow } from "../ledger/schema.ts";
import { listed } from "../sentence.ts";
import type { World } from "../world.ts";
import type { Missed } from "./promise.ts";
import { deviceInWords } from "./wish.ts";

/** The three causes for which alone a promise may be missed. */
export type MissCause = {
  kind: "slack" | "device" | "admin";
  /** A sentence for whoever it was promised to. */
  because: string;
  evidence: Record<string, unknown>;
};

/** Reads what can tell the cause, and says it. Undefined: it is not missed yet, its machine is only being looked at. */
export async function causeOfMiss(
  tx: Tx,
  world: World,
  { nodeId, deviceIds, containerId, madeAt }: PromiseRow,
  why: Missed,
  now: Date,
): Promise<MissCause | undefined> {
  const [devices, node, container] = [
    await devicesById(tx, deviceIds),
    await nodeById(tx, nodeId),
    await containerById(tx, containerId),
  ];
  const memberId = container?.memberId ?? 0;
  const act = await newestAdminAct(tx, { nodeId, deviceIds, memberId, since: madeAt });
  const cause = judgeMiss(why, { devices, node, act });
  if (cause?.kind === "admin" && !act)
    world.log.error({ containerId, why, now }, "a promise is missed for a cause that the rule does not know");
  return cause;
}

/** Which of the three it was. Undefined: none that is known. */
export function judgeMiss(
  why: Missed,
  {
    devices,
    node,
    act,
  }: { devices: readonly Device[]; node: NodeRow | undefined; act: AdminAct | undefined },
): MissCause | undefined {
  const evidence = { why, act, node: node?.state, devices: devices.map(({ id, state }) => ({ id, state })) };
  const broken = devices.filter(({ state }) => state !== "ok");
  const isAbout = (...acts: AdminAct["what"][]) => act !== undefined && acts.includes(act.what);
  const byAdmin = (): MissCause => ({ kind: "admin", because: adminInWords(act), evidence });
  switch (why.is) {
    case "overdue":
      // While nothing is granted at all, that is why.
      if (isAbout("pause")) return byAdmin();
      return {
        kind: "slack",
        because: "Slack was away, or Berth itself, so a stop or a start had to wait.",
        evidence,
      };
    case "no node":
      if (isAbout("pause", "drain")) return byAdmin();
      if (!node || node.state === "up") return undefined;
      return { kind: "device", because: `The server ${nodeId(node)} could not be reached.`, evidence };
    case "not there":
      if (broken.length > 0)
        return {
          kind: "device",
          because: `${listed(broken.map(deviceInWords))} ${broken.length === 1 ? "is" : "are"} ${stateInWords(broken)}.`,
          evidence,
        };
      return byAdmin();
    case "held longer":
    case "own limit":
      return byAdmin();
  }
}

function adminInWords(act: AdminAct | undefined): string {
  if (!act) return "An admin changed what may be held, or for how long.";
  const { by, reason } = act;
  const did = {
    pause: "paused the server",
    drain: "took the GPU or its server out of use",
    exemption: "lets somebody stay longer",
    end: "moved the end of a container that has it",
    override: "changed your limits",
  }[act.what];
  return `${by} ${did}: ${reason.replace(/[.\s]+$/, "")}.`;
}

function nodeId(node: NodeRow): string {
  return node.id;
}

function stateInWords(broken: readonly Device[]): string {
  const words: Record<string, string> = {
    lost: "lost",
    quarantined: "quarantined",
    outside: "in use outside Berth",
  };
  return listed([...new Set(broken.map(({ state }) => words[state] ?? "not usable"))]);
}
