/** What one row of the table was measured from: each value of ours beside that of its floor, in milliseconds. */
export type Measured = {
  name: string;
  ours: number[];
  floor: number[];
  /** What else was seen, in words: stands below the table. */
  beside?: string;
};

export type Row = {
  name: string;
  unit: "ms";
  /** Medians and 95th percentiles of ours. */
  p50: number;
  p95: number;
  /** The floor's median. */
  floor: number;
  /** How many times the floor's median ours is. */
  ratio: number;
  beside?: string;
};

export function rowOf({ name, ours, floor, beside }: Measured): Row {
  const p50 = percentile(ours, 50);
  const atBest = percentile(floor, 50);
  return {
    name,
    unit: "ms",
    p50: rounded(p50),
    p95: rounded(percentile(ours, 95)),
    floor: rounded(atBest),
    ratio: rounded(p50 / atBest),
    ...(beside === undefined ? {} : { beside }),
  };
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))];
  if (found === undefined) throw new Error("nothing was measured");
  return found;
}

function rounded(n: number): number {
  return Math.round(n * 100) / 100;
}
