import { Refusal } from "../errors.ts";

const mostLetters = 300;

/** Why an admin does it, as one line: it is read by everybody whom it keeps waiting. Throws a `Refusal`, field `reason`. */
export function checkReason(text: string): string {
  const reason = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim()
    // It stands between sentences of our own, and these end themselves.
    .replace(/[.\s]+$/, "");
  if (reason === "")
    throw new Refusal("reason-missing", "Say why: it is what those who wait or are stopped will read.", {
      field: "reason",
      hint: 'In quotes behind it: "new disks".',
    });
  if ([...reason].length > mostLetters)
    throw new Refusal(
      "reason-long",
      `The reason may have ${mostLetters} letters; this has ${[...reason].length}.`,
      {
        field: "reason",
        hint: "One sentence is enough.",
      },
    );
  return reason;
}
