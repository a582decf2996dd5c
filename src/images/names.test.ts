import { expect, test } from "vitest";
import { checkImageName, checkTagName, engineNames, readImageName, writeImageName } from "./names.ts";

test.each([
  ["vision", { name: "vision" }],
  [" Vision:latest ", { name: "vision" }],
  ["vision:exp-42", { name: "vision", tag: "exp-42" }],
  ["ben/vision", { owner: "ben", name: "vision" }],
  ["ben/vision:exp-42", { owner: "ben", name: "vision", tag: "exp-42" }],
  ["pytorch-2.8", { name: "pytorch-2.8" }],
])("“%s” is read", (text, name) => {
  expect(readImageName(text)).toEqual(name);
});

test.each(["", " ", "a b", "a:", ":a", "/a", "a/", "a/b/c", "a:b:c", "a:b/c", "a\nb"])(
  "“%s” names no image",
  (text) => {
    expect(readImageName(text)).toBeUndefined();
  },
);

test("what is written is read again as the same", () => {
  for (const name of [{ name: "vision" }, { owner: "ben", name: "vision", tag: "exp" }])
    expect(readImageName(writeImageName(name))).toEqual(name);
  expect(writeImageName({ name: "vision" })).toBe("vision:latest");
});

test.each([
  ["My Vision!", "my-vision"],
  ["vision_2", "vision-2"],
  ["x".repeat(50), "x".repeat(40)],
])("“%s” is no image's name; “%s” would do", (name, better) => {
  expect(() => checkImageName(name)).toThrow(
    expect.objectContaining({ field: "name", hint: expect.stringContaining(`“${better}”`) }),
  );
  expect(checkImageName(better)).toBe(better);
});

test.each([
  ["Experiment 42", "experiment-42"],
  ["-x", "x"],
  ["année/1", "annee-1"],
  ["y".repeat(80), "y".repeat(63)],
])("“%s” is no tag; “%s” would do", (tag, better) => {
  expect(() => checkTagName(tag)).toThrow(
    expect.objectContaining({ field: "tag", hint: expect.stringContaining(`“${better}”`) }),
  );
  expect(checkTagName(better)).toBe(better);
});

test.each(["latest", "build-12", "", "///"])("“%s” is refused as a tag, with advice", (tag) => {
  expect(() => checkTagName(tag)).toThrow(
    expect.objectContaining({ field: "tag", hint: expect.any(String) }),
  );
});

test.each(["1", "exp_4.2-b", "2024", "a..b"])("“%s” is a tag", (tag) => {
  expect(checkTagName(tag)).toBe(tag);
});

test("a build keeps a name of its own on the engine, that no tag can take", () => {
  const { ofBuild, latest } = engineNames("ds01", "ana", "vision", 17);
  expect([ofBuild, latest]).toEqual(["ds01-ana/vision:build-17", "ds01-ana/vision:latest"]);
  expect(() => checkTagName("build-17")).toThrow();
});
