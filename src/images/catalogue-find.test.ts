import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Refusal } from "../errors.ts";
import { type Catalogue, parseCatalogue } from "./catalogue.ts";
import { baseNamed, findBase, newestDefault } from "./catalogue-find.ts";
import type { ServerGpus } from "./runs-on.ts";

const shipped = parseCatalogue(readFileSync("catalogue.yaml", "utf8"));
const newest = { driver: "999.0" };
const on = (...architectures: string[]): ServerGpus => ({ architectures, ...newest });

/** AIME's list as it is published: `framework,version,ARCHITECTURE;ARCHITECTURE,image`. */
const aime = readFileSync("test/images/aime-rows.csv", "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .flatMap((line) => {
    const [framework = "", version = "", architectures = "", image = ""] = line.split(",");
    return architectures.split(";").map((architecture) => ({ framework, version, architecture, image }));
  });

/** Which GPUs AIME says each of its words is for. */
const gpusOfAime: Record<string, string[]> = {
  CUDA: ["pascal", "volta", "turing"],
  CUDA_AMPERE: ["ampere"],
  CUDA_ADA: ["ada", "hopper"],
  CUDA_BLACKWELL: ["blackwell"],
  ROCM5: ["rocm5"],
  ROCM6: ["rocm6"],
};

test("AIME's list has 117 rows, and each word of it counts as GPUs", () => {
  expect(new Set(aime.map(({ image }) => image)).size).toBe(117);
  expect(aime.length).toBe(117 + 12);
  for (const { architecture } of aime) expect(gpusOfAime[architecture], architecture).toBeDefined();
});

test("every row of AIME's list is found by framework, version and architecture, each of its architectures", () => {
  const wrong = aime.flatMap(({ framework, version, architecture, image }) =>
    (gpusOfAime[architecture] ?? []).flatMap((gpu) => {
      const found = findBase(shipped, { framework, version }, on(gpu));
      if (found.is !== "found") return [`${framework} ${version} on ${gpu}: ${found.is}`];
      const images = [found.row, ...found.also].map((row) => row.image);
      if (!images.includes(`docker.io/${image}`))
        return [`${framework} ${version} on ${gpu}: ${images.join()}`];
      return found.row.version === version
        ? []
        : [`${framework} ${version} on ${gpu} is ${found.row.version}`];
    }),
  );
  expect(wrong).toEqual([]);
});

test("two rows are alike in AIME's list: the one for fewer architectures is taken, the other is found by its name", () => {
  const alike = findBase(shipped, { framework: "tensorflow", version: "1.15.4-nvidia" }, on("ampere"));
  expect(alike).toMatchObject({
    is: "found",
    row: { image: "docker.io/aimehub/tensorflow-1.15.4-nvidia-20.12" },
    also: [{ image: "docker.io/aimehub/tensorflow-1.15.4-nvidia" }],
  });
  expect(baseNamed(shipped, "tensorflow-1.15.4-nvidia", on("ampere")).image).toBe(
    "docker.io/aimehub/tensorflow-1.15.4-nvidia",
  );
});

test.each([
  ["the newest TensorFlow for Ampere is a row of several architectures", "tensorflow", "ampere", "2.14.0"],
  ["for Ada it is a newer one", "tensorflow", "ada", "2.16.1"],
  ["Hopper takes what is made for Ada", "tensorflow", "hopper", "2.16.1"],
  ["the newest PyTorch for Blackwell", "pytorch", "blackwell", "2.9.1"],
  ["for Ampere a variant is newer than the newest plain one", "pytorch", "ampere", "2.8.0-runpod"],
  ["for an AMD card", "pytorch", "rocm6", "2.6.0"],
])("%s", (_sentence, framework, gpu, version) => {
  expect(findBase(shipped, { framework }, on(gpu))).toMatchObject({ is: "found", row: { version } });
});

test.each([
  ["a version's beginning is the newest that begins so", "pytorch", "2.7", "ampere", "2.7.1"],
  ["the plain one counts before its variants", "pytorch", "2.8", "ada", "2.8.0"],
  ["a variant is named by its ending", "pytorch", "2.8-aime", "ada", "2.8.0-aime"],
  ["a variant stands in where the plain one can't run", "pytorch", "1.13.1", "ada", "1.13.1-aime"],
  ["an early release is named as it is", "pytorch", "1.14", "ada", "1.14.0a-nvidia"],
  ["1.1 is not 1.10 or 1.13", "pytorch", "1.1", "volta", "1.1.0"],
  ["one row may be called by fewer numbers than its image", "pytorch", "1.3", "volta", "1.3.0"],
  ["what needs no GPU is taken if it is asked for", "pytorch", "2.8-cpu", "ampere", "2.8.0-cpu"],
])("%s", (_sentence, framework, version, gpu, found) => {
  expect(findBase(shipped, { framework, version }, on(gpu))).toMatchObject({
    is: "found",
    row: { version: found },
  });
});

test("without a GPU the newest is one that needs none", () => {
  expect(findBase(shipped, { framework: "pytorch" }, on())).toMatchObject({
    row: { version: "2.8.0-cpu" },
  });
});

test("a version that isn't there brings the nearest, never the latest", () => {
  expect(findBase(shipped, { framework: "tensorflow", version: "2.99" }, on("ampere"))).toEqual({
    is: "unknown-version",
    framework: "TensorFlow",
    nearest: expect.arrayContaining(["2.9.0"]),
  });
  expect(findBase(shipped, { framework: "pytorch", version: "2.80" }, on("ada"))).toMatchObject({
    is: "unknown-version",
    nearest: expect.arrayContaining(["2.8.0"]),
  });
});

test.each(["latest", "", "2.x", "-aime", "../2.8", "2.8.0 ; rm"])("“%s” is no version", (version) => {
  expect(findBase(shipped, { framework: "pytorch", version }, on("ada")).is).toBe("unknown-version");
});

test("a version for other GPUs is refused with those that run here", () => {
  const found = findBase(shipped, { framework: "tensorflow", version: "2.16" }, on("ampere"));
  expect(found).toMatchObject({
    is: "cannot-run",
    row: { version: "2.16.1" },
    because: "It is made for Ada and Hopper GPUs; this server has Ampere.",
  });
  expect(found).toMatchObject({ nearest: expect.not.arrayContaining(["2.16.1"]) });
});

test("an old driver rules out what needs a newer one", () => {
  const old = { architectures: ["ampere"], driver: "550.127.05" };
  expect(newestDefault(shipped, old)).toMatchObject({ name: "pytorch-2.7.1-ampere" });
  expect(findBase(shipped, { framework: "pytorch", version: "2.8" }, old)).toMatchObject({
    is: "cannot-run",
    because: "Its CUDA 12.8.1 needs driver 570.124.06 or newer; this server has 550.127.05.",
  });
});

test("as long as the GPUs were not read nothing is refused for them", () => {
  const unread = { architectures: undefined, driver: undefined };
  expect(findBase(shipped, { framework: "tensorflow", version: "2.16" }, unread).is).toBe("found");
});

test.each([
  ["pytroch", /no framework called “pytroch”/, /Did you mean PyTorch\?/],
  ["tensorflow:2.99", /no TensorFlow 2.99 in the catalogue/, /Did you mean .*2\.9/],
  ["zzz", /no framework called “zzz”/, /There are PyTorch, TensorFlow, JAX/],
  [
    "tensorflow-2.16.1",
    /TensorFlow 2.16.1 can't be used here\. It is made for Ada/,
    /Take TensorFlow 2.14.0\./,
  ],
])("%s is refused in words", (typed, message, hint) => {
  const refused = thrown(() => baseNamed(shipped, typed, on("ampere")));
  expect(refused).toMatchObject({
    field: "framework",
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });
});

test.each(["pytorch", "PyTorch:2.8", "pytorch 2.8", "pytorch=2.8.0", "pytorch-2.8.0-ada"])(
  "%s is understood",
  (typed) => {
    expect(baseNamed(shipped, typed, on("ada")).framework).toBe("PyTorch");
  },
);

test("names can be typed and are each there once", () => {
  const catalogue: Catalogue = shipped;
  const names = catalogue.images.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => name.length > 40)).toEqual([]);
});

function thrown(work: () => unknown): Refusal {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("It was not refused.");
}
