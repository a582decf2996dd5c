import type { Row } from "./measured.ts";

/** What each row, or one row beside another, should not be above. */
const wantedRatios: Record<string, number> = { answer: 3, "ssh.ready": 1.3, "grant.empty": 3.5 };
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
      verdict(ratio, wantedRatios[name]),
    ]),
    ...wantedBeside.flatMap(([name, beside, most]) => {
      const [one, other] = [name, beside].map((wanted) => rows.find((row) => row.name === wanted));
      if (!one || !other) return [];
      const ratio = Math.round((one.p50 / other.p50) * 100) / 100;
      return [[`${name} / ${beside}`, "", "", "", `${ratio}`, verdict(ratio, most)]];
    }),
  ];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths?.[0] ?? 0) : cell.padStart(widths?.[column] ?? 0),
        )
        .join("  "),
    )
    .join("\n");
}

function verdict(ratio: number, most: number | undefined): string {
  if (most === undefined) return "";
  return `≤ ${most} ${ratio <= most ? "yes" : "NO"}`;
}
