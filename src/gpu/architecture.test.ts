import { expect, test } from "vitest";
import { architectureOf, architectures } from "./architecture.ts";

/** As nvidia-smi prints them. */
test.each([
  ["NVIDIA A100-SXM4-40GB", "ampere"],
  ["NVIDIA A100 80GB PCIe", "ampere"],
  ["NVIDIA A100-PCIE-40GB", "ampere"],
  ["NVIDIA A800-SXM4-80GB", "ampere"],
  ["NVIDIA A10", "ampere"],
  ["NVIDIA A10G", "ampere"],
  ["NVIDIA A30", "ampere"],
  ["NVIDIA A40", "ampere"],
  ["NVIDIA RTX A6000", "ampere"],
  ["NVIDIA GeForce RTX 3090", "ampere"],
  ["NVIDIA GeForce RTX 3080 Ti Laptop GPU", "ampere"],
  ["NVIDIA H100 80GB HBM3", "hopper"],
  ["NVIDIA H100 PCIe", "hopper"],
  ["NVIDIA H100 NVL", "hopper"],
  ["NVIDIA H200", "hopper"],
  ["NVIDIA GH200 480GB", "hopper"],
  ["NVIDIA L40S", "ada"],
  ["NVIDIA L4", "ada"],
  ["NVIDIA RTX 6000 Ada Generation", "ada"],
  ["NVIDIA RTX 4000 SFF Ada Generation", "ada"],
  ["NVIDIA GeForce RTX 4080 SUPER", "ada"],
  ["NVIDIA B200", "blackwell"],
  ["NVIDIA GB200", "blackwell"],
  ["NVIDIA RTX PRO 6000 Blackwell Server Edition", "blackwell"],
  ["NVIDIA GeForce RTX 5090", "blackwell"],
  ["Tesla T4", "turing"],
  ["Quadro RTX 6000", "turing"],
  ["NVIDIA TITAN RTX", "turing"],
  ["NVIDIA GeForce RTX 2080 Ti", "turing"],
  ["NVIDIA GeForce GTX 1660 SUPER", "turing"],
  ["Tesla V100-SXM2-32GB", "volta"],
  ["NVIDIA TITAN V", "volta"],
  ["Tesla P100-PCIE-16GB", "pascal"],
  ["Tesla P40", "pascal"],
  ["NVIDIA GeForce GTX 1080 Ti", "pascal"],
])("%s is %s", (model, architecture) => {
  expect(architectureOf(model)).toBe(architecture);
});

test.each(["AMD Instinct MI300X", "NVIDIA PG999", "Something A1000B", ""])("%s says nothing", (model) => {
  expect(architectureOf(model)).toBeUndefined();
});

test("they stand in the order they came", () => {
  expect(architectures).toEqual(["pascal", "volta", "turing", "ampere", "ada", "hopper", "blackwell"]);
});
