import { Refusal } from "../errors.ts";

export type Asked = {
  /** Who will read it, as a sentence: what is said where there is none. */
  missing: string;
  /** How to say it. */
  hint?: string;
  mostLetters: number;
};

/**
 * A reason that people are shown, as one line without a full stop: it stands between sentences of our own, which end
 * themselves. Throws a `Refusal`, field `reason`.
 */
export function readReason(text: string, { missing, hint, mostLetters }: Asked): string {
  const reason = text
    // The marks of an instant (sentence.ts) are ours alone.
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s⟦⟧]+/gu, " ")
    .trim()
    .replace(/[.\s]+$/, "");
  if (reason === "")
    throw new Refusal("reason-missing", missing, { field: "reason", ...(hint ? { hint } : {}) });
  const letters = [...reason].length;
  if (letters > mostLetters)
    throw new Refusal("reason-long", `The reason may have ${mostLetters} letters; this has ${letters}.`, {
      field: "reason",
      hint: "One sentence is enough.",
    });
  return reason;
}
