import { nearest } from "../policy/nearest.ts";
import type { Catalogue, CatalogueRow } from "./catalogue.ts";
import { frameworksOf, inOrder } from "./catalogue-find.ts";
import { type ServerGpus, whyNot } from "./runs-on.ts";

/**
 * The rows in which every typed word stands, at most so many: those the server can run first, then by how well the words fit
 * (a framework's name or a version begins so, before a word somewhere), in the file's order of frameworks, newest first.
 * A misspelt framework finds the nearest one's rows; nothing typed finds all.
 */
export function searchCatalogue(
  catalogue: Catalogue,
  query: string,
  gpus: ServerGpus,
  most = 100,
): CatalogueRow[] {
  const words = query
    .toLowerCase()
    .split(/[\s:,=]+/)
    .filter((word) => word !== "");
  const exactly = matching(catalogue, words, gpus);
  const found = exactly.length > 0 ? exactly : matching(catalogue, spelt(words, catalogue), gpus);
  return found.slice(0, most);
}

function matching(catalogue: Catalogue, words: readonly string[], gpus: ServerGpus): CatalogueRow[] {
  const frameworks = frameworksOf(catalogue);
  const fitting = inOrder(catalogue.images, gpus).flatMap((row) => {
    const away = words.map((word) => awayFrom(row, word));
    if (away.includes(undefined)) return [];
    const sum = away.reduce<number>((total, one) => total + (one ?? 0), 0);
    return [{ row, sum, runs: whyNot(row, gpus) === undefined, place: frameworks.indexOf(row.framework) }];
  });
  return fitting
    .sort((a, b) => Number(b.runs) - Number(a.runs) || a.sum - b.sum || a.place - b.place)
    .map(({ row }) => row);
}

/** 0: it is what the row is called by; 1: it stands in its name; 2: elsewhere; undefined: nowhere. */
function awayFrom(row: CatalogueRow, word: string): number | undefined {
  if (row.framework.toLowerCase().startsWith(word) || row.version.toLowerCase().startsWith(word)) return 0;
  if (row.name.includes(word)) return 1;
  const rest = [
    ...row.architectures,
    row.image,
    row.os ?? "",
    row.python ? `python${row.python} python ${row.python}` : "",
    row.cuda ? `cuda${row.cuda} cuda ${row.cuda}` : "",
  ];
  return rest.join(" ").toLowerCase().includes(word) ? 2 : undefined;
}

function spelt(words: readonly string[], catalogue: Catalogue): string[] {
  const frameworks = frameworksOf(catalogue);
  return words.map((word) =>
    word.length < 4 ? word : (nearest(word, frameworks)[0]?.toLowerCase() ?? word),
  );
}
