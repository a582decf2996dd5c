import fc from "fast-check";
import { expect, test } from "vitest";
import { installedCommand, parseInstalled } from "./installed.ts";

test("folders of wheels become requirements, sorted and each once", () => {
  const output =
    "pip opencv_python_headless-4.10.0.84\npip einops-0.8.0\npip einops-0.8.0\npip ruamel.yaml-0.18.6\napt sl\napt libc6:amd64\n";
  expect(parseInstalled(output)).toEqual({
    pip: ["einops==0.8.0", "opencv-python-headless==4.10.0.84", "ruamel.yaml==0.18.6"],
    apt: ["libc6", "sl"],
  });
});

test("a version may have a local part and an epoch", () => {
  expect(parseInstalled("pip torch-2.8.0+cu128\npip odd-1!2.0rc1\n").pip).toEqual([
    "odd==1!2.0rc1",
    "torch==2.8.0+cu128",
  ]);
});

test.each([
  "pip einops",
  "pip -r-1.0",
  "pip a b-1.0",
  "pip $(touch x)-1.0",
  "pip ../../etc-1.0",
  "pip einops-latest",
  "pip einops-1.0; touch x",
  "pip einops-1.0 --index-url=http://x",
  "PIP einops-1.0",
  "apt -o=x",
  "apt a;b",
  "apt Sl",
  "apt ",
  "",
])("“%s” is no package", (line) => {
  expect(parseInstalled(line)).toEqual({ pip: [], apt: [] });
});

test("whatever is printed, what comes back is a short list of plain words", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string().map((text) => `pip ${text}`),
    fc.string().map((text) => `apt ${text}`),
  );
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 300 }), (lines) => {
      const { pip, apt } = parseInstalled(lines.join("\n"));
      expect(pip.length).toBeLessThanOrEqual(200);
      for (const line of pip) expect(line).toMatch(/^[A-Za-z0-9][A-Za-z0-9.-]*==[0-9][A-Za-z0-9.!+_]*$/);
      for (const name of apt) expect(name).toMatch(/^[a-z0-9][a-z0-9+.-]+$/);
    }),
  );
});

test("the instant is told in whole seconds", () => {
  expect(installedCommand(new Date(1_700_000_000_900)).at(-1)).toBe("1700000000");
});
