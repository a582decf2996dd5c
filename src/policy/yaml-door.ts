import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { listed } from "../sentence.ts";
import { nearest } from "./nearest.ts";

export type FileProblem = {
  /** 1 is the first line; undefined where a line would say nothing. */
  line: number | undefined;
  /** `groups.student.max_containers` */
  key: string;
  /** A full sentence. */
  sentence: string;
};

/** Everything wrong with an admin's file, each with its line, in words. Nothing of the file counts. */
export class FileProblems extends Error {
  override readonly name: string = "FileProblems";
  readonly problems: readonly FileProblem[];

  constructor(file: string, problems: readonly FileProblem[]) {
    super(
      problems
        .map(({ line, sentence }) => `${file}${line === undefined ? "" : `, line ${line}`}: ${sentence}`)
        .join("\n"),
    );
    this.problems = problems;
  }
}

type Path = readonly PropertyKey[];

/** Where a file's keys stand, so that a rule that looks at several of them can name the line too. */
export type Place = (path: Path) => number | undefined;

/** The one way a YAML file comes in: syntax, then the schema; every problem at once, none but with its line. */
export function throughYaml<T>(
  schema: z.ZodType<T>,
  text: string,
): { value: T; place: Place } | { problems: FileProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((error) => ({
        line: lines.linePos(error.pos[0]).line,
        key: "",
        sentence: `This is not YAML: ${firstLine(error.message)}.`,
      })),
    };
  }
  const place: Place = (path) => lineOf(document, lines, path);
  const given = withoutEmptyKeys(document.toJS({ maxAliasCount: 50 }) ?? {});
  const parsed = schema.safeParse(given, { reportInput: true });
  if (parsed.success) return { value: parsed.data, place };
  const keysAt = (path: Path) => knownKeys(schema, path);
  const problems = parsed.error.issues.flatMap((issue) => inWords(issue, given, place, keysAt));
  return { problems: problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

/** `data_mounts:` with nothing behind it at the top of a file means "as shipped": people leave keys empty. */
function withoutEmptyKeys(given: unknown): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

type Issue = z.core.$ZodIssue;

function inWords(
  issue: Issue,
  given: unknown,
  place: Place,
  keysAt: (path: Path) => string[],
): FileProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const near = nearest(key, keysAt(issue.path)).slice(0, 1);
      const hint = near.length > 0 ? ` Did you mean ${near[0]}?` : "";
      return { line: place(path), key: dotted(path), sentence: `There is no key ${dotted(path)}.${hint}` };
    });
  }
  if (issue.code === "invalid_key") {
    const words = issue.issues[0]?.message ?? "another name";
    return [
      {
        line: place(issue.path),
        key: dotted(issue.path),
        sentence: `The name of ${dotted(issue.path)} must be ${words}.`,
      },
    ];
  }
  const value = at(given, issue.path);
  const key = dotted(issue.path);
  const subject = key === "" ? "The file" : key;
  const found = value === undefined ? "is missing" : `is ${shown(value)}`;
  return [{ line: place(issue.path), key, sentence: `${subject} ${found}; it must be ${wanted(issue)}.` }];
}

function wanted(issue: Issue): string {
  switch (issue.code) {
    case "custom":
      return issue.message;
    case "invalid_value":
      return listed(
        issue.values.map((value) => String(value)),
        "or",
      );
    case "invalid_type":
      return (
        { object: "a block of keys", array: "a list", record: "a block of keys", string: "text" }[
          issue.expected as string
        ] ?? `a ${issue.expected}`
      );
    default:
      return issue.message;
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function dotted(path: Path): string {
  return path
    .map((step, i) => (typeof step === "number" ? `[${step + 1}]` : `${i > 0 ? "." : ""}${String(step)}`))
    .join("");
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, step) => (inner as Record<PropertyKey, unknown> | undefined)?.[step],
    value,
  );
}

/** The keys a schema knows at a path: what a misspelt one is compared with. */
function knownKeys(schema: unknown, path: Path): string[] {
  const inner = unwrapped(schema);
  const [step, ...rest] = path;
  if (step === undefined) return Object.keys(inner.shape ?? {});
  return knownKeys(inner.shape?.[step as string] ?? inner.valueType ?? inner.element, rest);
}

type Definition = { shape?: Record<string, unknown>; valueType?: unknown; element?: unknown };

function unwrapped(schema: unknown, depth = 0): Definition {
  const definition = (schema as { def?: Definition & { innerType?: unknown } } | undefined)?.def;
  if (definition === undefined) return {};
  return definition.innerType !== undefined && depth < 10
    ? unwrapped(definition.innerType, depth + 1)
    : definition;
}

/** The line of the key at the path, or of the nearest thing around it that is written down. */
function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (pair === undefined) break;
      offset = isScalar(pair.key) ? pair.key.range?.[0] : offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = (node as { range?: [number] } | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, "").replace(/\.$/, "");
}
