import { validRange } from "@renovatebot/pep440";
import type { Wrong } from "./line-problem.ts";
import { readMarker } from "./marker.ts";

/** A requirement of PEP 508 in its parts; every part is canonical. */
export type Requirement = {
  /** Lower case, with single dashes: what every index calls it (PEP 503). */
  name: string;
  extras: string[];
  /** `>=2.0`, in the order they were written. */
  versions: string[];
  url?: string;
  marker?: string;
};

/** `torch>=2.0,<3; python_version >= "3.8"` */
export function writeRequirement({ name, extras, versions, url, marker }: Requirement): string {
  const what = extras.length > 0 ? `${name}[${extras.join(",")}]` : name;
  if (url !== undefined) return `${what} @ ${url}${marker === undefined ? "" : ` ; ${marker}`}`;
  return `${what}${versions.join(",")}${marker === undefined ? "" : `; ${marker}`}`;
}

/** One line without its comment. What is wrong with it is the first thing found. */
export function readRequirement(line: string): { requirement: Requirement } | { wrong: Wrong } {
  const text = line.trim();
  const name = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?/.exec(text)?.[0];
  if (name === undefined)
    return no(
      "A line begins with a package's name: letters, digits, dots, dashes.",
      "Write a name such as numpy.",
    );
  let rest = text.slice(name.length).trimStart();

  const extras = readExtras(rest);
  if ("wrong" in extras) return extras;
  rest = extras.rest;

  const requirement: Requirement = { name: normalName(name), extras: extras.extras, versions: [] };
  if (rest.startsWith("@")) return withUrl(requirement, rest.slice(1).trim());

  const semicolon = rest.indexOf(";");
  const versions = readVersions((semicolon < 0 ? rest : rest.slice(0, semicolon)).trim(), name);
  if ("wrong" in versions) return versions;
  requirement.versions = versions.versions;
  if (semicolon < 0) return { requirement };
  return withMarker(requirement, rest.slice(semicolon + 1));
}

/** PEP 503: runs of dots, dashes and underscores are one dash, and case does not count. */
export function normalName(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}

function readExtras(text: string): { extras: string[]; rest: string } | { wrong: Wrong } {
  if (!text.startsWith("[")) return { extras: [], rest: text };
  const end = text.indexOf("]");
  if (end < 0) return no("The square bracket is not closed.", "Write extras as in requests[security,socks].");
  const inner = text.slice(1, end).trim();
  const extras = inner === "" ? [] : inner.split(",").map((one) => one.trim());
  const bad = extras.find((one) => !/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(one));
  if (bad !== undefined)
    return no(
      `“${bad.slice(0, 40)}” can't be the name of an extra.`,
      "Write extras as in requests[security,socks].",
    );
  return { extras: [...new Set(extras.map(normalName))].sort(), rest: text.slice(end + 1).trimStart() };
}

function readVersions(text: string, name: string): { versions: string[] } | { wrong: Wrong } {
  if (text === "") return { versions: [] };
  const inner = /^\((.*)\)$/.exec(text)?.[1]?.trim() ?? text;
  if (inner === "") return { versions: [] };
  const versions: string[] = [];
  for (const part of inner.split(",").map((one) => one.trim())) {
    const [, operator, version] = /^(===|[~=!<>]=|[<>])\s*(\S+)$/.exec(part) ?? [];
    if (operator === undefined || version === undefined) return notAVersion(part, name);
    const isVersion =
      operator === "==="
        ? /^[A-Za-z0-9._+!-]+$/.test(version)
        : /^[A-Za-z0-9._+!*-]+$/.test(version) && validRange(`${operator}${version}`);
    if (!isVersion) return notAVersion(part, name);
    versions.push(`${operator}${version}`);
  }
  return { versions };
}

/** People write versions as other tools have them; each of those gets its translation. */
function notAVersion(part: string, name: string): { wrong: Wrong } {
  const cut = part.slice(0, 60);
  const said = `“${cut}” is no version of ${name} that can be asked for.`;
  const number = /\d[A-Za-z0-9.!]*/.exec(part)?.[0];
  const write = (operator: string, version = number) =>
    version === undefined ? undefined : `Write ${name}${operator}${version}.`;
  const guess =
    part === ""
      ? "There is a comma too many."
      : /^=(?![=<>])/.test(part)
        ? write("==", /^=\s*([A-Za-z0-9.!]+)/.exec(part)?.[1])
        : /^[\^~](?!=)/.test(part)
          ? write("~=")
          : /^=[<>]/.test(part)
            ? write(part[1] === "<" ? "<=" : ">=")
            : /^\d[\w.]*$/.test(part)
              ? write("==")
              : /^[<>~]=?\s*\d+(\.\d+)*\.\*$/.test(part)
                ? `Leave out the star: ${name}${part.replace(/\.\*$/, "").replace(/\s+/g, "")}.`
                : /^~=\s*\d+$/.test(part)
                  ? `Give two parts of the version at least: ${name}~=${number}.0.`
                  : /\S\s+[~=!<>]/.test(part)
                    ? "Put a comma between two versions."
                    : /^[A-Za-z]/.test(part)
                      ? "Write one package a line."
                      : undefined;
  return no(said, guess ?? `Write ${name}, ${name}==1.2.3, or a range such as ${name}>=1.2,<2.`);
}

function withUrl(requirement: Requirement, text: string): { requirement: Requirement } | { wrong: Wrong } {
  const [address = "", ...more] = text.split(/\s+/);
  const after = text.slice(address.length).trim();
  if (more.length > 0 && !after.startsWith(";"))
    return no(
      "After the address only a condition can stand.",
      'Put a space and a semicolon before it: ` ; python_version >= "3.8"`.',
    );
  const wrong = judgeAddress(address);
  if (wrong) return { wrong };
  const found = { ...requirement, url: address };
  return after === "" ? { requirement: found } : withMarker(found, after.slice(1));
}

function judgeAddress(address: string): Wrong | undefined {
  const instead = "Write an address that begins with https:// and ends with the file's name.";
  if (!/^https:\/\//.test(address))
    return {
      sentence: `Packages are fetched from https addresses only, and “${address.slice(0, 40)}” is none.`,
      instead,
    };
  const read =
    /^[A-Za-z0-9:/?#@!&'()*+,;=._~%[\]-]+$/.test(address) && URL.canParse(address)
      ? new URL(address)
      : undefined;
  if (!read || read.hostname === "")
    return { sentence: `“${address.slice(0, 60)}” can't be read as an address.`, instead };
  if (read.username !== "" || read.password !== "" || address.slice(8).split("/")[0]?.includes("@"))
    return {
      sentence:
        "There is a name or a password in the address; what an image is made of can be read by others.",
      instead: "Leave it out.",
    };
  if (read.pathname === "/" || read.pathname === "")
    return { sentence: `“${address.slice(0, 60)}” names no file.`, instead };
  return undefined;
}

function withMarker(requirement: Requirement, text: string): { requirement: Requirement } | { wrong: Wrong } {
  const read = readMarker(text);
  return "wrong" in read ? read : { requirement: { ...requirement, marker: read.marker } };
}

function no(sentence: string, instead: string): { wrong: Wrong } {
  return { wrong: { sentence, instead } };
}
