import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseCatalogue } from "./catalogue.ts";
import { searchCatalogue } from "./catalogue-search.ts";
import { type ServerGpus, whyNot } from "./runs-on.ts";

const shipped = parseCatalogue(readFileSync("catalogue.yaml", "utf8"));
const ampere: ServerGpus = { architectures: ["ampere"], driver: "580.82.07" };
const names = (query: string, gpus = ampere, most?: number) =>
  searchCatalogue(shipped, query, gpus, most).map(({ name }) => name);

test("nothing typed: everything there is, what runs here first", () => {
  const all = searchCatalogue(shipped, "", ampere, 1000);
  expect(all.length).toBe(shipped.images.length);
  const runs = all.map((row) => whyNot(row, ampere) === undefined);
  expect(runs.indexOf(false)).toBeGreaterThan(0);
  expect(runs.lastIndexOf(true)).toBeLessThan(runs.indexOf(false));
  expect(all.slice(0, 3).map(({ version }) => version)).toEqual(["2.8.0-runpod", "2.7.1", "2.7.1-aime"]);
});

test.each([
  ["a framework's beginning", "tens", "tensorflow-2.14.0"],
  ["a framework and a version, however they are joined", "pytorch:2.6", "pytorch-2.6.0-ampere"],
  ["in any order", "2.6 pytorch", "pytorch-2.6.0-ampere"],
  ["a version alone finds versions before what has it elsewhere", "2.13", "tensorflow-2.13.1-aime"],
  ["a version of CUDA", "pytorch cuda11.7", "pytorch-1.13.1-ampere"],
  ["an Ubuntu", "tensorflow ubuntu 20.04", "tensorflow-2.13.0"],
  ["a misspelt framework", "pytroch 2.6", "pytorch-2.6.0-ampere"],
  ["the name of a row", "tensorflow-1.15.4-nvidia-20.12", "tensorflow-1.15.4-nvidia-20.12"],
])("%s: %s", (_sentence, query, first) => {
  expect(names(query)[0]).toBe(first);
});

test("what can't run here is found too, behind what can", () => {
  expect(names("pytorch 2.9")).toEqual(["pytorch-2.9.1"]);
  expect(names("pytorch 2.6").slice(0, 2)).toEqual(["pytorch-2.6.0-ampere", "pytorch-2.6.0-rocm6"]);
});

test("no more than are asked for, and none for what nobody knows", () => {
  expect(names("", ampere, 7)).toHaveLength(7);
  expect(names("qqqqqqqqqq")).toEqual([]);
  expect(names("pytorch qqqqqqqqqq")).toEqual([]);
});

test.each(["*", "(", "\\", "$x", "'; drop table", "a".repeat(3000)])("%s is only text", (query) => {
  expect(names(query)).toEqual([]);
});
