import { DockerfileParser, type Instruction, ModifiableInstruction } from "dockerfile-ast";
import type { Policy } from "../../policy/keys.ts";
import { nearest } from "../../policy/nearest.ts";
import { listed } from "../../sentence.ts";
import type { Catalogue } from "../catalogue.ts";
import { type LineProblem, problemAt, type Wrong } from "../packages/line-problem.ts";
import { judgeCopy } from "./judge-copy.ts";
import { type AllowedBases, isListOfWords, type Judging, judgeHeredoc } from "./judging.ts";
import { type LogicalLine, logicalLines } from "./logical-lines.ts";
import { readReference } from "./reference.ts";

export function allowedBases(
  policy: Pick<Policy, "registries" | "image_prefix">,
  catalogue: Catalogue,
): AllowedBases {
  return {
    registries: policy.registries,
    images: catalogue.images.map(({ image }) => image),
    imagePrefix: policy.image_prefix,
  };
}

export type JudgedDockerfile =
  | {
      /** What is to be built instead of the text as typed: the same instructions, one a line, without comments. */
      text: string;
      /** The images it stands on, as written, each once; without `scratch` and its own stages. */
      bases: string[];
      /** It copies files of the build context. */
      copies: boolean;
    }
  | { problems: LineProblem[] };

/**
 * A member's own Dockerfile, judged in its parsed form. What could reach beyond its own build (other images, addresses,
 * mounts, the host's network) is refused, and so is whatever two readers could read differently; all problems at once.
 * `context`: there are files of the project to copy.
 */
export function judgeDockerfile(
  text: string,
  rules: { allowed: AllowedBases; context: boolean },
): JudgedDockerfile {
  const { lines, problems } = logicalLines(text);
  const judging: Judging = { ...rules, stages: [], bases: [], copies: false };
  for (const one of lines) {
    const wrong = judgeInstruction(one, judging);
    if (wrong) problems.push(problemAt(one.line, `${one.keyword} ${one.rest}`, wrong));
  }
  if (judging.stages.length === 0 && problems.length === 0)
    problems.push(
      problemAt(1, "", {
        sentence: "There is no FROM, so it stands on nothing.",
        instead: fromHint(rules.allowed),
      }),
    );
  if (problems.length > 0) return { problems: problems.sort((a, b) => a.line - b.line) };

  const plain = `${lines.map(({ keyword, rest }) => `${keyword} ${rest}`.trimEnd()).join("\n")}\n`;
  const otherwise = readOtherwise(plain, lines);
  if (otherwise) return { problems: [otherwise] };
  return { text: plain, bases: [...new Set(judging.bases)], copies: judging.copies };
}

const known = new Set([
  ...["FROM", "ARG", "RUN", "COPY", "ADD", "LABEL", "SHELL", "VOLUME", "ONBUILD"],
  // Those that say only what is in the image itself.
  ...["CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR"],
]);
/** Those that can have options. */
const modifiable = new Set(["FROM", "COPY", "ADD", "RUN", "HEALTHCHECK"]);

function judgeInstruction(one: LogicalLine, judging: Judging): Wrong | undefined {
  const { keyword, rest } = one;
  if (!known.has(keyword)) return unknown(keyword);
  if (keyword !== "FROM" && keyword !== "ARG" && judging.stages.length === 0)
    return { sentence: `${keyword} stands before the first FROM.`, instead: "Begin with FROM." };
  if (rest === "")
    return {
      sentence: `${keyword} needs something behind it.`,
      instead: "Complete the line, or leave it out.",
    };
  switch (keyword) {
    case "FROM":
      return judgeFrom(rest, judging);
    case "RUN":
      return judgeRun(rest);
    case "COPY":
    case "ADD":
      return judgeCopy(keyword, rest, judging);
    case "LABEL":
      return judgeLabel(rest);
    case "ARG":
      return /^[A-Za-z_][A-Za-z0-9_]*(?:=.*)?$/.test(rest) || judging.stages.length > 0
        ? undefined
        : { sentence: "Before FROM, ARG can have one plain name.", instead: "Write ARG NAME=value." };
    case "SHELL":
      return isListOfWords(rest)
        ? undefined
        : { sentence: "SHELL needs a list in double quotes.", instead: 'Write SHELL ["/bin/bash", "-c"].' };
    case "VOLUME":
      return {
        sentence: "VOLUME would put files where nobody finds them again.",
        instead: "Leave it out: what should stay belongs in /workspace, which is always there.",
      };
    case "ONBUILD":
      return {
        sentence: "ONBUILD is for images that others build on.",
        instead: "Write the instruction without ONBUILD.",
      };
  }
  return undefined;
}

function unknown(keyword: string): Wrong {
  const near = nearest(keyword, [...known]);
  return {
    sentence: `${keyword.slice(0, 30)} is no instruction of a Dockerfile.`,
    instead:
      near.length > 0 ? `Did you mean ${listed(near, "or")}?` : "A line that goes on ends with a backslash.",
  };
}

function judgeFrom(rest: string, judging: Judging): Wrong | undefined {
  const { allowed, stages } = judging;
  // Counted even if it is refused, so that what comes after it is not blamed for that.
  const [, flags = "", image = "", name] = /^((?:--\S*\s+)*)(\S+)(?:\s+[Aa][Ss]\s+(\S+))?$/.exec(rest) ?? [];
  const earlier = stages.slice();
  stages.push(name);
  if (flags !== "")
    return {
      sentence: "FROM can't be given options: images are made for this server.",
      instead: `Write FROM ${image}.`,
    };
  if (image === "")
    return { sentence: "This FROM can't be read.", instead: "Write FROM image, or FROM image AS name." };
  if (/[$"'\\`]/.test(rest))
    return {
      sentence: "What an image stands on must be written out, without variables or quotes.",
      instead: fromHint(allowed),
    };
  if (name !== undefined && !/^[a-z][a-z0-9_.-]{0,60}$/.test(name))
    return {
      sentence: `“${name.slice(0, 40)}” can't be the name of a stage.`,
      instead: "Take lower-case letters, digits and dashes.",
    };
  if (name !== undefined && earlier.includes(name))
    return { sentence: `There are two stages called ${name}.`, instead: "Give them different names." };
  if (earlier.includes(image) || image === "scratch") return undefined;
  judging.bases.push(image);
  if (isAllowed(image, allowed)) return undefined;
  return { sentence: `An image can't stand on “${image.slice(0, 80)}” here.`, instead: fromHint(allowed) };
}

/** A repository of the catalogue, or one below an allowed registry; never one that Berth made of somebody's wishes. */
function isAllowed(image: string, { registries, images, imagePrefix }: AllowedBases): boolean {
  const wanted = readReference(image);
  if (!wanted) return false;
  if (images.some((one) => readReference(one)?.repository === wanted.repository)) return true;
  const [host, first = ""] = wanted.repository.split("/");
  const last = wanted.repository.split("/").at(-1) ?? "";
  const isOurs =
    host === "docker.io" &&
    (first.startsWith(`${imagePrefix}-`) || (first === "library" && /^(berth-|[0-9a-f]{8,64}$)/.test(last)));
  if (isOurs || first === "berth") return false;
  return registries.some((one) => {
    const whole = /[.:]/.test(one.split("/")[0] ?? "") ? one : `docker.io/${one}`;
    return wanted.repository === whole || wanted.repository.startsWith(`${whole}/`);
  });
}

function fromHint({ registries, images }: AllowedBases): string {
  const names = [...registries.map((one) => `${one}/…`), ...images.slice(0, 3)];
  return names.length > 0
    ? `Take an image below ${listed(names.slice(0, 5), "or")}; an admin can allow others.`
    : "An admin must allow a registry first.";
}

function judgeRun(rest: string): Wrong | undefined {
  if (rest.startsWith("--"))
    return {
      sentence: `RUN can't be given ${rest.split(/[\s=]/)[0]?.slice(0, 30)}: mounts, networks and rights are not yours to choose here.`,
      instead: "Leave it out; copy files with COPY, packages are kept between builds anyway.",
    };
  return judgeHeredoc(rest);
}

function judgeLabel(rest: string): Wrong | undefined {
  const plain = /^(?:[A-Za-z0-9._/-]+=(?:"[^"\\$]*"|'[^'\\$]*'|[^\s"'\\$]*)(?:\s+|$))+$/;
  const names = [...rest.matchAll(/([A-Za-z0-9._/-]+)=(?:"[^"]*"|'[^']*'|\S*)/g)].map(
    ([, name = ""]) => name,
  );
  if (plain.test(rest) && !names.some((name) => /^berth\b/i.test(name))) return undefined;
  return {
    sentence: "This LABEL can't be used.",
    instead: 'Write LABEL name="value", with no name that begins with berth, or leave it out.',
  };
}

/** The parser reads the same instructions from the text that will be built, or it is not built. */
function readOtherwise(plain: string, lines: readonly LogicalLine[]): LineProblem | undefined {
  const dockerfile = DockerfileParser.parse(plain);
  const read = dockerfile.getInstructions();
  const odd = lines.find((line, i) => {
    const { keyword, rest } = line;
    const one = read[i];
    const range = one?.getRange();
    const isThatLine = range?.start.line === i && range.end.line === i && range.start.character === 0;
    const isWhole = range?.end.character === `${keyword} ${rest}`.trimEnd().length;
    return one?.getKeyword() !== keyword || !isThatLine || !isWhole || flagsIn(one) !== flagsOf(line);
  });
  const clean =
    read.length === lines.length &&
    dockerfile.getDirectives().length === 0 &&
    dockerfile.getComments().length === 0;
  if (clean && !odd) return undefined;
  const wrong = {
    sentence: "This can be read in two ways.",
    instead: "Write it more simply: one instruction a line, without unusual signs.",
  };
  return problemAt(odd?.line ?? 1, odd ? `${odd.keyword} ${odd.rest}` : "", wrong);
}

function flagsIn(instruction: Instruction): string {
  const isOne = instruction instanceof ModifiableInstruction && modifiable.has(instruction.getKeyword());
  return isOne ? instruction.getFlags().map(String).join(" ") : "";
}

/** As our own reading has them. */
function flagsOf({ keyword, rest }: LogicalLine): string {
  if (!modifiable.has(keyword)) return "";
  return /^(?:--\S+\s+)*/.exec(rest)?.[0].trim().replace(/\s+/g, " ") ?? "";
}
