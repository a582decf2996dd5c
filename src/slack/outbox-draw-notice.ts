import { readAsk } from "../ends/extend.ts";
import { defaultExtensionHours, judgeExtension } from "../ends/judge-extension.ts";
import { comesAt } from "../ends/ladder.ts";
import { usedSince } from "../idle/used.ts";
import type { Tx } from "../ledger/ledger.ts";
import { type NoticeView, noticeView } from "../ledger/queries/ends.ts";
import { eventsOfContainer } from "../ledger/queries/events.ts";
import { memberById } from "../ledger/queries/members.ts";
import { followingEnd } from "../ledger/queries/notices.ts";
import { minutesSince } from "../ledger/queries/use.ts";
import { minutesFrom } from "../policy/notice-times.ts";
import type { World } from "../world.ts";
import type { Drawn } from "./outbox-draw.ts";
import type { Room } from "./room.ts";
import { type Loss, type NoticeFacts, type NoticeOver, noticeMessage, noticeOver } from "./views/notice.ts";
import { stripHours } from "./views/strip.ts";

/** A reading that is older says nothing of what is lost. */
const readingOfLateMs = 5 * 60_000;

/**
 * A notice: a new message while its end is armed, once; the same message without buttons, and with what happened, when it is
 * not any more. One that was not sent by then is not sent at all.
 */
export async function drawnNotice(room: Room, noticeId: number): Promise<Drawn> {
  const { world } = room;
  return world.ledger.read(async (tx): Promise<Drawn> => {
    const view = await noticeView(tx, noticeId);
    if (!view) return { kind: "nothing" };
    const { channel, ts } = view.notice;
    const place = channel !== null && ts !== null ? { channel, ts } : undefined;
    const wanted = view.end.reason === "remove" ? "stopped" : "running";
    const isOver = view.end.state !== "armed" || view.container.wanted !== wanted;
    if (!isOver && !place)
      return { kind: "post", message: noticeMessage(await factsOf(tx, world, view)), noticeId };
    if (!isOver || !place) return { kind: "nothing" };
    const message = noticeOver({ ...view, forAdmins: isForAdmins(view) }, await becameOf(tx, view));
    return { kind: "edit", message, place, worth: "state" };
  });
}

function isForAdmins({ notice, member }: NoticeView): boolean {
  return notice.recipient !== null && notice.recipient !== member.slackUserId;
}

async function factsOf(tx: Tx, world: World, view: NoticeView): Promise<NoticeFacts> {
  const forAdmins = isForAdmins(view);
  const isAsked = view.end.reason === "end" && !forAdmins;
  const ask = isAsked ? await readAsk(tx, world, view, defaultExtensionHours) : undefined;
  const now = world.clock.now();
  return {
    ...view,
    forAdmins,
    // Told late, after Slack was away, it comes later than it was to.
    end: { ...view.end, at: comesAt(view.end, now, world.policy.notices) },
    now,
    loss: lossOf(world, view),
    idle: await idleOf(tx, view, now),
    extension: ask && { hours: ask.hours, judged: judgeExtension(ask) },
  };
}

async function idleOf(tx: Tx, { end, container }: NoticeView, now: Date): Promise<NoticeFacts["idle"]> {
  if (end.reason !== "idle") return undefined;
  const since = new Date(String(end.evidence.idleSince));
  const drawnFrom = minutesFrom(now, -stripHours * 60);
  const hours = await minutesSince(tx, container, since < drawnFrom ? since : drawnFrom);
  return { used: usedSince(hours, since), hours };
}

/** From the last reading: nobody waits for nvidia-smi. */
function lossOf(world: World, { container, devices }: NoticeView): Loss | undefined {
  const reading = container.nodeId === null ? undefined : world.nodes.get(container.nodeId)?.latest.gpus;
  if (!reading || devices.length === 0 || container.engineId === null) return undefined;
  if (world.clock.now().getTime() - reading.at.getTime() > readingOfLateMs) return undefined;
  const own = reading.processes.filter((process) => process.containerId === container.engineId);
  return {
    processes: new Set(own.map(({ pid }) => pid)).size,
    memoryMiB: own.reduce((sum, { memoryMiB }) => sum + (memoryMiB ?? 0), 0),
  };
}

/** Undefined: it went with others, when its container was stopped or ran anew. */
async function calledOffBecause(tx: Tx, { id, containerId }: NoticeView["end"]): Promise<string | undefined> {
  return (await eventsOfContainer(tx, containerId, 20)).find(
    ({ what, evidence }) => what === "end-cancelled" && evidence.endId === id,
  )?.because;
}

async function becameOf(tx: Tx, { end, container, ends }: NoticeView): Promise<NoticeOver> {
  const closedAt = end.closedAt ?? container.stateSince;
  if (end.state === "done") return { is: "stopped", at: closedAt, because: end.because };
  const next = end.state === "moved" ? await followingEnd(tx, end) : undefined;
  if (next) {
    const [, id] = /^member:(\d+)$/.exec(next.actor) ?? [];
    const who = id === undefined ? undefined : await memberById(tx, Number(id));
    return { is: "moved", from: end.at, to: next.at, by: who?.handle ?? who?.name };
  }
  if (end.reason === "remove") return { is: "called-off", nextEnd: undefined, runs: false };
  if (container.wanted !== "running")
    return { is: "stopped", at: closedAt, because: container.outcome ?? "" };
  return { is: "called-off", nextEnd: ends[0]?.at, because: await calledOffBecause(tx, end) };
}
