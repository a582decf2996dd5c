import { Refusal } from "../errors.ts";
import { type Limits, limitKinds } from "./keys.ts";
import { nearest } from "./nearest.ts";
import { readReason } from "./reason.ts";

export type LimitValue = number | boolean | null;

/** The limit that is meant. Throws a Refusal, field `limit`, with the nearest that there is. */
export function limitNamed(name: string): keyof Limits {
  const key = name.trim().toLowerCase().replaceAll("-", "_");
  if (Object.hasOwn(limitKinds, key)) return key as keyof Limits;
  const near = nearest(key, Object.keys(limitKinds));
  throw new Refusal("no-such-limit", `There is no limit “${name.slice(0, 60)}”.`, {
    field: "limit",
    hint:
      near.length > 0
        ? `Did you mean ${near.join(" or ")}?`
        : `Limits are ${Object.keys(limitKinds).join(", ")}.`,
  });
}

/**
 * A value as a person writes it: `4`, `0.5`, `unlimited`, `yes`. Judged by the very kind that the policy file is judged by.
 * Throws a Refusal, field `value`.
 */
export function limitValue(key: keyof Limits, text: string): LimitValue {
  return judgeLimitValue(key, read(text), text);
}

/** The same of a value that was read already. `shown`: how the person wrote it. */
export function judgeLimitValue(key: keyof Limits, value: unknown, shown = String(value)): LimitValue {
  const judged = limitKinds[key].safeParse(value);
  if (judged.success) return judged.data;
  const wanted = (judged.error.issues[0]?.message ?? "another value").replace(
    "null for unlimited",
    "“unlimited”",
  );
  const yesOrNo = wanted === "true or false" ? "yes or no" : wanted;
  throw new Refusal("limit-value", `${key} can't be “${shown.trim().slice(0, 40)}”: it must be ${yesOrNo}.`, {
    field: "value",
  });
}

/** Until when, if ever. Throws a Refusal, field `until`: what ends in the past would never be in force. */
export function checkUntil(until: Date | null, now: Date): Date | null {
  if (until === null) return null;
  const most = now.getTime() + mostDays * 24 * 3_600_000;
  if (!(until > now))
    throw new Refusal("until-past", "That time is over already.", {
      field: "until",
      hint: "Name a day that is still to come.",
    });
  if (!(until.getTime() <= most))
    throw new Refusal("until-far", "That is more than five years from now.", {
      field: "until",
      hint: "Leave it out if it is to have no end.",
    });
  return until;
}

const mostDays = 5 * 366;

/** Why somebody may have more, or asks for it. Throws a Refusal, field `reason`. */
export function checkReason(text: string): string {
  return readReason(text, {
    missing: "A reason is needed: people are shown it, and admins read it a year later.",
    mostLetters: 500,
  });
}

function read(text: string): unknown {
  const word = text.trim().toLowerCase();
  if (["unlimited", "null", "none", "no limit"].includes(word)) return null;
  if (["yes", "true", "on"].includes(word)) return true;
  if (["no", "false", "off"].includes(word)) return false;
  return /^-?\d+(\.\d+)?$/.test(word) ? Number(word) : text;
}
