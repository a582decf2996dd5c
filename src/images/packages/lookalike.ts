import type { Wrong } from "./line-problem.ts";

/**
 * The first character of a line that none of our lists can hold, in words: names, versions and their signs are plain
 * ASCII. Letters of other alphabets that look like a–z, typographic quotes and dashes, spaces that are none, and
 * characters that can't be seen at all are what comes with copying from web pages and chats, or from somebody who hopes
 * that nobody looks closely. `undefined`: there is none.
 */
export function foreignCharacter(line: string): Wrong | undefined {
  const found = /[^\x20-\x7e\t]/u.exec(line)?.[0];
  if (found === undefined) return undefined;
  const code = `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  const plain = plainly(line);
  const instead =
    plain !== undefined && plain.trim() !== ""
      ? `Type it anew; perhaps you meant “${plain.trim().slice(0, 80)}”.`
      : "Type the line anew instead of copying it.";
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(found))
    return { sentence: `There is a character in it that can't be seen (${code}).`, instead };
  if (/\p{Zs}/u.test(found))
    return { sentence: `There is a space in it that is no plain space (${code}).`, instead };
  if (/[\p{Pi}\p{Pf}\p{Pd}]/u.test(found))
    return { sentence: `“${found}” (${code}) is a typographic sign, not the one on the keyboard.`, instead };
  return {
    sentence: `“${found}” (${code}) can't stand here: only the letters a–z, digits and the signs on a keyboard can, and some others look just like them.`,
    instead,
  };
}

/** The line with what looks like plain characters replaced by them; `undefined` if something foreign is left. */
function plainly(line: string): string | undefined {
  const plain = [...line].map((one) => meant.get(one) ?? one).join("");
  const seen = plain.normalize("NFKD").replace(/[\p{C}\p{M}]/gu, "");
  return /^[\x20-\x7e]*$/.test(seen) ? seen : undefined;
}

const meant = new Map(
  (
    [
      ["“”„‟″", '"'],
      ["‘’‚‛′", "'"],
      ["‐‑‒–—―−", "-"],
      ["аΑАα", "a"],
      ["еΕЕ", "e"],
      ["оΟОο", "o"],
      ["рΡР", "p"],
      ["сС", "c"],
      ["уУ", "y"],
      ["хХ", "x"],
      ["іІι", "i"],
      ["ѕЅ", "s"],
      ["ԁ", "d"],
      ["ո", "n"],
      ["ν", "v"],
      ["≥", ">="],
      ["≤", "<="],
      ["≠", "!="],
      ["＝", "="],
    ] as const
  ).flatMap(([foreign, plain]) => [...foreign].map((one): [string, string] => [one, plain])),
);
