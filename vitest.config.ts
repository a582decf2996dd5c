import { globSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { bedsInRun } from "./test/support/global-bed.ts";

// Tests that use a real engine come last; each worker of theirs has a bed of its own (test/support/bed.ts).
const inTest = globSync("test/**/*.test.ts");
const onEngine = inTest.filter((path) => readFileSync(path, "utf8").includes("support/bed.ts"));
const report = process.env.BERTH_TEST_REPORT;

export default defineConfig({
  cacheDir: ".berth/vite",
  test: {
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
    globalSetup: ["test/support/global-postgres.ts", "test/support/global-bed.ts"],
    teardownTimeout: 60_000,
    // Every test has a limit; none of them is a measurement, for the machine may be busy.
    projects: [
      {
        test: {
          name: "rules",
          isolate: false,
          include: ["src/**/*.test.ts"],
          maxWorkers: 2,
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "parts",
          isolate: false,
          include: inTest.filter((path) => !onEngine.includes(path)),
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "engine",
          include: onEngine,
          maxWorkers: bedsInRun,
          isolate: false,
          testTimeout: 120_000,
          // The first run of all makes the image.
          hookTimeout: 600_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
