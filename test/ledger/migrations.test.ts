import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

test("the migrations are those of the schema: generating finds nothing to add", async () => {
  // drizzle-kit takes its folder as seen from here, and nowhere else.
  const folder = await mkdtemp("node_modules/.berth-migrations-");
  try {
    await cp("migrations", folder, { recursive: true });
    const before = await readdir(folder);
    await drizzleKit(
      "generate",
      // The last one counts: all in one.
      "--schema=src/ledger/{schema,*-table,*-tables}.ts",
      `--out=${relative(".", folder)}`,
    );
    expect(await readdir(folder)).toEqual(before);
    await drizzleKit("check", `--out=${relative(".", folder)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

async function drizzleKit(command: string, ...options: string[]): Promise<void> {
  const program = join("node_modules", "drizzle-kit", "bin.cjs");
  await run(process.execPath, [program, command, "--dialect=postgresql", ...options], { timeout: 60_000 });
}
