import { expect, test } from "vitest";
import {
  CatalogueProblems,
  findHouseImage,
  houseImages,
  parseCatalogue,
  readCatalogue,
} from "./catalogue.ts";

const text = `images:
  - { name: pytorch-2.8, framework: PyTorch, version: "2.8.0", image: docker.io/aimehub/pytorch-2.8.0-cuda12.6.3 }
  - { name: lab-1, framework: Python, version: "3.12", image: "berth-demo:latest", house: true }
  - { name: lab-2, framework: Python, version: "3.13", image: "registry.example.org:5000/lab:2", house: true }
`;

test("the shipped catalogue can be read and has something to deploy", async () => {
  const catalogue = await readCatalogue("policy.yaml", "catalogue.yaml");
  expect(houseImages(catalogue).length).toBeGreaterThan(0);
});

test("a house image is found by its name, whatever the case", () => {
  expect(findHouseImage(parseCatalogue(text), "Lab-1")).toMatchObject({
    is: "found",
    row: { image: "berth-demo:latest" },
  });
});

test.each([
  ["a misspelt name brings the nearest, never another image", "lab-11", ["lab-1", "lab-2"]],
  ["a base that is no house image can't be deployed as it is", "pytorch-2.8", []],
])("%s", (_sentence, name, nearest) => {
  expect(findHouseImage(parseCatalogue(text), name)).toEqual({ is: "unknown", nearest });
});

test.each([
  [
    "a version without quotes is refused: YAML would read 2.10 as 2.1",
    "images:\n  - { name: a, framework: F, version: 2.10, image: x }",
    2,
    /images\[1\]\.version is 2\.1; it must be a version in quotes/,
  ],
  [
    "an image with a space in it is no image",
    'images:\n  - { name: a, framework: F, version: "1", image: "x; rm" }',
    2,
    /images\[1\]\.image/,
  ],
  [
    "two rows of one name are refused",
    'images:\n  - { name: a, framework: F, version: "1", image: x }\n  - { name: a, framework: F, version: "2", image: y }',
    3,
    /Two images are called a/,
  ],
  [
    "an unknown key names the nearest",
    'images:\n  - { name: a, framework: F, version: "1", image: x, hause: true }',
    2,
    /Did you mean house/,
  ],
])("%s", (_sentence, yaml, line, sentence) => {
  expect(() => parseCatalogue(yaml)).toThrow(CatalogueProblems);
  try {
    parseCatalogue(yaml);
  } catch (error) {
    expect((error as CatalogueProblems).problems[0]).toMatchObject({
      line,
      sentence: expect.stringMatching(sentence),
    });
  }
});
