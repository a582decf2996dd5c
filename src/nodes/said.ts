import type { AdminStopped } from "../ends/stop-by-admin.ts";
import type { OpenDrain, OpenPause } from "../ledger/queries/drains.ts";
import { counted, listed, when } from "../sentence.ts";
import { type DrainEnded, type Drained, inWords, nameOf } from "./drain.ts";
import type { Paused } from "./pause.ts";

/** What an admin is answered, in Slack and in a shell: sentences, the first says what is so now. */

export function drainedInWords({ outcome, drain, what, runs, ends }: Drained): string[] {
  const whole = what.charAt(0).toUpperCase() + what.slice(1);
  if (outcome === "already")
    return [
      `${whole} is being drained already: by ${drain.by} since ${when(drain.setAt)}, because: ${drain.reason}.`,
      ...(drain.endsAt ? [`What runs there is stopped ${when(drain.endsAt)}.`] : []),
    ];
  const now = `${whole} gives nothing new out${outcome === "moved" ? ", as before" : " from now on"}. Who waits for it reads: ${drain.reason}.`;
  return [now, ...goesOn(drain, runs, ends)];
}

function goesOn(drain: OpenDrain, runs: Drained["runs"], ends: Drained["ends"]): string[] {
  if (runs.length === 0) return ["Nothing runs there."];
  const names = listed(runs.map(nameOf));
  if (drain.endsAt === null)
    return [
      `${counted(runs.length, "container goes", "containers go")} on there, each to its own end: ${names}.`,
    ];
  const late = ends.filter(({ at }) => drain.endsAt !== null && at > drain.endsAt);
  const told = `${counted(runs.length, "container", "containers")} will be stopped ${when(drain.endsAt)}, with both messages before it: ${names}.`;
  return [
    told,
    ...(late.length > 0
      ? [
          `Some a little later, so that their owners have time to answer: ${when(new Date(Math.max(...late.map(({ at }) => at.getTime()))))}.`,
        ]
      : []),
  ];
}

export function drainEndedInWords(ended: DrainEnded | undefined): string[] {
  if (!ended) return ["Nothing was being drained there."];
  const { drain, cancelled } = ended;
  const stays =
    cancelled > 0
      ? [`${counted(cancelled, "stop that it had planned is", "stops that it had planned are")} cancelled.`]
      : [];
  return [`The drain of ${inWords(drain)} is over: what it has is granted again.`, ...stays];
}

export function pausedInWords({ outcome, pause }: Paused): string[] {
  if (outcome === "already")
    return [`Berth is paused already: by ${pause.by} since ${when(pause.setAt)}, because: ${pause.reason}.`];
  return [
    `Berth is paused: nothing is granted anywhere until pause off. Who waits reads: ${pause.reason}.`,
    "What runs goes on, and people may still ask.",
  ];
}

export function pauseEndedInWords(ended: OpenPause | undefined): string[] {
  if (!ended) return ["Berth was not paused."];
  return [`The pause by ${ended.by} since ${when(ended.setAt)} is over: the line goes on.`];
}

export function stoppedInWords(stopped: AdminStopped): string[] {
  const name = nameOf(stopped.view);
  if (stopped.is === "left") return [`${name} is out of the line, and was told why.`];
  if (stopped.is === "stopping")
    return [`${name} is being stopped at once; its owner is told who and why. Its files are kept.`];
  return [`${name} will be stopped ${when(stopped.end.at)}; its owner is told before, with the reason.`];
}
