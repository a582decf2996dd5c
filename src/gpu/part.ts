/**
 * Which of the physical GPU's placement units a device covers, as a Postgres int4range. Two devices that overlap can't be
 * held at once: so says the ledger's exclusion constraint, and these ranges are all it looks at.
 *
 * `units`: the whole is [0,8), a slice its own sub-range (`nvidia-smi mig -lgi`). `instances`, where no placement can be
 * had: each instance is the unit of its own number, the whole is everything. A GPU has one form at a time for all of its devices, or a slice
 * `[3,4)` by units and another `[3,3]` by instance would seem to collide.
 */
export type PartForm = "units" | "instances";

export type Placement = { start: number; size: number };

/** Placement units of every GPU that can be cut (the A30 uses the first four). */
const units = 8;

export function partOfWhole(form: PartForm): string {
  return form === "units" ? `[0,${units})` : "(,)";
}

/** Throws if the form is `units` and the placement is missing or outside of the GPU: a wrong range would allow a double grant. */
export function partOfSlice(
  form: PartForm,
  slice: { gpuInstanceId: number; placement: Placement | undefined },
): string {
  if (form === "instances") return `[${slice.gpuInstanceId},${slice.gpuInstanceId + 1})`;
  const { placement } = slice;
  if (placement === undefined) throw new Error(`GPU instance ${slice.gpuInstanceId} has no placement`);
  const end = placement.start + placement.size;
  if (placement.start < 0 || placement.size < 1 || end > units)
    throw new Error(`GPU instance ${slice.gpuInstanceId} would lie at [${placement.start},${end})`);
  return `[${placement.start},${end})`;
}

/** The form in which a GPU's devices were written; undefined where it can't be told. */
export function formOf(parts: readonly string[]): PartForm | undefined {
  if (parts.includes("(,)")) return "instances";
  if (parts.includes(`[0,${units})`)) return "units";
  return undefined;
}
