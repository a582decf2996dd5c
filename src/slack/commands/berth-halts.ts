import { stopByAdmin } from "../../ends/stop-by-admin.ts";
import { allNodes } from "../../ledger/queries/nodes.ts";
import { asMember } from "../../members/acting.ts";
import { type Reader, readDrain, readPause, readStop } from "../../nodes/admin-words.ts";
import { drain, drainOff } from "../../nodes/drain.ts";
import { historyOf } from "../../nodes/history.ts";
import { pause, pauseOff } from "../../nodes/pause.ts";
import {
  drainEndedInWords,
  drainedInWords,
  pausedInWords,
  pauseEndedInWords,
  stoppedInWords,
} from "../../nodes/said.ts";
import { type Answer, type Call, onlyToCaller } from "../answer.ts";
import { answered } from "../views/answered.ts";
import { historyMessage } from "../views/history.ts";
import { refuseOthers } from "./berth-admin.ts";

/** What admins keep from being granted, what they stop, and what happened: the same words as in a shell. */

type Words = readonly string[];

export async function drainOf(call: Call, words: Words): Promise<Answer> {
  const { world, caller } = call;
  refuseOthers(caller);
  const nodes = (await world.ledger.read(allNodes)).map(({ id }) => id);
  const read = readDrain(words, { ...readerOf(call), nodes });
  const by = asMember(caller.member);
  if (read.off) return said(drainEndedInWords(await drainOff(world, { by, target: read.target })));
  return said(drainedInWords(await drain(world, { by, ...read })));
}

export async function pauseOf({ world, caller }: Call, words: Words): Promise<Answer> {
  refuseOthers(caller);
  const read = readPause(words);
  const by = asMember(caller.member);
  if (read.off) return said(pauseEndedInWords(await pauseOff(world, { by })));
  return said(pausedInWords(await pause(world, { by, reason: read.reason })));
}

export async function stopOf(call: Call, words: Words): Promise<Answer> {
  const { world, caller } = call;
  refuseOthers(caller);
  const read = readStop(words, readerOf(call));
  return said(stoppedInWords(await stopByAdmin(world, { by: asMember(caller.member), ...read })));
}

export async function eventsOf({ world, caller }: Call, words: Words): Promise<Answer> {
  refuseOthers(caller);
  return onlyToCaller(historyMessage(await historyOf(world, { words, most: eventsAPage }), words));
}

/** As many as are read at a glance, and far below what a message holds. */
export const eventsAPage = 15;

function said(sentences: readonly string[]): Answer {
  return onlyToCaller(answered(sentences));
}

/** "18:00" is what the clock on the admin's own wall shows. */
function readerOf({ world, caller }: Call): Reader {
  return { now: world.clock.now(), timeZone: caller.member.timeZone };
}
