import type { ImageContents } from "../ledger/image-tables.ts";
import { readAptLines } from "./packages/apt.ts";
import { shown } from "./packages/line-problem.ts";
import { readPipLines } from "./packages/pip.ts";
import { normalName } from "./packages/requirement.ts";

/** What a running container has now: the outputs of `pip freeze` and `apt-mark showmanual`, line by line. Not to be trusted. */
export type InstalledNow = { pipFreeze: readonly string[]; aptManual: readonly string[] };

export type InstalledByHand = {
  /** Lines for a recipe: what the image lacks, or has in another version. */
  pip: string[];
  apt: string[];
  /** What can't be a line of a recipe (a folder in editable mode, a repository), each as a sentence. */
  leftOut: string[];
};

/** What is in a container beyond its image. */
export function installedByHand(contents: ImageContents, now: InstalledNow): InstalledByHand {
  const had = new Map(contents.pip.map((line) => [nameIn(line), spelling(line)]));
  const pip = new Set<string>();
  const leftOut: string[] = [];
  for (const line of now.pipFreeze.map((one) => one.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const read = readPipLines(line, { allowUrls: false });
    if ("problems" in read) {
      if (!contents.pip.includes(line))
        leftOut.push(`“${shown(line)}” was not installed from the package index.`);
    } else for (const one of read.lines) if (had.get(nameIn(one)) !== spelling(one)) pip.add(one);
  }
  const known = new Set([
    ...contents.aptManual,
    ...contents.apt.map((line) => line.split(/[=:]/)[0] ?? line),
  ]);
  const apt = now.aptManual
    .map((line) => line.trim().split(":")[0] ?? "")
    .filter((name) => name !== "" && !known.has(name) && "lines" in readAptLines(name));
  return { pip: [...pip].sort(), apt: [...new Set(apt)].sort(), leftOut };
}

function nameIn(line: string): string {
  return normalName(/^[A-Za-z0-9._-]+/.exec(line)?.[0] ?? line);
}

/** The same however its name is spelled. */
function spelling(line: string): string {
  const name = /^[A-Za-z0-9._-]+/.exec(line)?.[0] ?? "";
  return `${normalName(name)}${line.slice(name.length).replace(/\s+/g, "")}`;
}
