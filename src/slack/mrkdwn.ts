import { withInstants } from "../sentence.ts";

declare const safe: unique symbol;
/** Slack's markup with nothing unescaped in it. Made by the functions of this file only, so that raw text does not compile. */
export type Mrkdwn = string & { readonly [safe]: true };

/** Literal parts are markup of our own; what stands between must be safe already: `plain(name)`, `at(date)`, … */
export function mrkdwn(literals: TemplateStringsArray, ...values: (Mrkdwn | number)[]): Mrkdwn {
  return literals.reduce((text, literal, i) => `${text}${values[i - 1]}${literal}`) as Mrkdwn;
}

/** Text of people, machines and other rooms. */
export function plain(text: string): Mrkdwn {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;") as Mrkdwn;
}

/** Text to be read letter by letter. A backtick can't stand in it. */
export function code(text: string): Mrkdwn {
  return `\`${plain(text.replaceAll("`", "'"))}\`` as Mrkdwn;
}

export function bold(text: Mrkdwn): Mrkdwn {
  return `*${text}*` as Mrkdwn;
}

export function mention(slackUserId: string): Mrkdwn {
  return `<@${slackUserId.replace(/[^A-Z0-9]/g, "")}>` as Mrkdwn;
}

export function link(url: string, label: string): Mrkdwn {
  return `<${plain(url.replaceAll("|", "%7C"))}|${plain(label)}>` as Mrkdwn;
}

/** An instant in the reader's own time zone: "today 18:00". */
export function at(instant: Date): Mrkdwn {
  return `<!date^${unixSeconds(instant)}^${dateFormat}|${plain(inUtc(instant))}>` as Mrkdwn;
}

/** A sentence of another room: escaped, its instants as the reader's own times. */
export function sentence(text: string): Mrkdwn {
  return withInstants(plain(text), at) as Mrkdwn;
}

export function joined(parts: readonly (Mrkdwn | undefined)[], separator: string): Mrkdwn {
  return parts.filter((part) => part !== undefined && part !== "").join(separator) as Mrkdwn;
}

/** Ended with an ellipsis where Slack's limit would refuse it; never in the middle of an entity or a link. */
export function clipped(text: Mrkdwn, most: number): Mrkdwn {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[&<][^;>]*$/, "")}…` as Mrkdwn;
}

export const dateFormat = "{date_short_pretty} {time}";

export function unixSeconds(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}

/** For readers whose Slack can't show a date. */
export function inUtc(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
