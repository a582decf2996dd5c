/** Times as Slack words them, in the zone of whoever reads. All instants are unix seconds. */

/**
 * What `<!date^unix^format|…>` shows. An instant or a format that makes no sense gives the fallback.
 * @param {number} unixSeconds @param {string} format @param {string} fallback @param {string} zone @param {number} nowSeconds
 */
export function wordedDate(unixSeconds, format, fallback, zone, nowSeconds) {
  if (!Number.isFinite(unixSeconds) || Math.abs(unixSeconds) > 8e12) return fallback;
  return format.replace(
    /\{([a-z_]+)\}/g,
    (whole, name) => tokenText(name, unixSeconds, zone, nowSeconds) ?? whole,
  );
}

const hasTwelveHours =
  new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions().hour12 === true;

/** @param {number} unixSeconds @param {string} zone @param {boolean} [withSeconds] */
export function clock(unixSeconds, zone, withSeconds = false) {
  return formatted(unixSeconds, zone, {
    // 9:05 PM where a day has twice 12 hours, 09:05 where it has 24.
    hour: hasTwelveHours ? "numeric" : "2-digit",
    minute: "2-digit",
    ...(withSeconds ? { second: "2-digit" } : {}),
  });
}

/** The heading over a day's messages. @param {number} unixSeconds @param {string} zone @param {number} nowSeconds */
export function dayHeading(unixSeconds, zone, nowSeconds) {
  const near = nearDay(unixSeconds, zone, nowSeconds);
  return near ? capital(near) : `${weekday(unixSeconds, zone)}, ${monthAndDay(unixSeconds, zone, "long")}`;
}

/** All there is to say about an instant, for tooltips. @param {number} unixSeconds @param {string} zone */
export function fullTime(unixSeconds, zone) {
  return `${weekday(unixSeconds, zone)}, ${monthAndDay(unixSeconds, zone, "long")} at ${clock(unixSeconds, zone, true)}`;
}

/** The calendar day an instant falls on, `2026-03-01`. @param {number} unixSeconds @param {string} zone */
export function dayOf(unixSeconds, zone) {
  const { year, month, day } = numbers(unixSeconds, zone);
  return `${year}-${two(month)}-${two(day)}`;
}

/** The value of a `datetime-local` input. @param {number} unixSeconds @param {string} zone */
export function wallTime(unixSeconds, zone) {
  const { hour, minute } = numbers(unixSeconds, zone);
  return `${dayOf(unixSeconds, zone)}T${two(hour)}:${two(minute)}`;
}

/** The instant a wall clock in that zone shows `2026-03-01T14:30`. @param {string} wall @param {string} zone @returns {number} */
export function instantOf(wall, zone) {
  const asUtc = Date.parse(`${wall}:00Z`) / 1000;
  // Once for the zone's distance, once more in case the first guess lay on the other side of a clock change.
  let guess = asUtc;
  for (let round = 0; round < 2; round += 1)
    guess += asUtc - Date.parse(`${wallTime(guess, zone)}:00Z`) / 1000;
  return guess;
}

/** @param {string} name @param {number} unix @param {string} zone @param {number} now @returns {string | null} */
function tokenText(name, unix, zone, now) {
  const pretty = name.endsWith("_pretty");
  const near = pretty ? nearDay(unix, zone, now) : null;
  switch (name.replace(/_pretty$/, "")) {
    case "date_num":
      return dayOf(unix, zone);
    case "date_slash": {
      const { year, month, day } = numbers(unix, zone);
      return near ?? `${two(month)}/${two(day)}/${year}`;
    }
    case "date":
      return near ?? `${monthAndDay(unix, zone, "long")}, ${numbers(unix, zone).year}`;
    case "date_short":
      return near ?? `${monthAndDay(unix, zone, "short")}, ${numbers(unix, zone).year}`;
    case "date_long":
      return (
        near ?? `${weekday(unix, zone)}, ${monthAndDay(unix, zone, "long")}, ${numbers(unix, zone).year}`
      );
    case "time":
      return clock(unix, zone);
    case "time_secs":
      return clock(unix, zone, true);
    case "ago":
      return ago(unix, now);
    default:
      return null;
  }
}

/** @param {number} unix @param {string} zone @param {number} now @returns {string | null} */
function nearDay(unix, zone, now) {
  const days = Math.round((Date.parse(dayOf(unix, zone)) - Date.parse(dayOf(now, zone))) / 86_400_000);
  return days === 0 ? "today" : days === 1 ? "tomorrow" : days === -1 ? "yesterday" : null;
}

/** @param {number} unix @param {number} now */
function ago(unix, now) {
  const seconds = Math.round(now - unix);
  const size = Math.abs(seconds);
  /** @type {[number, Intl.RelativeTimeFormatUnit][]} */
  const units = [
    [86_400, "day"],
    [3600, "hour"],
    [60, "minute"],
  ];
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [length, unit] of units)
    if (size >= length) return words.format(-Math.trunc(seconds / length), unit);
  return words.format(-seconds, "second");
}

/** @param {number} unix @param {string} zone @param {"long" | "short"} length */
function monthAndDay(unix, zone, length) {
  const { day } = numbers(unix, zone);
  const month = formatted(unix, zone, { month: length }, "en-US");
  return length === "long" ? `${month} ${day}${ordinal(day)}` : `${month} ${day}`;
}

/** @param {number} day */
function ordinal(day) {
  const last = day % 10;
  if (day >= 11 && day <= 13) return "th";
  return last === 1 ? "st" : last === 2 ? "nd" : last === 3 ? "rd" : "th";
}

/** @param {number} unix @param {string} zone */
function weekday(unix, zone) {
  return formatted(unix, zone, { weekday: "long" }, "en-US");
}

/** @param {number} unix @param {string} zone */
function numbers(unix, zone) {
  const wanted = /** @type {const} */ ({
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  /** @type {Record<string, number>} */
  const found = {};
  const parts = formatter("en-US", { ...wanted, hourCycle: "h23" }, zone).formatToParts(unix * 1000);
  for (const { type, value } of parts) found[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = found;
  return { year, month, day, hour, minute };
}

/** The clock is the reader's own, 12 or 24 hours; the words are English. @param {number} unix @param {string} zone @param {Intl.DateTimeFormatOptions} options @param {string} [locale] */
function formatted(unix, zone, options, locale) {
  return formatter(locale, options, zone).format(unix * 1000);
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formatters = new Map();

/** Making a formatter is slow, and there are few. @param {string | undefined} locale @param {Intl.DateTimeFormatOptions} options @param {string} zone */
function formatter(locale, options, zone) {
  const key = JSON.stringify([locale, options, zone]);
  let made = formatters.get(key);
  if (!made) {
    try {
      made = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
    } catch {
      made = new Intl.DateTimeFormat(locale, options);
    }
    formatters.set(key, made);
  }
  return made;
}

/** @param {string} word */
function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** @param {number} number */
function two(number) {
  return String(number).padStart(2, "0");
}
