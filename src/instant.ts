import { Refusal } from "./errors.ts";

/**
 * The instant that the first of these words mean, in the time zone of whoever typed them, and how many words it took; the
 * longest way to read them counts. Undefined: they don't begin with one. Throws a `Refusal`, field `at`, for one that is
 * over, more than a year away, or no time at all.
 *
 * `18:00`, `6pm` (today) · `today 18:00`, `tomorrow 09:00` · `friday 18:00` (the next one) · `2026-12-01 09:00`,
 * `2026-12-01T09:00`, with `Z` or `+01:00` wherever one is · `in 2 h`, `in 90 min`, `in 1h30m`, `in 3 days`.
 */
export function readInstant(
  words: readonly string[],
  now: Date,
  timeZone: string,
): { at: Date; used: number } | undefined {
  // One that was quoted as a whole comes as one word.
  const parted = words.slice(0, mostWords).map((word) => word.trim().toLowerCase().split(/\s+/));
  for (let used = parted.length; used > 0; used--) {
    const read = readWhole(parted.slice(0, used).flat().join(" "), now, knownZone(timeZone));
    if (!read) continue;
    const { at, said } = read;
    if (Number.isNaN(at.getTime()))
      throw refusal(`“${said}” is no time of any day.`, "Times are 00:00 to 23:59.");
    if (at <= now) throw refusal(`“${said}” is over already.`, overHint(said));
    if (at.getTime() - now.getTime() > yearMs)
      throw refusal(`“${said}” is more than a year away.`, "Say a nearer one, such as tomorrow 09:00.");
    return { at, used };
  }
  return undefined;
}

const mostWords = 4;
const yearMs = 366 * 24 * 3_600_000;
const examples = "Times are typed like 18:00, tomorrow 09:00, friday 18:00, in 2 h or 2026-12-01 09:00.";

/** For words that should have been an instant. */
export function notAnInstant(words: readonly string[]): Refusal {
  const said = words.slice(0, 2).join(" ").slice(0, 40);
  return refusal(said === "" ? "The time is missing." : `“${said}” is not a time I can read.`, examples);
}

function refusal(message: string, hint: string): Refusal {
  return new Refusal("bad-instant", message, { field: "at", hint });
}

function overHint(said: string): string {
  return /^[\d:apm ]+$/.test(said) ? `For the next day say tomorrow ${said}.` : examples;
}

type Read = { at: Date; said: string };

function readWhole(said: string, now: Date, timeZone: string): Read | undefined {
  const at = inAWhile(said, now) ?? onADate(said, timeZone) ?? onADay(said, now, timeZone);
  return at && { at, said };
}

const unitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 24 * 3_600_000, w: 7 * 24 * 3_600_000 };
const amount = /(\d+(?:\.\d+)?) ?(weeks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m)(?![a-z])/g;

/** Hours that pass, whatever the clocks on the walls do meanwhile. */
function inAWhile(said: string, now: Date): Date | undefined {
  if (!said.startsWith("in ")) return undefined;
  const rest = said.slice(3);
  // `1h30m` has no space in it.
  const apart = rest.replace(/([a-z])(\d)/g, "$1 $2");
  if (apart.replace(amount, "").trim() !== "") return undefined;
  const parts = [...apart.matchAll(amount)];
  if (parts.length === 0) return undefined;
  const ms = parts.reduce((sum, [, n, unit = ""]) => sum + Number(n) * (unitMs[unit[0] ?? ""] ?? 0), 0);
  return new Date(now.getTime() + ms);
}

function onADate(said: string, timeZone: string): Date | undefined {
  const found =
    /^(\d{4})-(\d\d)-(\d\d)(?:[t ](\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?)? ?(z|[+-]\d\d:?\d\d)?$/.exec(said);
  if (!found) return undefined;
  const [, year, month, day, hour = "0", minute = "0", , zone] = found;
  const fields = [year, month, day, hour, minute].map(Number) as Fields;
  if (!exists(fields)) return noDate;
  if (zone === undefined) return localInstant(fields, timeZone);
  const [y, m, d, h, min] = fields;
  return new Date(Date.UTC(y, m - 1, d, h, min) - zoneMs(zone));
}

function zoneMs(zone: string): number {
  if (zone === "z") return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

function onADay(said: string, now: Date, timeZone: string): Date | undefined {
  const [, word = "today", time] = /^(?:([a-z]+) )?(?:at )?(\S+(?: ?[ap]m)?)$/.exec(said) ?? [];
  const ofDay = time === undefined ? undefined : timeOfDay(time);
  if (!ofDay) return undefined;
  const [year, month, day] = localFields(now, timeZone);
  const on = (daysLater: number) => localInstant([year, month, day + daysLater, ...ofDay], timeZone);
  if (Number.isNaN(ofDay[0]))
    return word === "today" || daysUntil(word, now, timeZone) !== undefined ? noDate : undefined;
  const daysLater = daysUntil(word, now, timeZone);
  if (daysLater === undefined) return undefined;
  // On a Friday, friday 09:00 is next week's once nine has passed.
  return weekdays.some((name) => name.startsWith(word)) && on(daysLater) <= now
    ? on(daysLater + 7)
    : on(daysLater);
}

function daysUntil(word: string, now: Date, timeZone: string): number | undefined {
  if (word === "today") return 0;
  if (word === "tomorrow") return 1;
  const wanted = word.length < 3 ? -1 : weekdays.findIndex((name) => name.startsWith(word));
  if (wanted < 0) return undefined;
  const [year, month, day] = localFields(now, timeZone);
  return (wanted - new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 7) % 7;
}

/** NaN: it looks like a time and is none. */
function timeOfDay(text: string): [number, number] | undefined {
  const [, hour, minute, half] = /^(\d\d?)(?::(\d\d))? ?([ap]m)?$/.exec(text) ?? [];
  if (hour === undefined || (minute === undefined && half === undefined)) return undefined;
  const wrong: [number, number] = [Number.NaN, Number.NaN];
  if (Number(minute ?? 0) > 59) return wrong;
  if (half === undefined) return Number(hour) > 23 ? wrong : [Number(hour), Number(minute)];
  if (Number(hour) < 1 || Number(hour) > 12) return wrong;
  return [(Number(hour) % 12) + (half === "pm" ? 12 : 0), Number(minute ?? 0)];
}

/** Year, month (1 is January), day, hour, minute. */
type Fields = [number, number, number, number, number];

const noDate = new Date(Number.NaN);

function exists([year, month, day, hour, minute]: Fields): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60;
}

/** The last Monday at that hour, by a wall of that zone, that is not after `now`. */
export function lastMonday(now: Date, hour: number, timeZone: string): Date {
  const zone = knownZone(timeZone);
  const [year, month, day] = localFields(now, zone);
  const sinceMonday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
  const on = (daysBefore: number) => localInstant([year, month, day - daysBefore, hour, 0], zone);
  const thisWeeks = on(sinceMonday);
  return thisWeeks <= now ? thisWeeks : on(sinceMonday + 7);
}

/**
 * What a clock on that wall shows, as an instant. Of an hour that comes twice the second one is meant, and of one that is
 * left out the one after it: whoever is to be stopped has the more time.
 */
function localInstant([year, month, day, hour, minute]: Fields, timeZone: string): Date {
  const asUtc = Date.UTC(year, month - 1, day, hour, minute);
  const dayMs = 24 * 3_600_000;
  const tries = [asUtc - dayMs, asUtc + dayMs].map((near) => asUtc - offsetMs(new Date(near), timeZone));
  const right = tries.filter((at) => at + offsetMs(new Date(at), timeZone) === asUtc);
  return new Date(Math.max(...(right.length > 0 ? right : tries)));
}

function offsetMs(at: Date, timeZone: string): number {
  const [year, month, day, hour, minute] = localFields(at, timeZone);
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(at.getTime() / 60_000) * 60_000;
}

function localFields(at: Date, timeZone: string): Fields {
  const parts = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone, hourCycle: "h23", year: "numeric", month: "numeric" },
    ...{ day: "numeric", hour: "numeric", minute: "numeric" },
  }).formatToParts(at);
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value);
  return [of("year"), of("month"), of("day"), of("hour"), of("minute")];
}

/** The first instant after that one at which a clock on that wall shows that time of day (`09:00`). */
export function nextTimeOfDay(after: Date, time: string, timeZone: string): Date {
  const zone = knownZone(timeZone);
  const [year, month, day] = localFields(after, zone);
  const [hour, minute] = hourAndMinute(time);
  // Where that hour is left out or comes twice, the day's may be over though tomorrow's is more than a day away.
  const days = [0, 1, 2].map((later) => localInstant([year, month, day + later, hour, minute], zone));
  return days.find((at) => at > after) ?? after;
}

/** Whether a clock on that wall shows a time in between; `22:00` to `08:00` is over midnight, and from one time to itself is never. */
export function isAtTimeOfDay(
  at: Date,
  { from, to }: { from: string; to: string },
  timeZone: string,
): boolean {
  const [, , , hour, minute] = localFields(at, knownZone(timeZone));
  const [now, begins, ends] = [[hour, minute] as const, hourAndMinute(from), hourAndMinute(to)].map(
    ([h, m]) => h * 60 + m,
  ) as [number, number, number];
  return begins <= ends ? begins <= now && now < ends : begins <= now || now < ends;
}

function hourAndMinute(time: string): [number, number] {
  const [hour, minute] = time.split(":").map(Number);
  return [hour ?? 0, minute ?? 0];
}

/** Slack may know a zone that this machine has never heard of. */
function knownZone(timeZone: string): string {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone });
    return timeZone;
  } catch {
    return "UTC";
  }
}
