import { architectureOf } from "../gpu/architecture.ts";
import type { GpuReading } from "../host/host.ts";
import { listed } from "../sentence.ts";
import type { World } from "../world.ts";
import type { CatalogueRow } from "./catalogue.ts";
import { atLeastVersion } from "./catalogue-version.ts";

/** What decides which images a server can run. `undefined`: not known (yet), and then nothing is refused for it. */
export type ServerGpus = {
  /** Of all its GPUs, each once; empty: it has none. */
  architectures: readonly string[] | undefined;
  /** `550.127.05` */
  driver: string | undefined;
};

export type RunsOn = { runs: true } | { runs: false; because: string };

/** Whether the server can run it; if not, why not: a sentence. */
export function runsOn(row: CatalogueRow, gpus: ServerGpus): RunsOn {
  const because = whyNot(row, gpus);
  return because === undefined ? { runs: true } : { runs: false, because };
}

export function whyNot(
  { architectures, cuda, min_driver }: CatalogueRow,
  gpus: ServerGpus,
): string | undefined {
  if (architectures.length === 0) return undefined;
  const here = gpus.architectures;
  if (here !== undefined && !architectures.some((one) => here.includes(one))) {
    const made = `It is made for ${listed(architectures.map(inWords))} GPUs`;
    if (here.length === 0) return `${made}; this server has no GPU.`;
    return `${made}; this server has ${listed(here.map(inWords))}.`;
  }
  if (min_driver === undefined || gpus.driver === undefined || atLeastVersion(gpus.driver, min_driver))
    return undefined;
  return `${cuda ? `Its CUDA ${cuda}` : "It"} needs driver ${min_driver} or newer; this server has ${gpus.driver}.`;
}

/** Of this server now; what the policy says of a machine's architectures counts before what its GPUs are called. */
export function serverGpus({ nodes, policy }: Pick<World, "nodes" | "policy">): ServerGpus {
  return gpusOf(nodes.values(), policy.nodes);
}

/**
 * Of the last readings of all machines. An image must run on any of them: the oldest driver counts. A model whose
 * generation is not known here makes it unknown for all. `said`: what the policy says of a machine, by its name.
 */
export function gpusOf(
  nodes: Iterable<{ id: string; latest: { gpus?: GpuReading } }>,
  said: Record<string, { architectures?: string[] | undefined }> = {},
): ServerGpus {
  const all = [...nodes].map((node) => ({ reading: node.latest.gpus, said: said[node.id]?.architectures }));
  const found = all.flatMap(
    ({ reading, said }): (string | undefined)[] =>
      said ?? (reading ? reading.gpus.map(({ model }) => architectureOf(model)) : [undefined]),
  );
  const drivers = all
    .flatMap(({ reading }) => (reading && reading.gpus.length > 0 ? [reading.driver] : []))
    .filter((driver) => /^\d+(\.\d+)*$/.test(driver));
  const known = found.flatMap((one) => (one === undefined ? [] : [one]));
  return {
    architectures: known.length < found.length ? undefined : [...new Set(known)],
    driver: drivers.toSorted((a, b) => (atLeastVersion(a, b) ? 1 : -1))[0],
  };
}

/** `Ampere`, `ROCm 6` */
function inWords(architecture: string): string {
  const rocm = /^rocm(\d+)$/.exec(architecture);
  if (rocm) return `AMD (ROCm ${rocm[1]})`;
  return architecture.charAt(0).toUpperCase() + architecture.slice(1);
}
