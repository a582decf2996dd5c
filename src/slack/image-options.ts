import type { PlainTextOption } from "@slack/types";
import type { CatalogueRow } from "../images/catalogue.ts";
import { searchCatalogue } from "../images/catalogue-search.ts";
import { gpusOf, type ServerGpus, whyNot } from "../images/runs-on.ts";
import type { World } from "../world.ts";
import type { OptionGroup } from "./answer.ts";
import { option } from "./inputs.ts";

/** What this server's GPUs are, as last read. */
export function gpusHere(world: World): ServerGpus {
  return gpusOf(world.nodes.values(), world.policy.nodes);
}

/** Rows of the catalogue that fit what was typed: those that run here first. */
export function baseOptions(world: World, query: string): OptionGroup[] {
  const gpus = gpusHere(world);
  const rows = searchCatalogue(world.catalogue, query, gpus);
  const runs = (row: CatalogueRow) => whyNot(row, gpus) === undefined;
  return [
    { label: "Run on this server", options: rows.filter(runs).map((row) => baseOption(row, gpus)) },
    {
      label: "Do not run on this server",
      options: rows.filter((row) => !runs(row)).map((row) => baseOption(row, gpus)),
    },
  ];
}

/** "PyTorch 2.8.0 (pytorch-2.8)", and below it Python, CUDA and distribution, or why it does not run here. */
export function baseOption(row: CatalogueRow, gpus: ServerGpus): PlainTextOption {
  const called = `${row.framework} ${row.version}`.toLowerCase().replaceAll(" ", "-");
  const what = [
    row.python && `Python ${row.python}`,
    row.cuda ? `CUDA ${row.cuda}` : row.architectures.length === 0 && "no GPU",
    row.os,
  ].filter((part) => typeof part === "string" && part !== "");
  return option(
    called === row.name ? `${row.framework} ${row.version}` : `${row.framework} ${row.version} (${row.name})`,
    row.name,
    whyNot(row, gpus) ?? (what.length > 0 ? what.join(", ") : undefined),
  );
}

/** One that is chosen already, though the catalogue may have lost it. */
export function chosenBase(world: World, name: string): PlainTextOption {
  const row = world.catalogue.images.find((one) => one.name === name);
  return row ? baseOption(row, gpusHere(world)) : option(name, name, "not in the catalogue any more");
}
