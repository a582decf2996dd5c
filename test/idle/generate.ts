import fc from "fast-check";
import { clock, type Seen } from "./right.ts";
import { type Happening, type State, type Stretch, type Trace, trace } from "./trace.ts";

/**
 * More traces than anybody would write, and what must hold of each, worked out from its lines alone. All in them is clearly
 * one thing or the other: the borders are the corpus's business.
 */
const works = ["gpu 60, cpu 1", "gpu 3", "cpu 2", "net 60", "typing, cpu 0.1"];
const rests = ["nothing", "cpu 0.05, 30 GB", "cpu 0.1, net 1", "cpu 0.15"];
const hides = ["no reading", "no samples", "no gpu", "no cpu", "no net", "bot away"];
const happens = ["restart", "bot restart", "Keep", "clock +60 min", "clock -60 min", "clock +0.4 min"];

const quarterMinutes = (least: number, most: number) => fc.integer({ min: least * 4, max: most * 4 });
const stretch = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...works), quarterMinutes(1, 90)) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...rests), quarterMinutes(1, 150)) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...hides), quarterMinutes(1, 70)) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("cpu 6", "net 90"), quarterMinutes(240, 600)) },
);
const happening = fc.tuple(fc.constantFrom(...happens), fc.nat({ max: 4 * 60 * 12 }));

export const generated: fc.Arbitrary<Trace> = fc
  .record({
    stretches: fc.array(stretch, { minLength: 3, maxLength: 14 }),
    happenings: fc.array(happening, { maxLength: 3 }),
    idleTimeoutHours: fc.constantFrom(0.5, 1, 1, 2),
  })
  .map(({ stretches, happenings, idleTimeoutHours }) => {
    // A day in, so that a clock that is set back does not come before the first of all days.
    let quarter = 24 * 240;
    const lines = stretches.map(([what, forQuarters]) => {
      const from = quarter;
      quarter += forQuarters;
      return `${exact(from)}–${exact(quarter)} ${what}`;
    });
    const within = happenings.map(
      ([what, after]) => `${exact(24 * 240 + 4 + (after % (quarter - 24 * 240)))} ${what}`,
    );
    const told = [...lines, ...within].join("\n");
    return trace({ name: `\n${told}\n`, why: "", idleTimeoutHours, lines: told, free: "never" });
  });

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** What happened so shortly before may not have been seen yet. */
const lateMs = 2 * minuteMs;
/** Of a gap this long at least six whole minutes are missing. */
const longGapMs = 7 * minuteMs;

/** What was thought and must not be, or was not thought and must be: a sentence for each. */
export function untrue(of: Trace, seen: readonly Seen[]): string[] {
  return seen.flatMap((one) => {
    if (one.isFree)
      return falseMark(of, one).map((why) => `${clock(one.atMs)} free on demand although ${why}`);
    return mustBeFree(of, one.atMs) ? [`${clock(one.atMs)} not free on demand (${one.is})`] : [];
  });
}

/** Sound: nothing that should have kept it was there. An idle device may overrule the CPU and the network after eight hours. */
function falseMark(of: Trace, { atMs, sinceMs }: Seen): string[] {
  const timeoutMs = of.idleTimeoutHours * hourMs;
  const byDevice = sinceMs !== undefined && atMs - sinceMs >= 8 * hourMs;
  const window = byDevice
    ? { from: atMs - 8 * hourMs, signs: deviceSigns }
    : { from: atMs - timeoutMs, signs };
  const wrong = (why: string, is: boolean) => (is ? [why] : []);
  const overlap = (one: Stretch) => Math.min(one.toMs, atMs - lateMs) - Math.max(one.fromMs, window.from);
  const within = of.stretches.filter((one) => overlap(one) > 0);
  const hidden = within.filter(({ turns }) => window.signs(turns[0]!.state) === "hidden");
  const lost = hidden.reduce((sum, one) => sum + Math.max(0, overlap(one) - 2 * minuteMs), 0);
  const isLater = (ms: number, byMs: number) => ms < atMs - lateMs && atMs + skippedMs(of, ms) < ms + byMs;
  const since = (what: (one: Happening) => boolean, ms: number) =>
    of.happenings.some((one) => what(one) && one.atMs > atMs - ms && one.atMs < atMs - lateMs);
  return [
    ...wrong(
      "somebody worked",
      within.some((one) => window.signs(one.turns[0]!.state) === "works" && overlap(one) >= lateMs),
    ),
    ...wrong(
      "a long time was not seen",
      hidden.some((one) => overlap(one) >= longGapMs),
    ),
    ...wrong("too much was not seen", lost > 0.1 * (atMs - window.from)),
    ...wrong("it had just been started", isLater(startOf(of, atMs - lateMs), 30 * minuteMs + timeoutMs)),
    ...wrong(
      "somebody had pressed Keep",
      of.happenings.some((one) => one.what === "Keep" && isLater(one.atMs, 2 * hourMs)),
    ),
    ...wrong(
      "the clock was set",
      since(({ what }) => isJump(what), timeoutMs - lateMs),
    ),
    ...wrong(
      "the bot had just started",
      botStarts(of).some((ms) => ms > atMs - 14 * minuteMs && ms < atMs),
    ),
  ];
}

/** Complete: for a whole window all was seen, all of it rest, and nothing happened. */
function mustBeFree(of: Trace, atMs: number): boolean {
  const from = atMs - of.idleTimeoutHours * hourMs - lateMs;
  const isQuiet = of.stretches
    .filter(({ fromMs, toMs }) => fromMs < atMs && toMs > from)
    .every(({ turns }) => signs(turns[0]!.state) === "rests");
  const nothingHappened = !of.happenings.some(
    ({ atMs: ms, what }) =>
      ms <= atMs && (ms > from || (what === "Keep" && ms > atMs - 2 * hourMs - repeatedMs(of) - lateMs)),
  );
  const calm = botStarts(of).every((ms) => ms > atMs || ms < from);
  return isQuiet && nothingHappened && calm && startOf(of, atMs) + 30 * minuteMs + repeatedMs(of) <= from;
}

/** Two hours by the clock are less by the watch if it was set forward in them, and more if it was set back. */
function skippedMs({ happenings }: Trace, fromMs: number): number {
  return happenings.reduce((sum, { what, atMs }) => sum + (atMs >= fromMs ? Math.max(0, setBy(what)) : 0), 0);
}

function repeatedMs({ happenings }: Trace): number {
  return happenings.reduce((sum, { what }) => sum - Math.min(0, setBy(what)), 0);
}

function signs(state: State): "works" | "rests" | "hidden" {
  const { cpuCores, netMiBPerMinute, fails, looks } = state;
  const device = deviceSigns(state);
  if (looks !== "all the time") return "hidden";
  const isBusy =
    (cpuCores >= 0.25 && !fails.includes("cpu")) || (netMiBPerMinute >= 5 && !fails.includes("net"));
  if (device === "works" || isBusy) return "works";
  return fails.length > 0 ? "hidden" : "rests";
}

function deviceSigns({ gpuPercent, isTyping, fails, looks }: State): "works" | "rests" | "hidden" {
  if (looks !== "all the time") return "hidden";
  if (isTyping) return "works";
  if (fails.includes("gpu")) return "hidden";
  return gpuPercent.some((percent) => (percent ?? 0) >= 1) ? "works" : "rests";
}

function startOf({ startedAtMs, happenings }: Trace, atMs: number): number {
  const restarts = happenings.filter(({ what, atMs: ms }) => what === "restart" && ms <= atMs);
  return Math.max(startedAtMs, ...restarts.map((one) => one.atMs));
}

function botStarts({ stretches, happenings }: Trace): number[] {
  const away = stretches.filter(({ turns }) => turns[0]!.state.looks === "bot away").map(({ toMs }) => toMs);
  return [...away, ...happenings.filter(({ what }) => what === "bot restart").map(({ atMs }) => atMs)];
}

const setBy = (what: Happening["what"]) => (typeof what === "object" ? what.clockByMs : 0);
const isJump = (what: Happening["what"]) => Math.abs(setBy(what)) > minuteMs;

function exact(quarters: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(Math.floor(quarters / 240))}:${two(Math.floor(quarters / 4) % 60)}:${two((quarters % 4) * 15)}`;
}
