import { expect, test } from "vitest";
import { weigh } from "./weigh.ts";

test.each([
  ["a whole GPU is 1", "NVIDIA A100-SXM4-40GB", undefined, 1],
  ["a slice is its sevenths", "NVIDIA A100-SXM4-40GB", "3g.20gb", 3 / 7],
  ["the largest slice is a whole", "NVIDIA H100 80GB HBM3", "7g.80gb", 1],
  ["a media slice weighs as the others", "NVIDIA H100 80GB HBM3", "1g.10gb+me", 1 / 7],
  ["a compute instance is the part of the slice it computes on", "NVIDIA H200", "1c.3g.71gb", 1 / 7],
  ["an A30 offers four", "NVIDIA A30", "2g.12gb", 2 / 4],
  ["so does an RTX PRO 6000", "NVIDIA RTX PRO 6000 Blackwell Server Edition", "1g.24gb", 1 / 4],
  ["an A3000 is no A30", "NVIDIA RTX A3000", "1g.5gb", 1 / 7],
  ["a profile nobody can read is never cheaper than the whole", "NVIDIA X", "large", 1],
])("%s", (_sentence, model, profile, weight) => {
  expect(weigh(model, profile)).toBeCloseTo(weight);
});
