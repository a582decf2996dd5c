import { type LineProblem, problemAt, type ReadLines, type Wrong } from "./line-problem.ts";
import { foreignCharacter } from "./lookalike.ts";
import { type Requirement, readRequirement, writeRequirement } from "./requirement.ts";
import { typedLines } from "./typed-lines.ts";

/**
 * A list of Python packages as people type it or as a requirements.txt holds it: one requirement of PEP 508 a line.
 * Options of pip, paths, addresses of repositories and whatever pip would expand are refused, each with its line; all
 * problems at once. `allowUrls`: `name @ https://…` may be given. Safe to repeat: its lines are read as themselves.
 */
export function readPipLines(text: string, { allowUrls }: { allowUrls: boolean }): ReadLines {
  const typed = typedLines(text, "Python packages");
  if ("problems" in typed) return typed;
  const problems: LineProblem[] = [];
  const found: { line: number; requirement: Requirement }[] = [];
  for (const { line, text } of typed.lines) {
    const read = readLine(text, allowUrls);
    if (read === undefined) continue;
    if ("wrong" in read) {
      problems.push(problemAt(line, text, read.wrong));
      continue;
    }
    const { requirement } = read;
    const twice = found.find((one) => contradicts(one.requirement, requirement));
    if (twice) {
      const sentence = `${requirement.name} stands in line ${twice.line} too, as “${writeRequirement(twice.requirement)}”.`;
      problems.push(problemAt(line, text, { sentence, instead: "Keep one of the two lines." }));
    } else found.push({ line, requirement });
  }
  if (problems.length > 0) return { problems };
  return { lines: [...new Set(found.map(({ requirement }) => writeRequirement(requirement)))] };
}

function readLine(
  line: string,
  allowUrls: boolean,
): { requirement: Requirement } | { wrong: Wrong } | undefined {
  // As pip takes comments away: a hash sign at the beginning or after a space.
  const text = line.replace(/(^|\s)#.*$/u, "").trim();
  if (text === "") return undefined;
  const wrong = foreignCharacter(text) ?? notARequirement(text);
  if (wrong) return { wrong };
  const read = readRequirement(text);
  if ("wrong" in read || read.requirement.url === undefined || allowUrls) return read;
  return {
    wrong: {
      sentence: "On this server packages come from the package index, not from an address of one's own.",
      instead: `Write ${read.requirement.name}, with a version if it matters; an admin can allow addresses.`,
    },
  };
}

/** What real requirements files have besides requirements: each with what to do instead. */
function notARequirement(text: string): Wrong | undefined {
  if (text.includes("\\"))
    return {
      sentence: "A backslash can't stand here.",
      instead: "Write each package in one line of its own.",
    };
  if (text.includes("$"))
    return {
      sentence: "A dollar sign can't stand here: pip would put something else in its place.",
      instead: "Write out what it stands for.",
    };
  if (text.startsWith("-")) return refusedOption(text);
  const option = /\s(-{1,2}[A-Za-z][\w-]*)/.exec(text)?.[1];
  if (option !== undefined && !/["'][^"']*$/.test(text.slice(0, text.indexOf(option))))
    return {
      sentence: `${option} is an option of pip; a line is a package and nothing else.`,
      instead: option === "--hash" ? "Leave it out and name the version: name==1.2.3." : "Leave it out.",
    };
  if (/^(git|hg|svn|bzr)(\+|:|@)/i.test(text) || /@\s*(git|hg|svn|bzr)\+/i.test(text))
    return {
      sentence: "A repository can't be installed from here.",
      instead: "Name a released version, or install it in the running container, from /workspace.",
    };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    return {
      sentence: "A line begins with a package's name, not with an address.",
      instead: "Write the package's name, or name @ https://… where an admin has allowed that.",
    };
  if (
    /^[.~/]/.test(text) ||
    /^[A-Za-z]:\//.test(text) ||
    /^[^\s@;#]*\//.test(text) ||
    /\.(whl|zip|tar\.gz|tgz)$/i.test(text.split(/[\s;@]/)[0] ?? "")
  )
    return {
      sentence:
        "A file or folder can't be installed from here: when an image is made, nobody's files are there.",
      instead: "Write the package's name, or install it in the running container, from /workspace.",
    };
  return undefined;
}

function refusedOption(text: string): Wrong {
  const option = /^--?[A-Za-z][\w-]*/.exec(text)?.[0] ?? text.slice(0, 20);
  const sentence = `${option} is an option of pip; a line is a package and nothing else.`;
  const instead =
    {
      "-r": "Copy the lines of that file here.",
      "--requirement": "Copy the lines of that file here.",
      "-c": "Write the versions behind the packages' names.",
      "--constraint": "Write the versions behind the packages' names.",
      "-e": "Name a released version, or install it in the running container, from /workspace.",
      "--editable": "Name a released version, or install it in the running container, from /workspace.",
      "-i": "Leave it out: which package index is asked is an admin's setting.",
      "--index-url": "Leave it out: which package index is asked is an admin's setting.",
      "--extra-index-url": "Leave it out: which package index is asked is an admin's setting.",
      "--pre": "Leave it out and name the version: name==2.0rc1.",
    }[option] ?? "Leave it out.";
  return { sentence, instead };
}

/** The same package twice, and not for two different cases. */
function contradicts(one: Requirement, other: Requirement): boolean {
  if (one.name !== other.name || writeRequirement(one) === writeRequirement(other)) return false;
  return one.marker === undefined || other.marker === undefined || one.marker === other.marker;
}
