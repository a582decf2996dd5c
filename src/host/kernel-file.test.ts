import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kernelFile } from "./kernel-file.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-kernel-file-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test.each([0, 1, 2047, 2048, 2049, 100_000])("%i bytes are read as a whole", async (bytes) => {
  const path = join(directory, String(bytes));
  const text = "0123456789\n".repeat(bytes).slice(0, bytes);
  await writeFile(path, text);
  expect(await kernelFile(path)).toBe(text);
});

test("what the kernel hands out in pieces is read as a whole too", async () => {
  const lines = (text: string | undefined) => text?.split("\n").length;
  const [path, whole] = ["/proc/self/maps", readFileSync("/proc/self/maps", "utf8")];
  expect(whole.length).toBeGreaterThan(4096);
  expect(lines(await kernelFile(path))).toBeGreaterThan(lines(whole.slice(0, 4096))!);
});

test.each(["nothing", "."])("%s can't be read: undefined", async (name) => {
  expect(await kernelFile(join(directory, name))).toBeUndefined();
});
