import { type Copy, DockerfileParser, type From, Keyword, ModifiableInstruction } from "dockerfile-ast";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Refusal } from "../../src/errors.ts";
import { parseCatalogue } from "../../src/images/catalogue.ts";
import { allowedBases, judgeDockerfile } from "../../src/images/dockerfile/judge.ts";
import { writeDockerfile } from "../../src/images/dockerfile/write.ts";
import { checkImageName } from "../../src/images/names.ts";
import { readPipLines } from "../../src/images/packages/pip.ts";
import { type ImageWish, recipeFrom } from "../../src/images/recipe.ts";
import type { BaseFacts, Recipe } from "../../src/ledger/image-tables.ts";
import { defaultPolicy } from "../../src/policy/policy.ts";
import { type Hostile, hostileCorpus } from "./hostile-corpus.ts";

const policy = defaultPolicy();
const trusting = { ...policy, pip: { index_url: null, allow_urls: true } };
const catalogue = parseCatalogue(
  'images:\n  - { name: python-3.12, framework: Python, version: "3.12", image: "docker.io/library/python:3.12-bookworm" }\n',
);
const allowed = allowedBases(policy, catalogue);
const facts: BaseFacts = {
  os: "debian",
  osName: "Debian 12",
  missing: [],
  python: "3.12.1",
  cuda: "12.8",
  pip: ["numpy==2.1.0", "torch==2.8.0+cu128"],
  hasVenv: true,
  hasSshd: false,
  lacks: ["openssh-server", "rsync", "sudo"],
};
const corpus = hostileCorpus();

test("the corpus has more than five hundred cases, each of its own and with a canary of its own", () => {
  expect(corpus.length).toBeGreaterThan(500);
  expect(new Set(corpus.map(({ id }) => id)).size).toBe(corpus.length);
  expect(new Set(corpus.map(({ canary }) => canary)).size).toBe(corpus.length);
  const texts = corpus.map(({ into, text, canary }) => `${into}: ${text.replaceAll(canary, "")}`);
  expect(new Set(texts).size).toBeGreaterThan(500);
});

/** What is accepted, as nothing but words, is known by name: a rule that gets weaker is seen here. */
const asWords: [Hostile["into"], string[]][] = [
  ["pip", ["pip-history-in-marker", "pip-comment-behind-marker", "pip-comment-tab-behind-marker"]],
  ["apt", ["apt-comment-behind-name", "apt-comment-tab-behind-name"]],
  ["base", []],
  ["sets", []],
  ["dockerfile", [79, 91, 92, 93, 115, 116].map((n) => `dockerfile-line-${n}`)],
];

test.each(asWords)(
  "into %s: each is refused in words at that field, or nothing of it comes near a command",
  (into, harmless) => {
    const accepted: string[] = [];
    for (const hostile of corpus.filter((one) => one.into === into)) {
      for (const rules of [policy, trusting]) {
        const recipe = recipeOrRefusal(rules, hostile);
        if (recipe instanceof Refusal) {
          expect(recipe.field, hostile.id).toBe(into);
          expect(recipe.message.length, hostile.id).toBeLessThanOrEqual(150);
          expect(recipe.message, hostile.id).toMatch(/^[A-Z“][^\n]*\.$/);
        } else {
          if (rules === policy) accepted.push(hostile.id);
          expectLiteral(recipe);
        }
      }
    }
    expect(accepted).toEqual(harmless);
  },
);

test("no such name is the name of an image", () => {
  for (const { id, text } of corpus.filter(({ into }) => into === "name"))
    expect(() => checkImageName(text), id).toThrow(Refusal);
});

test("a Dockerfile that is accepted reaches nothing but its own build, whoever reads it", () => {
  for (const { id, text } of corpus.filter(({ into }) => into === "dockerfile")) {
    const judged = judgeDockerfile(text, { allowed, context: true });
    if ("text" in judged) expectHarmless(judged.text, id);
    else for (const { sentence } of judged.problems) expect(sentence, id).toMatch(/^[A-Z“][^\n]*[.]$/);
  }
});

test("any text at all behind a Dockerfile's first line is refused or harmless", () => {
  const word = fc.constantFrom(
    ...[
      "FROM",
      "RUN",
      "COPY",
      "ADD",
      "ONBUILD",
      "ubuntu",
      "AS",
      "own",
      "--from=ubuntu",
      "--from=own",
      "--network=host",
    ],
    ...[
      "--mount=type=ssh",
      "http://127.0.0.1/",
      "\\\n",
      "\\\\\n",
      "\n",
      "\r\n",
      "\r",
      "#",
      "# escape=`\n",
      "<<EOF",
      "EOF",
    ],
    ...[
      "$X",
      "${X}",
      '"',
      "'",
      "[",
      "]",
      ",",
      " ",
      "\t",
      "\u00a0",
      "\u2028",
      "\u200b",
      "`",
      "/a",
      "x",
      "docker.io/aimehub/x",
    ],
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(word, { maxLength: 14 }), fc.constantFrom("", " "), (words, between) => {
      const text = `FROM docker.io/aimehub/x AS own\n${words.join(between)}`;
      const judged = judgeDockerfile(text, { allowed, context: true });
      if (!("text" in judged)) return;
      accepted += 1;
      expectHarmless(judged.text, text);
    }),
    { numRuns: 6_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

const names = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,12}[A-Za-z0-9])?$/);
const versions = fc.constantFrom(
  "",
  "<2",
  ">=1.0,<2",
  "==2.*",
  "~=1.4",
  "!=1.3",
  "===odd-one",
  " == 1.0+cu128",
);
const markers = fc.constantFrom(
  "",
  '; python_version >= "3.8"',
  "; (os_name=='nt' or extra=='x') and sys_platform!='y z'",
);
const extras = fc.constantFrom("", "[a]", "[a, B]", "[]");
const requirement = fc.tuple(names, extras, versions, markers).map((parts) => parts.join(""));
const aptName = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,12}$/);
const anyText = fc.oneof(
  fc.constantFrom(...corpus.map(({ text }) => text)),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const wishes: fc.Arbitrary<ImageWish> = fc.record({
  base: fc.constantFrom(
    { catalogue: "python-3.12" },
    { dockerfile: "FROM docker.io/aimehub/x\nRUN touch /x", context: false },
  ),
  sets: fc.subarray(Object.keys(policy.package_sets)),
  pip: fc
    .array(fc.oneof({ weight: 8, arbitrary: requirement }, anyText), { maxLength: 8 })
    .map((all) => all.join("\n")),
  apt: fc
    .array(fc.oneof({ weight: 8, arbitrary: aptName }, anyText), { maxLength: 8 })
    .map((all) => all.join("\n")),
});

test("every recipe that is accepted becomes exactly the intended instructions, with its words in the lists only", () => {
  let accepted = 0;
  fc.assert(
    fc.property(wishes, (wish) => {
      let recipe: Recipe;
      try {
        recipe = recipeFrom(policy, catalogue, wish);
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
        return;
      }
      accepted += 1;
      expectLiteral(recipe);
    }),
    { numRuns: 1_500 },
  );
  expect(accepted).toBeGreaterThan(200);
});

test("what was read once is read as itself again", () => {
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 6 }), (lines) => {
      const read = readPipLines(lines.join("\n"), { allowUrls: false });
      if ("lines" in read) expect(readPipLines(read.lines.join("\n"), { allowUrls: false })).toEqual(read);
    }),
    { numRuns: 500 },
  );
});

function recipeOrRefusal(rules: typeof policy, { into, text }: Hostile): Recipe | Refusal {
  const wish: ImageWish = { base: { catalogue: "python-3.12" }, sets: [], pip: "", apt: "" };
  const hostile: Partial<ImageWish> =
    into === "base"
      ? { base: { catalogue: text } }
      : into === "dockerfile"
        ? { base: { dockerfile: text, context: true } }
        : { [into]: into === "sets" ? [text] : text };
  try {
    return recipeFrom(rules, catalogue, { ...wish, ...hostile });
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** The instructions are those of any recipe of this shape, to the byte; the words are lines of files, one a line. */
function expectLiteral(recipe: Recipe): void {
  const order = { facts, baseRef: "berth-base:0123456789ab", settings: policy, memberId: 7 };
  const { dockerfile, files } = writeDockerfile({ recipe, ...order });
  const plain = { ...recipe, pip: recipe.pip.map(() => "a"), apt: recipe.apt.map(() => "aa") };
  expect(dockerfile).toBe(writeDockerfile({ recipe: plain, ...order }).dockerfile);

  const layers = (kind: "pip" | "apt") =>
    [...recipe.sets, recipe].filter((one) => one[kind].length > 0).length;
  const runs = (count: number) => Array.from({ length: count }, () => "RUN");
  const read = DockerfileParser.parse(dockerfile).getInstructions();
  expect(read.map((one) => one.getKeyword())).toEqual([
    ...["FROM", "USER", "SHELL", "STOPSIGNAL", "HEALTHCHECK", "ARG"],
    ...runs(1 + layers("apt") + 1),
    "ENV",
    ...runs(layers("pip") + 1),
  ]);
  expect((read[0] as From).getImage()).toBe("berth-base:0123456789ab");
  for (const one of read.filter((one) => one.getKeyword() === "RUN"))
    expect((one as ModifiableInstruction).getFlags().map((flag) => flag.getName())).toSatisfy(
      (flags: string[]) => flags.every((name) => name === "mount"),
    );

  const list = (path: string) => files.get(path)?.split("\n").slice(0, -1) ?? [];
  expect(list("pip-own/requirements.txt")).toEqual(recipe.pip);
  expect(list("apt-own/packages.txt")).toEqual(recipe.apt);
  for (const line of recipe.pip)
    expect(line).toMatch(
      /^[a-z0-9][a-z0-9-]*(\[[a-z0-9,-]+\])?( @ https:\/\/[^\s$\\]+|[<>=!~][^\s$\\]*)?( ?; [^$\\\n]*)?$/,
    );
  for (const line of recipe.apt)
    expect(line).toMatch(/^[a-z0-9][a-z0-9+.-]*[a-z0-9+.](:[a-z0-9]+)?(=[0-9][A-Za-z0-9.+~:-]*)?$/);
}

/** By the parser's own reading, with nothing of ours in between. */
function expectHarmless(text: string, what: string): void {
  const dockerfile = DockerfileParser.parse(text);
  expect(dockerfile.getDirectives(), what).toEqual([]);
  const stages: (string | null)[] = [];
  for (const one of dockerfile.getInstructions()) {
    const keyword = one.getKeyword();
    expect(["ONBUILD", "VOLUME"], what).not.toContain(keyword);
    expect(Object.values(Keyword), what).toContain(keyword);
    const flags = one instanceof ModifiableInstruction ? one.getFlags() : [];
    if (keyword === "FROM") {
      const from = one as From;
      const image = from.getImage() ?? "";
      expect(flags, what).toEqual([]);
      const isOwn = stages.includes(image) || image === "scratch";
      if (!isOwn)
        expect(image, what).toMatch(
          /^((docker\.io\/)?aimehub\/|nvcr\.io\/nvidia\/|(docker\.io\/library\/)?python\b)/,
        );
      stages.push(from.getBuildStage());
    }
    if (keyword === "RUN") expect(flags, what).toEqual([]);
    if (keyword === "COPY" || keyword === "ADD") {
      const from = (one as Copy).getFlags().find((flag) => flag.getName() === "from");
      if (from)
        expect([...stages.slice(0, -1), ...stages.slice(0, -1).map((_, i) => String(i))], what).toContain(
          from.getValue(),
        );
    }
    if (keyword === "ADD") expect(one.getRawArgumentsContent(), what).not.toMatch(/:|@|\$/);
    expect(one.getRange().start.line, what).toBe(one.getRange().end.line);
  }
}
