import type { Tx } from "../ledger/ledger.ts";
import type { PromiseRow } from "../ledger/line-tables.ts";
import { type AdminAct, adminActs } from "../ledger/queries/admin-acts.ts";
import { containerById } from "../ledger/queries/containers.ts";
import { type StopThatWaited, stopThatWaited } from "../ledger/queries/held-stops.ts";
import { devicesById, nodeById } from "../ledger/queries/nodes.ts";
import type { Device, NodeRow } from "../ledger/schema.ts";
import { listed } from "../sentence.ts";
import type { World } from "../world.ts";
import { type Missed, plannedEnd } from "./promise.ts";
import { deviceInWords } from "./wish.ts";

/** The three causes for which alone a promise may be missed; a stop may have to wait because of Slack or of the bot itself. */
export type MissCause = {
  kind: "slack" | "bot" | "device" | "admin";
  /** A sentence for whoever it was promised to. */
  because: string;
  evidence: Record<string, unknown>;
};

/** Reads what can tell the cause, and says it. Undefined: it is not missed yet, its machine is only being looked at. */
export async function causeOfMiss(
  tx: Tx,
  world: World,
  { nodeId, deviceIds, containerId, at, madeAt }: PromiseRow,
  why: Missed,
  now: Date,
): Promise<MissCause | undefined> {
  const [devices, node, container, waited] = [
    await devicesById(tx, deviceIds),
    await nodeById(tx, nodeId),
    await containerById(tx, containerId),
    await stopThatWaited(tx, { nodeId, since: madeAt, due: at }),
  ];
  const memberId = container?.memberId ?? 0;
  const heldLonger = why.is === "held longer" ? why.deviceIds : deviceIds;
  const acts = await adminActs(tx, { nodeId, deviceIds, heldLonger, memberId, since: madeAt, now });
  const cause = judgeMiss(why, { devices, node, acts, waited: { ...waited, planned: plannedEnd({ at }) } });
  // Of a limit in the policy file there is no act with a name.
  if (cause?.kind === "admin" && !cause.evidence.act && why.is !== "own limit")
    world.log.error({ containerId, why, now }, "a promise is missed for a cause that the rule does not know");
  return cause;
}

/** Which of the three it was, and of what admins did what could have been it. Undefined: none that is known. */
export function judgeMiss(
  why: Missed,
  {
    devices,
    node,
    acts,
    waited,
  }: { devices: readonly Device[]; node: NodeRow | undefined; acts: readonly AdminAct[]; waited: Waited },
): MissCause | undefined {
  const evidence = { why, node: node?.state, devices: devices.map(({ id, state }) => ({ id, state })) };
  const broken = devices.filter(({ state }) => state !== "ok");
  /** The newest of these kinds; a pause or a drain only if it was in force then or later. */
  const newest = (since: Date | "now", ...kinds: AdminAct["what"][]) =>
    acts.find(
      ({ what, endedAt }) =>
        kinds.includes(what) && (endedAt === null || (since !== "now" && endedAt >= since)),
    );
  const byAdmin = (act: AdminAct | undefined): MissCause => ({
    kind: "admin",
    because: adminInWords(act),
    evidence: { ...evidence, act },
  });
  switch (why.is) {
    case "overdue": {
      // While nothing is granted at all, that is why.
      const paused = newest(waited.planned, "pause");
      if (paused) return byAdmin(paused);
      return { ...whyItWaited(waited), evidence: { ...evidence, waited } };
    }
    case "no node": {
      const halted = newest("now", "pause", "node-drain");
      if (halted) return byAdmin(halted);
      if (!node || node.state === "up") return undefined;
      return { kind: "device", because: `The server ${nodeId(node)} could not be reached.`, evidence };
    }
    case "not there":
      if (broken.length > 0)
        return {
          kind: "device",
          because: `${listed(broken.map(deviceInWords))} ${broken.length === 1 ? "is" : "are"} ${stateInWords(broken)}.`,
          evidence,
        };
      return byAdmin(newest("now", "gpu-drain"));
    case "held longer":
      // Of memory it may be the requester that needs more now.
      return byAdmin(
        newest("now", "exemption", "end") ??
          (why.deviceIds.length === 0 ? newest("now", "override") : undefined),
      );
    case "own limit":
      return byAdmin(newest("now", "override"));
  }
}

/** The stop that had to come before; `planned`: by when, if nothing hindered. */
export type Waited = StopThatWaited & { planned: Date };

/** A bot that came back later than this before a stop has nobody's answer to its last notice in time. */
const toldBeforeMs = 15 * 60_000;

/** What is noted of the stop counts; before the first look of a bot that was away nothing is noted. */
function whyItWaited({ held, botSince, isStopping, planned }: Waited): Omit<MissCause, "evidence"> {
  const isBotLate = botSince.getTime() > planned.getTime() - toldBeforeMs;
  if (isBotLate && !(held && held.at < botSince)) return botWasAway;
  if (held?.why === "unsettled" && held.after === "started") return botWasAway;
  if (held?.why === "unsettled" && held.after === "clock-jumped")
    return {
      kind: "bot",
      because:
        "The server's clock jumped, so a stop that had to come before had to wait until it could be trusted.",
    };
  if (held?.why === "no-receipt")
    return {
      kind: "slack",
      because: "Slack took the last notice of a stop that had to come before too late, so it had to wait.",
    };
  if (held) return slackWasAway;
  if (isStopping)
    return {
      kind: "device",
      because:
        "What was told to stop before has not left the GPU yet, and nobody else may have it until then.",
    };
  return { kind: "bot", because: "Berth was late with a stop or a start that had to come before." };
}

const botWasAway = {
  kind: "bot",
  because: "Berth itself was down, so a stop that had to come before had to wait for its last notice.",
} as const;

const slackWasAway = {
  kind: "slack",
  because: "Slack was away, so a stop that had to come before had to wait for its last notice.",
} as const;

function adminInWords(act: AdminAct | undefined): string {
  if (!act) return "An admin changed what may be held, or for how long.";
  const { by, reason } = act;
  const did = {
    pause: "paused the server",
    "node-drain": "took the server out of use",
    "gpu-drain": "took the GPU out of use",
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
