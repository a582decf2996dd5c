import type { SlackReach } from "../ends/reach.ts";
import type { NodeRow } from "../ledger/schema.ts";
import type { Vitals } from "./vitals.ts";

export type HealthFacts = {
  now: Date;
  role: Vitals["role"];
  slack: SlackReach | undefined;
  /** Undefined: it did not answer. */
  ledger: { nodes: readonly NodeRow[]; epoch: number; lateNotices: number } | undefined;
};

export type Health = {
  ok: boolean;
  role: Vitals["role"];
  ledger: "answers" | "away";
  slack: "connected" | "away" | "not-needed";
  nodes: Record<string, "up" | "unreachable" | "not-seen">;
  /** Told before an end, written for more than a day, and not taken by Slack. */
  lateNotices: number;
  /** Each a sentence; none: it is well. */
  why: string[];
};

/** Slack renews its sockets every hour or so; a monitor need not hear of these seconds. */
const slackGraceMs = 60_000;

/** Is it well? A standby is if it could take over. */
export function healthOf({ now, role, slack, ledger }: HealthFacts): Health {
  const isActive = role === "active";
  const nodes = Object.fromEntries(
    (ledger?.nodes ?? []).map(({ id, state, adoptedInEpoch }) => [
      id,
      state === "up" && adoptedInEpoch !== ledger?.epoch ? ("not-seen" as const) : state,
    ]),
  );
  const lateNotices = ledger?.lateNotices ?? 0;
  const isSlackAway = slack?.connectedSince === undefined;
  const why = [
    ...(ledger ? [] : ["The ledger's Postgres does not answer."]),
    ...(role === "starting" ? ["This process is not the active bot yet."] : []),
    ...(isActive && isSlackAway && !isShort(slack, now) ? ["Slack can't reach the bot."] : []),
    ...(isActive ? Object.entries(nodes).flatMap(([id, is]) => ofNode(id, is)) : []),
    ...(lateNotices > 0 ? [`${lateNotices} notices before an end were not taken by Slack for a day.`] : []),
  ];
  return {
    ok: why.length === 0,
    role,
    ledger: ledger ? "answers" : "away",
    slack: isActive ? (isSlackAway ? "away" : "connected") : "not-needed",
    nodes,
    lateNotices,
    why,
  };
}

function isShort(slack: SlackReach | undefined, now: Date): boolean {
  const gap = slack?.gaps.at(-1);
  return gap !== undefined && now.getTime() - gap.from.getTime() < slackGraceMs;
}

function ofNode(id: string, is: Health["nodes"][string]): string[] {
  if (is === "unreachable") return [`${id} does not answer: its engine or its GPUs can't be read.`];
  return is === "not-seen" ? [`${id} was not looked at since the bot started.`] : [];
}
