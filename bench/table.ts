import type { Row } from "./measured.ts";

/** What each row should not be above: so many times its floor, or the floor and so much more, where that is easier. */
const wantedRatios: Record<string, { ratio: number; orMoreMs?: number }> = {
  answer: { ratio: 3 },
  // As good as at once, for somebody who types: its floor asks no ledger who they are.
  "catalogue.search": { ratio: 3, orMoreMs: 50 },
  "ssh.ready": { ratio: 1.3 },
  "grant.empty": { ratio: 3.5 },
  "sample.60": { ratio: 3 },
  "line.next": { ratio: 20 },
  // By hand nobody looks at a base before. That, and reading what came out, is a small part of a build from nothing.
  "build.cold": { ratio: 1.15 },
  "build.onepip": { ratio: 1.15 },
  "build.cached": { ratio: 1.5, orMoreMs: 1000 },
};
/** One row beside another. */
const wantedBeside: [name: string, beside: string, most: number][] = [
  ["grant.600", "grant.empty", 1.5],
  ["grant.history1m", "grant.empty", 1.33],
];

/** The rows for people, and under them what is compared with one another. */
export function table(rows: readonly Row[]): string {
  const lines = [
    ["", "p50", "p95", "floor", "ratio", "wanted"],
    ...rows.map(({ name, unit, p50, p95, floor, ratio }) => [
      name,
      `${p50} ${unit}`,
      `${p95} ${unit}`,
      `${floor} ${unit}`,
      `${ratio}`,
      verdict({ p50, floor, ratio }, wantedRatios[name]),
    ]),
    ...wantedBeside.flatMap(([name, beside, most]) => {
      const [one, other] = [name, beside].map((wanted) => rows.find((row) => row.name === wanted));
      if (!one || !other) return [];
      const ratio = Math.round((one.p50 / other.p50) * 100) / 100;
      return [
        [
          `${name} / ${beside}`,
          "",
          "",
          "",
          `${ratio}`,
          verdict({ p50: one.p50, floor: other.p50, ratio }, { ratio: most }),
        ],
      ];
    }),
  ];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const aligned = lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths?.[0] ?? 0) : cell.padStart(widths?.[column] ?? 0),
      )
      .join("  "),
  );
  const besides = rows.flatMap(({ name, beside }) => (beside === undefined ? [] : [`${name}, ${beside}`]));
  return [...aligned, ...besides].join("\n");
}

function verdict(
  { p50, floor, ratio }: Pick<Row, "p50" | "floor" | "ratio">,
  wanted: { ratio: number; orMoreMs?: number } | undefined,
): string {
  if (wanted === undefined) return "";
  const { ratio: most, orMoreMs } = wanted;
  const isGood = ratio <= most || (orMoreMs !== undefined && p50 - floor <= orMoreMs);
  return `≤ ${most}${orMoreMs === undefined ? "" : ` or + ${orMoreMs} ms`} ${isGood ? "yes" : "NO"}`;
}
