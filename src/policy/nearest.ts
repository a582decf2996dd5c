import { distance } from "fastest-levenshtein";

/** Those of `known` that a person may have meant by `word`, nearest first; at most three, none if nothing is near. */
export function nearest(word: string, known: readonly string[]): string[] {
  const wanted = word.toLowerCase();
  return known
    .map((name) => ({ name, away: away(wanted, name.toLowerCase()) }))
    .filter(({ name, away }) => away <= Math.max(2, Math.floor(Math.max(name.length, wanted.length) / 3)))
    .sort((a, b) => a.away - b.away || a.name.localeCompare(b.name))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** A name that begins with the word is near however long it is: `pytorch` means `pytorch-2.8`. */
function away(wanted: string, name: string): number {
  if (wanted.length >= 3 && name.startsWith(wanted)) return 1;
  return distance(wanted, name);
}
