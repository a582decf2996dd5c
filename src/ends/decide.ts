import type { End, Notice } from "../ledger/end-tables.ts";
import type { Exemption } from "../ledger/limit-tables.ts";
import type { Container } from "../ledger/schema.ts";
import { type NoticePolicy, noticesOf } from "../policy/notice-times.ts";
import { gate, type Verdict } from "./gate.ts";
import { laddersInstants, noticeDue, type Step } from "./ladder.ts";
import { type Night, outOfNight } from "./night.ts";
import { asOf, type Reach } from "./reach.ts";
import { type Spared, spared } from "./spared.ts";
import type { Still } from "./still.ts";

/** What is known of a container that has ends, at one instant. */
export type Ending = {
  container: Pick<Container, "id" | "state" | "wanted">;
  /** All that are armed, the earliest first. */
  ends: readonly End[];
  /** Of the earliest. */
  told: readonly Notice[];
  /** Those that were not taken back. */
  exemptions: readonly Exemption[];
  /** Whether what the earliest was armed for is still so; left out for one that nothing but the clock decides. */
  still?: Still | undefined;
  /** Its owner's. */
  timeZone: string;
  /** Somebody waits for what it holds, or was promised it; left out where nobody looked: what is only seen is not put off. */
  isWaitedFor?: boolean | undefined;
};

export type Decision =
  /** It is not so any more that they could come: it does not run, or it is not stopped. */
  | { do: "close"; ends: readonly End[] }
  | { do: "move"; end: End; spared: Spared }
  /** Its owner sleeps, and nobody waits for what it holds. */
  | { do: "put-off"; end: End; to: Date }
  | { do: "tell"; end: End; step: Step }
  | { do: "stop"; end: End; verdict: Verdict }
  /** Overdue, and it may not come: said once in its history. */
  | { do: "hold"; end: End; verdict: Verdict; next: Date | undefined }
  /** `next`: when to look again if nothing changes before. */
  | { do: "wait"; next: Date | undefined };

export type Outside = { now: Date; reach: Reach; notices: NoticePolicy; night: Night };

/** What is to be done about a container's ends now. They do not combine: only the earliest is told and comes. */
export function decide(
  { container, ends, told, exemptions, still, timeZone, isWaitedFor = true }: Ending,
  { now, reach: known, notices: policy, night }: Outside,
): Decision {
  const reach = asOf(known, now);
  const [earliest] = ends;
  if (!earliest) return { do: "wait", next: undefined };
  const inapt = ends.filter((end) => !canEnd(end, container));
  if (inapt.length > 0) return { do: "close", ends: inapt };
  const notices = noticesOf(earliest, policy);
  for (const end of ends) {
    const other = spared(end, exemptions, { now, notices: policy });
    if (other) return { do: "move", end, spared: other };
  }
  const step = noticeDue(earliest, told, { now, reach, notices });
  // Nobody is told of what may not be so; whoever looks at it anew calls it off, or it is told then.
  if (step && still && still.is !== "so") return { do: "wait", next: undefined };
  if (step && told.length === 0) {
    const to = outOfNight(earliest, { night, timeZone, isWaitedFor, now, notices });
    if (to) return { do: "put-off", end: earliest, to };
  }
  if (step) return { do: "tell", end: earliest, step };
  const verdict = gate(earliest, { earliest, told, now, reach, notices, still });
  if (verdict.pass) return { do: "stop", end: earliest, verdict };
  const instants = [...laddersInstants(earliest, told, notices), ...(verdict.until ? [verdict.until] : [])];
  const next = instants.filter((instant) => instant > now).toSorted((a, b) => a.getTime() - b.getTime())[0];
  const isHeld = verdict.held !== "not-due" && verdict.held !== "too-soon-after-the-notice";
  return isHeld ? { do: "hold", end: earliest, verdict, next } : { do: "wait", next };
}

/** Stopped ones are removed in the end; all others end what runs. */
function canEnd({ reason }: End, { state, wanted }: Ending["container"]): boolean {
  if (reason === "remove") return state === "stopped" && wanted === "stopped";
  return (state === "running" || state === "starting") && wanted === "running";
}
