import { expect, test } from "vitest";
import { readPipLines } from "./pip.ts";

const strict = { allowUrls: false };

test("lines become canonical; comments, empty lines, a byte order mark and Windows' line ends are nobody's fault", () => {
  const text =
    '\uFEFF# für alle\r\nNumPy <2 # älter\r\n\r\ntorch>=2.0; python_version>="3.8"\r\n  PyYAML\r\nnumpy<2\r\n';
  expect(readPipLines(text, strict)).toEqual({
    lines: ["numpy<2", 'torch>=2.0; python_version >= "3.8"', "pyyaml"],
  });
});

test("everything wrong is told at once, each at its line, with what to write instead", () => {
  const text =
    "numpy\n-r other.txt\n\nnumpy 1.26\n./mine\ngit+https://example.org/x.git\nname --hash=sha256:00\n${HOME}\na \\\n";
  const read = readPipLines(text, strict);
  expect("problems" in read && read.problems.map(({ line, text }) => [line, text])).toEqual([
    [2, "-r other.txt"],
    [4, "numpy 1.26"],
    [5, "./mine"],
    [6, "git+https://example.org/x.git"],
    [7, "name --hash=sha256:00"],
    [8, "${HOME}"],
    [9, "a \\"],
  ]);
  for (const { sentence, instead } of "problems" in read ? read.problems : []) {
    expect(sentence).toMatch(/^[A-Z“-].*\.$/);
    expect(instead).toMatch(/^[A-Z].*[.:`]/);
  }
});

test.each([
  ["--index-url https://example.org/simple", /admin's setting/],
  ["-i https://example.org/simple", /admin's setting/],
  ["--extra-index-url=https://download.pytorch.org/whl/cu126", /admin's setting/],
  ["-e .", /released version/],
  ["-c constraints.txt", /versions behind/],
  ["--pre", /name==2\.0rc1/],
  ["--no-binary :all:", /Leave it out/],
])("the option %s is refused with what to do instead", (line, instead) => {
  expect(readPipLines(line, strict)).toMatchObject({
    problems: [{ instead: expect.stringMatching(instead) }],
  });
});

test("the same package twice is told, unless it is for two different cases or says the same", () => {
  expect(readPipLines("numpy<2\nNumPy>=2", strict)).toMatchObject({
    problems: [{ line: 2, sentence: "numpy stands in line 1 too, as “numpy<2”." }],
  });
  const cases = 'numpy<2; python_version < "3.9"\nnumpy>=2; python_version >= "3.9"';
  expect(readPipLines(cases, strict)).toEqual({ lines: cases.split("\n") });
});

test("an address is an admin's to allow", () => {
  const line = "x @ https://example.org/x-1.0-py3-none-any.whl";
  expect(readPipLines(line, { allowUrls: true })).toEqual({ lines: [line] });
  expect(readPipLines(line, strict)).toMatchObject({
    problems: [{ instead: expect.stringMatching(/^Write x,/) }],
  });
});

test.each([
  ["рandas", /U\+0440/, /“pandas”/],
  ["numpy\u00a0<2", /no plain space/, /“numpy <2”/],
  ["num\u200bpy", /can't be seen \(U\+200B\)/, /“numpy”/],
  ["torch; python_version>=“3.8”", /typographic/, /“torch; python_version>="3\.8"”/],
  ["numpy≥2", /U\+2265/, /“numpy>=2”/],
  ["nump\u0301y", /U\+0301/, /“numpy”/],
  ["包", /U\+5305/, /Type the line anew/],
])(
  "%j looks like something else: the character is named, and what was meant if it can be guessed",
  (line, sentence, instead) => {
    expect(readPipLines(line, strict)).toMatchObject({
      problems: [{ sentence: expect.stringMatching(sentence), instead: expect.stringMatching(instead) }],
    });
  },
);

test("what can't be seen is written out where the line is shown", () => {
  const read = readPipLines("numpy\u202eevil\u0007", strict);
  expect("problems" in read && read.problems[0]?.text).toBe("numpy\\u{202e}evil\\u{7}");
});

test("there are limits, and they are told", () => {
  const many = Array.from({ length: 501 }, (_, i) => `a${i}`).join("\n");
  expect(readPipLines(many, strict)).toMatchObject({
    problems: [{ line: 501, sentence: "These are more than 500 lines." }],
  });
  expect(readPipLines(`a\n${"b".repeat(1_001)}`, strict)).toMatchObject({ problems: [{ line: 2 }] });
  expect(readPipLines("a\n".repeat(30_000), strict)).toMatchObject({ problems: [{ line: 1 }] });
});
