import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { answer } from "./answer.ts";
import type { Bench } from "./bench.ts";
import { build } from "./build.ts";
import { grant } from "./grant.ts";
import { lineNext } from "./line-next.ts";
import { type Measured, rowOf } from "./measured.ts";
import { sample } from "./sample.ts";
import { search } from "./search.ts";
import { sshReady } from "./ssh-ready.ts";
import { table } from "./table.ts";

const usage = `npm run bench -- [options]
  --only <prefix>   only the rows whose names begin so: answer, ssh, build, grant.600 …
  --json <file>     the rows also into a file, for machines: {name, unit, p50, p95, floor, ratio}`;

const benches: readonly Bench[] = [answer, search, sshReady, build, grant, lineNext, sample];

/** Measures the rows one part after the other, and prints them. What was started is stopped, also at Ctrl-C. */
async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: "string", default: "" },
      json: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const parts = benches
    .map((bench) => ({ bench, wanted: bench.rows.filter((name) => name.startsWith(values.only)) }))
    .filter(({ wanted }) => wanted.length > 0);
  if (values.help || parts.length === 0) {
    console.log(usage);
    console.log(`The rows: ${benches.flatMap(({ rows }) => rows).join(", ")}.`);
    return values.help ? 0 : 2;
  }
  const measured: Measured[] = [];
  for (const { bench, wanted } of parts) measured.push(...(await measure(bench, wanted)));
  const rows = measured.map(rowOf);
  console.log(`\n${table(rows)}`);
  if (values.json) await writeFile(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  return 0;
}

async function measure(bench: Bench, wanted: readonly string[]): Promise<Measured[]> {
  const opened: (() => Promise<unknown>)[] = [];
  const interrupted = Promise.withResolvers<never>();
  interrupted.promise.catch(() => undefined);
  const interrupt = () => interrupted.reject(new Error("Interrupted."));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupt);
  try {
    const work = bench.run(wanted, say, (close) => opened.push(close));
    work.catch(() => undefined);
    return await Promise.race([work, interrupted.promise]);
  } finally {
    for (const close of opened.toReversed()) {
      await close().catch((error: unknown) => console.error("Something did not close:", error));
    }
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupt);
  }
}

function say(sentence: string): void {
  console.error(`${process.uptime().toFixed(0).padStart(5)} s  ${sentence}`);
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
