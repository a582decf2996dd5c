import { readReason } from "../policy/reason.ts";

/** Why an admin does it, as one line: it is read by everybody whom it keeps waiting. Throws a `Refusal`, field `reason`. */
export function adminsReason(text: string): string {
  return readReason(text, {
    missing: "Say why: it is what those who wait or are stopped will read.",
    hint: 'In quotes behind it: "new disks".',
    mostLetters: 300,
  });
}
