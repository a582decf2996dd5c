import type { Wrong } from "../packages/line-problem.ts";
import { isListOfWords, type Judging, judgeHeredoc } from "./judging.ts";

/**
 * COPY and ADD: files of the project, or of an earlier stage, and nothing else. An address behind ADD would be fetched by
 * the engine itself, which reaches what the build can't; a `--from` that is no stage of its own would be any image there is.
 */
export function judgeCopy(keyword: "COPY" | "ADD", rest: string, judging: Judging): Wrong | undefined {
  const found = /^((?:--\S*\s+)*)(.*)$/.exec(rest);
  const flags = (found?.[1] ?? "").split(/\s+/).filter(Boolean);
  const files = found?.[2] ?? "";
  let from: string | undefined;
  for (const flag of flags) {
    const [, name = "", value] = /^--([a-z-]+)(?:=(.*))?$/.exec(flag) ?? [];
    const wrong = judgeFlag(keyword, flag, name, value, judging);
    if (wrong) return wrong;
    if (name !== "from") continue;
    if (from !== undefined) return { sentence: "There are two --from.", instead: "Keep one of them." };
    from = value;
  }
  const words = wordsOf(files);
  if ("sentence" in words) return words;
  if (words.length < 2)
    return { sentence: `${keyword} needs what and where to.`, instead: `Write ${keyword} file /where/to/.` };
  const wrong = judgeHeredoc(files) ?? (keyword === "ADD" ? judgeAdded(words) : undefined);
  if (wrong) return wrong;
  if (from !== undefined) return undefined;
  judging.copies = true;
  if (judging.context) return undefined;
  return {
    sentence: `${keyword} copies files of the project, and none were given along.`,
    instead: "Let it use the project's folder, or leave the line out.",
  };
}

function judgeFlag(
  keyword: "COPY" | "ADD",
  flag: string,
  name: string,
  value: string | undefined,
  { stages }: Judging,
): Wrong | undefined {
  const isPlain =
    (name === "chown" && /^[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)?$/.test(value ?? "")) ||
    (name === "chmod" && /^[0-7]{3,4}$/.test(value ?? "")) ||
    (name === "link" && (value === undefined || value === "true" || value === "false"));
  if (isPlain) return undefined;
  if (name !== "from" || keyword === "ADD")
    return {
      sentence: `${keyword} can't be given “${flag.slice(0, 60)}”.`,
      instead: "Leave it out; --chown, --chmod and --from a stage are fine.",
    };
  const earlier = stages.slice(0, -1);
  const isOwn =
    value !== undefined &&
    (earlier.includes(value) || (/^(0|[1-9]\d?)$/.test(value) && Number(value) < earlier.length));
  if (isOwn) return undefined;
  return {
    sentence: `“${(value ?? "").slice(0, 60)}” is no earlier stage of this Dockerfile, and files can't be copied from other images.`,
    instead: "Begin a stage with FROM image AS name, and copy from that name.",
  };
}

/** Sources and, last, where to. Either a list in double quotes or plain words: nothing that two builders could cut differently. */
function wordsOf(files: string): string[] | Wrong {
  if (files.startsWith("--"))
    return { sentence: "This can't be read.", instead: "Put what it copies behind the options." };
  if (files.startsWith("[")) {
    if (isListOfWords(files)) return JSON.parse(files) as string[];
    return {
      sentence: "The list can't be read.",
      instead: 'Write ["file", "/where/to/"], in double quotes.',
    };
  }
  if (/["'\\`]/.test(files))
    return {
      sentence: "Quotes and backslashes can't stand here.",
      instead: 'For names with spaces write a list: ["my file", "/where/to/"].',
    };
  return files.split(/[ \t]+/).filter(Boolean);
}

function judgeAdded(words: readonly string[]): Wrong | undefined {
  const instead = "Fetch it with RUN curl, or put it into the project and COPY it.";
  if (words.some((one) => one.includes("$")))
    return { sentence: "What stands behind ADD must be written out, without variables.", instead };
  const isFile = (one: string) =>
    /^[^:@]+$/.test(one) && !/^\/*[^/]*\.[a-z]{2,}\/.*(\.git|#)|^github\.com\//i.test(one);
  if (words.every(isFile)) return undefined;
  return { sentence: "ADD can't fetch from an address.", instead };
}
