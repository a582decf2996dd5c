import { parseArgs } from "node:util";
import { type Outcome, offeredGpuHours, type Rule, simulate } from "./line/simulate.ts";
import { gpus, workload } from "./line/workload.ts";

const usage = `node bench/simulate-line.ts [options]
  --runs <n>    months of a lab for each rule and load (40)
  --days <n>    of each (28)
  --loads <l>   0.7,0.85,1.0`;

const never = Number.POSITIVE_INFINITY;
const rules: readonly Rule[] = [
  { name: "FIFO", headOnly: true, promiseAfterHours: never, handicapMaxHours: 0 },
  { name: "skip", promiseAfterHours: never, handicapMaxHours: 0 },
  ...[0, 2, 24, 48, 72].map((hours) => promise(hours, { handicapMaxHours: 0 })),
  ...[24, 36, 48].map((hours) => promise(hours, { name: `promise ${hours} h, held`, tells: true })),
  ...[24, 48].map((hours) =>
    promise(hours, { name: `promise ${hours} h, size`, handicapMaxHours: 0, bySize: 0.25 }),
  ),
];

function promise(promiseAfterHours: number, more: Partial<Rule>): Rule {
  return { name: `promise ${promiseAfterHours} h`, promiseAfterHours, handicapMaxHours: 12, ...more };
}

type Row = {
  rule: string;
  median: number;
  p95: number;
  widest: number;
  busy: number;
  promises: number;
  broken: number;
  told: Outcome["told"];
  withoutEnd: number;
};

function main(argv: readonly string[]): void {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      runs: { type: "string", default: "40" },
      days: { type: "string", default: "28" },
      loads: { type: "string", default: "0.7,0.85,1.0" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const [runs, days] = [Number(values.runs), Number(values.days)];
  for (const load of values.loads.split(",").map(Number)) {
    console.log(`\nLoad ${load}: ${runs} months of ${days} days\n`);
    console.log(table(rules.map((rule) => rowOf(rule, { load, days, runs }))));
  }
}

function rowOf(rule: Rule, { load, days, runs }: { load: number; days: number; runs: number }): Row {
  const outcomes = Array.from({ length: runs }, (_, run) =>
    simulate(workload({ load, days, seed: 1000 + run }), days, rule),
  );
  const waits = outcomes.flatMap((one) => one.waits);
  const sum = (of: (one: Outcome) => number) => outcomes.reduce((total, one) => total + of(one), 0);
  return {
    rule: rule.name,
    median: percentile(
      waits.map(({ hours }) => hours),
      50,
    ),
    p95: percentile(
      waits.map(({ hours }) => hours),
      95,
    ),
    widest: percentile(
      waits.filter((one) => one.gpus === gpus).map(({ hours }) => hours),
      95,
    ),
    busy: sum((one) => one.busyGpuHours) / (offeredGpuHours(days) * runs),
    promises: sum((one) => one.promises),
    broken: sum((one) => one.broken),
    told: outcomes.flatMap((one) => one.told),
    withoutEnd: sum((one) => one.withoutEnd),
  };
}

function table(rows: readonly Row[]): string {
  const skip = rows.find(({ rule }) => rule === "skip");
  const lines = rows.map((row) => {
    const held = row.told.filter((one) => one.held).length / row.told.length;
    const all48 = row.told.filter((one) => one.within48).length / row.told.length;
    const width = percentile(
      row.told.map(({ widthHours }) => widthHours),
      50,
    );
    const holds =
      skip &&
      row.widest <= 0.6 * skip.widest &&
      row.p95 <= skip.p95 &&
      row.busy >= 0.98 * skip.busy &&
      row.broken === 0;
    const ranges =
      row.told.length > 0
        ? `${percent(held)} in ${fixed(width)} h; ${percent(all48)} in 48 h; ${percent(row.withoutEnd / (row.withoutEnd + row.told.length))} without an end`
        : "";
    return `| ${row.rule} | ${fixed(row.median)} | ${fixed(row.p95)} | ${fixed(row.widest)} | ${(row.busy * 100).toFixed(1)} % | ${row.promises} | ${row.broken} | ${holds ? "yes" : "no"} | ${ranges} |`;
  });
  return [
    "| rule | median | p95 | p95 widest | busy | promises | broken | wanted | ranges told |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |",
    ...lines,
  ].join("\n");
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

function fixed(n: number): string {
  return n < 10 ? n.toFixed(1) : n.toFixed(0);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

main(process.argv.slice(2));
