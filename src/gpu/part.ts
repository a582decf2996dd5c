/**
 * Which of the physical GPU's placement units a device covers, as a Postgres int4range. Two devices that overlap can't be
 * held at once: so says the ledger's exclusion constraint, and these ranges are all it looks at.
 *
 * `units`: the whole is [0,8), a slice its own sub-range (`nvidia-smi mig -lgi`). `instances`, where no placement can be
 * had: every instance is a range of its own and the whole is all of them. Never both on one GPU: an instance with the
 * number 3 and a slice at unit 3 have nothing to do with each other. So instances are counted from 100.
 */
export type PartForm = "units" | "instances";

export type Placed = {
  gpuInstanceId: number;
  placement: { start: number; size: number } | undefined;
  /** Compute slices before this one in the same GPU instance, and how many it has; undefined: it has the instance alone. */
  within?: { start: number; size: number };
};

/** Placement units of every GPU that can be cut (an A30 uses the first four). */
const units = 8;
const firstInstance = 100;

export function partOfWhole(form: PartForm): string {
  return form === "units" ? `[0,${units})` : "(,)";
}

/** undefined: in this form its place can't be told, so nobody can be given it. Throws where the driver's placement is none. */
export function partOfSlice(
  form: PartForm,
  { gpuInstanceId, placement, within }: Placed,
): string | undefined {
  if (form === "instances") {
    const start = firstInstance + units * gpuInstanceId;
    return within
      ? `[${start + within.start},${start + within.start + within.size})`
      : `[${start},${start + units})`;
  }
  if (placement === undefined) return undefined;
  const start = placement.start + (within?.start ?? 0);
  const end = within ? start + within.size : start + placement.size;
  if (placement.start < 0 || end <= start || end > placement.start + placement.size || end > units)
    throw new Error(`GPU instance ${gpuInstanceId} would lie at [${start},${end})`);
  return `[${start},${end})`;
}

/** The form a GPU's devices were written in when it was first seen; undefined: it never was. */
export function formOf(parts: readonly string[]): PartForm | undefined {
  if (parts.length === 0) return undefined;
  const start = (part: string) => Number(/^[[(](\d+),/.exec(part)?.[1] ?? Number.NaN);
  return parts.some((part) => part === "(,)" || start(part) >= firstInstance) ? "instances" : "units";
}
