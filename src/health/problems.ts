import { isPortTaken } from "../containers/port-taken.ts";
import type { BlindContainer, LateMessages, StuckStart, Unreached } from "../ledger/queries/problems.ts";
import type { Device, NodeRow } from "../ledger/schema.ts";
import { minutesFrom } from "../policy/notice-times.ts";
import type { Policy } from "../policy/policy.ts";
import { counted, listed, when } from "../sentence.ts";
import { deviceInWords } from "../waitlist/wish.ts";
import type { Look, Seen } from "./say.ts";

/** What problems are told from. */
export type Facts = {
  now: Date;
  nodes: readonly NodeRow[];
  devices: readonly Device[];
  /** Containers that run, with when the newest minute ended in which it was known what they did. */
  containers: readonly BlindContainer[];
  /** Since when this process looks, by a clock that was not set since. */
  watchingSince: Date;
  clockJumpedAt: Date | undefined;
  /** Percent that are free where there is least, by node; one that did not answer is left out. */
  freePercent: ReadonlyMap<string, number>;
  /** Starts that something hinders for minutes. */
  stuck: readonly StuckStart[];
  late: LateMessages;
  unreached: readonly Unreached[];
  disk: Policy["disk"];
  hasBoard: boolean;
};

/** An admin who tries a GPU out for a minute needs no message of it. */
const outsideMinutes = 5;
const blindMinutes = 30;
const clockMinutes = 15;
/** Opened and solved by whoever finds them (src/jobs/reload-policy.ts, src/slack/keep-board.ts). */
const toldByOthers = ["policy-file"];
const toldByBoard = ["board", "board pin"];

/** Everything that needs an admin now, and what can't be told at the moment. */
export function problemsOf(facts: Facts): Look {
  const { nodes, freePercent } = facts;
  const silent = nodes.filter(({ state }) => state === "unreachable");
  const seen = [
    ...silent.map(silentNode),
    ...facts.devices.flatMap((device) => ofDevice(device, facts.now)),
    ...nodes.filter((node) => !silent.includes(node)).flatMap((node) => blindOn(node, facts)),
    ...nodes.flatMap((node) => lowDisk(node, facts)),
    ...facts.stuck.filter(({ nodeId }) => silent.every(({ id }) => id !== nodeId)).map(stuckStart),
    ...lateMessages(facts.late),
    ...facts.unreached.map(unreached),
    ...clockSet(facts),
  ];
  const unknown = [
    ...toldByOthers,
    ...(facts.hasBoard ? toldByBoard : []),
    ...silent.map(({ id }) => signalsKey(id)),
    ...nodes.filter(({ id }) => !freePercent.has(id)).map(({ id }) => diskKey(id)),
  ];
  return { seen, unknown };
}

function silentNode({ id, stateSince, reason }: NodeRow): Seen {
  return {
    key: `silent ${id}`,
    text: `${id} does not answer since ${when(stateSince)}. Nothing is granted there; what runs is left as it is and keeps its GPUs.`,
    ...(reason ? { detail: reason } : {}),
    whenSolved: `${id} answers again; what waited goes on.`,
    nodeId: id,
  };
}

function ofDevice(device: Device, now: Date): Seen[] {
  const { id, nodeId, state, stateSince, reason } = device;
  const name = `${deviceInWords(device)} of ${nodeId}`;
  switch (state) {
    case "lost":
      return [
        {
          key: `lost ${id}`,
          text: `${name} vanished ${when(stateSince)}: nvidia-smi shows it no more.`,
          detail: "Whoever has it keeps it, for it may come back; nobody else is given it.",
          whenSolved: `${name} is not missing any more.`,
          nodeId,
        },
      ];
    case "outside":
      if (minutesFrom(stateSince, outsideMinutes) > now) return [];
      return [
        {
          key: `outside ${id}`,
          text: `${name} is in use outside Berth since ${when(stateSince)}. ${reason ?? ""}`.trim(),
          detail: "Nobody is given it until that has ended; then it is free by itself.",
          whenSolved: `${name} is not in use outside Berth any more.`,
          nodeId,
        },
      ];
    case "quarantined":
      return [
        {
          key: `quarantined ${id}`,
          text: `${name} is quarantined: ${reason ?? "it was not seen empty."}`,
          detail:
            "Nobody is given it until it is empty. Ending what computes there on the server frees it by itself.",
          whenSolved: `${name} was seen empty and can be given again.`,
          nodeId,
        },
      ];
    default:
      return [];
  }
}

function stuckStart({ id, name, nodeId, since, trouble }: StuckStart): Seen {
  return {
    key: `start ${id}`,
    text: `${name} does not get on with its start since ${when(since)}. ${trouble}`,
    ...(isPortTaken(trouble)
      ? {
          detail:
            "If nothing of yours listens there, the engine holds the port since it was killed in the middle of a start: restart it (systemctl restart docker), and Berth goes on with everything.",
        }
      : {}),
    whenSolved: `${name} is not hindered any more.`,
    nodeId: nodeId ?? undefined,
  };
}

/** Of a container that runs for half an hour it must have been known at some time in it what it does. */
function blindOn({ id }: NodeRow, { containers, watchingSince, now }: Facts): Seen[] {
  const blind = containers.filter(({ nodeId, knownUntil, runningAt }) => {
    const since = Math.max(knownUntil?.getTime() ?? 0, runningAt.getTime(), watchingSince.getTime());
    return nodeId === id && minutesFrom(new Date(since), blindMinutes) < now;
  });
  if (blind.length === 0) return [];
  const readings = [...new Set(blind.flatMap(({ failed }) => failed))].map((one) => readingWords[one]);
  const what = readings.length > 0 ? ` What can't be read: ${listed(readings)}.` : " Nothing of it is read.";
  return [
    {
      key: signalsKey(id),
      text: `It is not known for more than half an hour what ${blind.length === 1 ? "a container" : "containers"} on ${id} ${blind.length === 1 ? "does" : "do"}, so nothing of that is stopped for idleness.`,
      detail: `${listed(blind.map(({ name }) => name).sort())}.${what} berth doctor says what this machine shows.`,
      whenSolved: `It is known again what containers on ${id} do.`,
      nodeId: id,
      onceADay: true,
    },
  ];
}

const readingWords = {
  gpu: "the use of GPUs",
  cpu: "CPU time",
  net: "network traffic",
};

function lowDisk({ id }: NodeRow, { freePercent, disk }: Facts): Seen[] {
  const free = freePercent.get(id);
  if (free === undefined || free >= disk.builds_wait_below_pct) return [];
  const isFull = free < disk.refuse_below_pct;
  return [
    {
      key: diskKey(id),
      text: `The disk of ${id} is nearly full: ${free} % are free. ${isFull ? "No image is built any more" : "Builds wait"} until ${isFull ? disk.refuse_below_pct : disk.builds_wait_below_pct} % are.`,
      detail: "/berth disk shows who has what, and prunes what nobody needs.",
      whenSolved: `The disk of ${id} has room again.`,
      nodeId: id,
    },
  ];
}

function lateMessages({ notices, messages, people }: LateMessages): Seen[] {
  if (messages === 0) return [];
  const held =
    notices === 0
      ? {}
      : {
          detail: `${counted(notices, "of them tells", "of them tell")} of an end: until it has arrived, nothing is stopped or removed for that.`,
        };
  return [
    {
      key: "late-messages",
      text: `${counted(messages, "message")} to ${counted(people, "recipient")} ${messages === 1 ? "has" : "have"} not arrived for more than a day.`,
      ...held,
      whenSolved: "What was to be told has arrived.",
    },
  ];
}

function unreached({ recipient, name, error }: Unreached): Seen {
  const who = name ?? `the channel ${recipient}`;
  return {
    key: unreachedKey(recipient),
    text: `Nothing can be told to ${who}: Slack does not take it (${error}).`,
    detail: name
      ? "Nothing of theirs is stopped by itself, for they could not be told before. Slack does not say that they have left; if they have, end what they have: /berth stop, or berth stop in a shell."
      : "Invite the bot to that channel, or name another one.",
    whenSolved: `Messages to ${who} arrive again.`,
  };
}

export function unreachedKey(recipient: string): string {
  return `unreached ${recipient}`;
}

function clockSet({ clockJumpedAt, now }: Facts): Seen[] {
  if (!clockJumpedAt || minutesFrom(clockJumpedAt, clockMinutes) <= now) return [];
  return [
    {
      key: "clock",
      text: `The server's clock was set by more than a minute, seen ${when(clockJumpedAt)}. For ${clockMinutes} minutes nothing is stopped.`,
      detail: "Ends are instants of that clock. timedatectl shows whether it follows a time server.",
      whenSolved: "The server's clock goes on steadily.",
    },
  ];
}

function signalsKey(nodeId: string): string {
  return `signals ${nodeId}`;
}

function diskKey(nodeId: string): string {
  return `disk ${nodeId}`;
}
