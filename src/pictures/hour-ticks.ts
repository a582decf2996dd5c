const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Steps that a reader counts by, in minutes; from midnight on each of them is met every day. */
const steps = [5, 10, 15, 30, 60, 120, 180, 240, 360, 720];
const most = 7;

export type HourTick = { at: Date; label: string };

/** The hours to be written below a picture, at most seven, as the clock on the reader's own wall shows them. */
export function hourTicks(from: Date, to: Date, timeZone: string): HourTick[] {
  const span = to.getTime() - from.getTime();
  const step = steps.find((minutes) => span / (minutes * minuteMs) <= most - 1) ?? 24 * 60;
  const format = wallClock(timeZone);
  const ticks: HourTick[] = [];
  // No zone is off by anything but whole quarters of an hour, so that its round minutes are round here too.
  const every = Math.min(step, 15) * minuteMs;
  for (let ms = Math.ceil(from.getTime() / every) * every; ms <= to.getTime(); ms += every) {
    const label = format.format(ms);
    const [hours = 0, minutes = 0] = label.split(":").map(Number);
    if ((hours * 60 + minutes) % step === 0) ticks.push({ at: new Date(ms), label });
  }
  return ticks;
}

/** "08:10" */
export function wallTime(at: Date, timeZone: string): string {
  return wallClock(timeZone).format(at);
}

function wallClock(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}

/** "3 hours", "40 minutes": how much time a picture shows. */
export function spanInWords(from: Date, to: Date): string {
  const span = to.getTime() - from.getTime();
  if (span < 1.5 * hourMs) return `${Math.max(1, Math.round(span / minuteMs))} minutes`;
  return `${Math.round(span / hourMs)} hours`;
}
