import { Refusal } from "../errors.ts";
import { nearest } from "../policy/nearest.ts";
import { listed } from "../sentence.ts";
import type { Catalogue, CatalogueRow } from "./catalogue.ts";
import { isMeantBy, newestFirst, readVersion } from "./catalogue-version.ts";
import { type ServerGpus, whyNot } from "./runs-on.ts";

/** What somebody wishes for: `pytorch`, `PyTorch 2.8`, `tensorflow:2.13-aime`. */
export type BaseWish = { framework: string; version?: string };

export type FoundBase =
  /** `also`: rows of the same version that would do as well, the one taken being the one closest to these GPUs. */
  | { is: "found"; row: CatalogueRow; also: CatalogueRow[] }
  /** `because`: a sentence. `nearest`: versions of the same framework that the GPUs can run. */
  | { is: "cannot-run"; row: CatalogueRow; because: string; nearest: string[] }
  | { is: "unknown-framework"; nearest: string[] }
  | { is: "unknown-version"; framework: string; nearest: string[] };

/**
 * The newest row of that framework, and version if one is named, that the server's GPUs can run. A version that is not
 * there brings the nearest, never silently another one. `2.8` is the newest 2.8.x; of one release the plain row counts
 * before its variants, which are named by their ending (`2.8-aime`).
 */
export function findBase(catalogue: Catalogue, wish: BaseWish, gpus: ServerGpus): FoundBase {
  const framework = wish.framework.trim().toLowerCase();
  const rows = catalogue.images.filter((row) => row.framework.toLowerCase() === framework);
  const [one] = rows;
  if (!one) return { is: "unknown-framework", nearest: nearest(framework, frameworksOf(catalogue)) };

  const named = wish.version === undefined ? rows : rowsOfVersion(rows, wish.version);
  const meant = withGpu(gpus) ? usingGpuIfAny(named) : named;
  const able = inOrder(meant, gpus).filter((row) => whyNot(row, gpus) === undefined);
  const [row, ...others] = able;
  if (row) return { is: "found", row, also: others.filter(({ version }) => version === row.version) };

  const run = rows.filter((other) => whyNot(other, gpus) === undefined);
  const near = nearestVersions(wish.version, inOrder(run.length > 0 ? run : rows, gpus));
  // Of several, the one for these GPUs says best what is in the way: the driver.
  const forThese = meant.filter((other) => whyNot(other, { ...gpus, driver: undefined }) === undefined);
  const [unable] = inOrder(forThese.length > 0 ? forThese : meant, gpus);
  const because = unable && whyNot(unable, gpus);
  if (unable && because !== undefined)
    return { is: "cannot-run", row: unable, because, nearest: run.length > 0 ? near : [] };
  return { is: "unknown-version", framework: one.framework, nearest: near };
}

/** As `findBase`, from what a person typed (`pytorch`, `pytorch:2.8`, the name of a row); refuses in words. */
export function baseNamed(catalogue: Catalogue, text: string, gpus: ServerGpus): CatalogueRow {
  const typed = text.trim();
  const named = catalogue.images.find(({ name }) => name === typed.toLowerCase());
  if (named) {
    const because = whyNot(named, gpus);
    if (because === undefined) return named;
    throw cannotRun(named, because, findBase(catalogue, { framework: named.framework }, gpus));
  }
  const [framework = "", version] = typed.split(/[:=\s]+/, 2);
  const found = findBase(catalogue, { framework, ...(version ? { version } : {}) }, gpus);
  switch (found.is) {
    case "found":
      return found.row;
    case "cannot-run":
      throw cannotRun(found.row, found.because, found);
    case "unknown-framework":
      throw new Refusal(
        "unknown-framework",
        `There is no framework called “${framework.slice(0, 40)}” here.`,
        {
          field: "framework",
          hint: orElse(found.nearest, `There are ${listed(frameworksOf(catalogue))}.`),
        },
      );
    case "unknown-version":
      throw new Refusal(
        "unknown-version",
        `There is no ${found.framework} ${(version ?? "").slice(0, 40)} in the catalogue.`,
        { field: "framework", hint: orElse(found.nearest, "The form shows the versions there are.") },
      );
  }
}

/** What a form begins with: the newest PyTorch that the GPUs can run; where there is none, the first row they can. */
export function newestDefault(catalogue: Catalogue, gpus: ServerGpus): CatalogueRow | undefined {
  const pytorch = findBase(catalogue, { framework: "PyTorch" }, gpus);
  if (pytorch.is === "found") return pytorch.row;
  return catalogue.images.find((row) => whyNot(row, gpus) === undefined);
}

/** In the order of the file. */
export function frameworksOf(catalogue: Catalogue): string[] {
  return [...new Set(catalogue.images.map(({ framework }) => framework))];
}

/**
 * Newest first. On a server with GPUs, what uses them comes before what doesn't; of rows that are alike otherwise, the one
 * made for fewer architectures is closer to these.
 */
export function inOrder(rows: readonly CatalogueRow[], gpus: ServerGpus): CatalogueRow[] {
  const idle = (row: CatalogueRow) => Number(withGpu(gpus) && row.architectures.length === 0);
  // Read once a row and not once a comparison: it is done at every letter that somebody types.
  const read = rows.map((row) => ({ row, version: readVersion(row.version) }));
  return read
    .sort(
      (a, b) =>
        idle(a.row) - idle(b.row) ||
        newestFirst(a.version, b.version) ||
        a.row.architectures.length - b.row.architectures.length,
    )
    .map(({ row }) => row);
}

function withGpu({ architectures }: ServerGpus): boolean {
  return architectures === undefined || architectures.length > 0;
}

/** Nobody who has a GPU is given what can't use it, unless they ask for it. */
function usingGpuIfAny(rows: readonly CatalogueRow[]): readonly CatalogueRow[] {
  const using = rows.filter(({ architectures }) => architectures.length > 0);
  return using.length > 0 ? using : rows;
}

/** A version that stands there exactly as typed is meant before all that begin so. */
function rowsOfVersion(rows: readonly CatalogueRow[], version: string): CatalogueRow[] {
  const wish = readVersion(version);
  const meant = rows.filter((row) => isMeantBy(readVersion(row.version), wish));
  const exact = meant.filter((row) => row.version.toLowerCase() === version.trim().toLowerCase());
  // The others stay behind it: of 1.13.1 the GPUs may be able to run only 1.13.1-aime.
  return wish.variant === "" ? meant : exact.length > 0 ? exact : meant;
}

function nearestVersions(wish: string | undefined, rows: readonly CatalogueRow[]): string[] {
  const versions = [...new Set(rows.map(({ version }) => version))];
  if (wish === undefined) return versions.slice(0, 3);
  const [first] = readVersion(wish).numbers;
  const near = nearest(wish, versions);
  const sameMajor = versions.filter((version) => readVersion(version).numbers[0] === first);
  return [...new Set([...near, ...sameMajor, ...versions])].slice(0, 3);
}

function cannotRun(row: CatalogueRow, because: string, near: FoundBase): Refusal {
  const versions = near.is === "found" ? [near.row.version] : near.nearest;
  const others = versions.filter((version) => version !== row.version);
  return new Refusal("cannot-run", `${row.framework} ${row.version} can't be used here. ${because}`, {
    field: "framework",
    ...(others.length > 0 ? { hint: `Take ${row.framework} ${listed(others, "or")}.` } : {}),
  });
}

function orElse(near: readonly string[], otherwise: string): string {
  return near.length > 0 ? `Did you mean ${listed(near, "or")}?` : otherwise;
}
