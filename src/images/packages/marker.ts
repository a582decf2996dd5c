import type { Wrong } from "./line-problem.ts";

/** An environment marker of PEP 508, read and written out again in one form: `python_version >= "3.8" and os_name == "posix"`. */
export function readMarker(text: string): { marker: string } | { wrong: Wrong } {
  const words = split(text);
  if ("wrong" in words) return words;
  const reading: Reading = { words: words.words, at: 0, depth: 0 };
  const read = alternatives(reading);
  if ("wrong" in read) return read;
  const rest = reading.words[reading.at];
  if (rest !== undefined)
    return wrong(`The condition goes on with “${rest.text}” where nothing more can stand.`);
  return { marker: read.text };
}

type Word = { kind: "name" | "string" | "sign" | "word"; text: string };
type Reading = { words: Word[]; at: number; depth: number };
/** How tightly a part holds together decides where parentheses are needed. */
type Part = { text: string; holds: "or" | "and" | "tight" };

/** What a marker can ask about, with the older spellings that pip still reads. */
const names = new Map(
  [
    "python_version",
    "python_full_version",
    "os_name",
    "sys_platform",
    "platform_release",
    "platform_system",
    "platform_version",
    "platform_machine",
    "platform_python_implementation",
    "implementation_name",
    "implementation_version",
    "extra",
  ].map((name) => [name, name]),
);
for (const [old, name] of [
  ["os.name", "os_name"],
  ["sys.platform", "sys_platform"],
  ["platform.version", "platform_version"],
  ["platform.machine", "platform_machine"],
  ["platform.python_implementation", "platform_python_implementation"],
  ["python_implementation", "platform_python_implementation"],
] as const)
  names.set(old, name);

const comparisons = new Set(["<=", "<", "!=", "==", ">=", ">", "~=", "==="]);
const deepest = 20;
/** No quotes, no backslash, and no space before a dash or a hash sign: pip cuts its lines there before it reads them. */
const value = /^(?:[A-Za-z0-9._+*!,:()/@~-]+(?: [A-Za-z0-9._+*!,:()/@~][A-Za-z0-9._+*!,:()/@~-]*)*)?$/;

function split(text: string): { words: Word[] } | { wrong: Wrong } {
  const words: Word[] = [];
  const next = /\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z][A-Za-z0-9_.]*)|(===|[<>=!~]=|[<>()]))/y;
  const end = text.trimEnd().length;
  let at = 0;
  while (at < end) {
    next.lastIndex = at;
    const found = next.exec(text);
    if (!found) return wrong(`The condition can't be read from “${text.slice(at).trim().slice(0, 40)}” on.`);
    at = next.lastIndex;
    const [, double, single, word, sign] = found;
    const string = double ?? single;
    if (string !== undefined) {
      if (!value.test(string))
        return wrong(
          `“${string.slice(0, 40)}” can't be compared with: it has signs in it that no version or platform has.`,
        );
      words.push({ kind: "string", text: `"${string}"` });
    } else if (word !== undefined) {
      const name = names.get(word);
      words.push(name === undefined ? { kind: "word", text: word } : { kind: "name", text: name });
    } else words.push({ kind: "sign", text: sign ?? "" });
  }
  return { words };
}

function alternatives(reading: Reading): Part | { wrong: Wrong } {
  return joined(reading, "or", (inner) => joined(inner, "and", one));
}

function joined(
  reading: Reading,
  by: "or" | "and",
  part: (reading: Reading) => Part | { wrong: Wrong },
): Part | { wrong: Wrong } {
  const parts: Part[] = [];
  for (;;) {
    const read = part(reading);
    if ("wrong" in read) return read;
    parts.push(read);
    if (reading.words[reading.at]?.text !== by || reading.words[reading.at]?.kind !== "word") break;
    reading.at += 1;
  }
  const [first] = parts;
  if (first && parts.length === 1) return first;
  const texts = parts.map(({ text, holds }) => (by === "and" && holds === "or" ? `(${text})` : text));
  return { text: texts.join(` ${by} `), holds: by };
}

function one(reading: Reading): Part | { wrong: Wrong } {
  const word = reading.words[reading.at];
  if (word?.kind === "sign" && word.text === "(") {
    reading.at += 1;
    reading.depth += 1;
    if (reading.depth > deepest) return wrong("The condition has too many parentheses in one another.");
    const inner = alternatives(reading);
    if ("wrong" in inner) return inner;
    if (reading.words[reading.at]?.text !== ")")
      return wrong("A parenthesis in the condition is not closed.");
    reading.at += 1;
    reading.depth -= 1;
    return inner;
  }
  const left = side(reading);
  if ("wrong" in left) return left;
  const comparison = compare(reading);
  if ("wrong" in comparison) return comparison;
  const right = side(reading);
  if ("wrong" in right) return right;
  return { text: `${left.text} ${comparison.text} ${right.text}`, holds: "tight" };
}

function side(reading: Reading): { text: string } | { wrong: Wrong } {
  const word = reading.words[reading.at];
  if (word === undefined) return wrong("The condition ends too early.");
  if (word.kind === "word")
    return wrong(
      `“${word.text.slice(0, 40)}” is nothing a condition can ask about.`,
      `There are ${[...new Set(names.values())].join(", ")}; what they are compared with stands in quotes.`,
    );
  if (word.kind === "sign") return wrong(`“${word.text}” stands where a name or a text in quotes should.`);
  reading.at += 1;
  return word;
}

function compare(reading: Reading): { text: string } | { wrong: Wrong } {
  const [word, next] = [reading.words[reading.at], reading.words[reading.at + 1]];
  if (word?.kind === "sign" && comparisons.has(word.text)) {
    reading.at += 1;
    return word;
  }
  if (word?.kind === "word" && word.text === "in") {
    reading.at += 1;
    return word;
  }
  if (word?.kind === "word" && word.text === "not" && next?.kind === "word" && next.text === "in") {
    reading.at += 2;
    return { text: "not in" };
  }
  return wrong(
    word === undefined
      ? "The condition ends too early."
      : `“${word.text.slice(0, 40)}” stands where a comparison such as >= should.`,
  );
}

function wrong(
  sentence: string,
  instead = 'Write a condition such as python_version >= "3.8".',
): { wrong: Wrong } {
  return { wrong: { sentence, instead } };
}
