import { createHash } from "node:crypto";
import { strToU8, type Zippable, zipSync } from "fflate";

/** A package as a test wants it. */
export type Wheel = {
  /** As its author writes it: `Scikit-Learn`, `ruamel.yaml`. */
  name: string;
  version: string;
  /** Requirements of its own, by PEP 508: `numpy>=1.20`, `foo; python_version < "3.9"`. */
  requires?: readonly string[];
  /** Extra → what it requires besides. */
  extras?: Readonly<Record<string, readonly string[]>>;
  /** `>=3.8` */
  requiresPython?: string;
  /** Commands on PATH → the Python lines that they run. */
  commands?: Readonly<Record<string, string>>;
  /** Bytes that nothing compresses, for packages that should weigh something. */
  ballastBytes?: number;
};

export type WheelFile = {
  name: string;
  /** As indexes spell it: lower case, one dash where dots and underscores were. */
  project: string;
  bytes: Uint8Array;
  sha256: string;
  requiresPython: string | undefined;
};

/** The same bytes for the same wheel. The module is called as the project, with underscores, and has `__version__`. */
export function wheelFile(wheel: Wheel): WheelFile {
  const project = wheel.name.toLowerCase().replaceAll(/[-_.]+/g, "-");
  const module = project.replaceAll("-", "_");
  const stem = `${module}-${wheel.version.replaceAll("-", "_")}`;
  const about = `${stem}.dist-info`;
  const files = new Map<string, Uint8Array>([
    [`${module}/__init__.py`, strToU8(`__version__ = ${JSON.stringify(wheel.version)}\n`)],
    [`${about}/METADATA`, strToU8(metadata(wheel))],
    [
      `${about}/WHEEL`,
      strToU8("Wheel-Version: 1.0\nGenerator: berth-test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
    ],
    [`${about}/top_level.txt`, strToU8(`${module}\n`)],
  ]);
  if (wheel.ballastBytes) files.set(`${module}/ballast.bin`, ballast(wheel.ballastBytes, stem));
  for (const [command, lines] of Object.entries(wheel.commands ?? {})) {
    files.set(`${module}-${wheel.version}.data/scripts/${command}`, strToU8(`#!python\n${lines}\n`));
  }
  const recorded = [...files].map(
    ([path, bytes]) => `${path},sha256=${digest(bytes, "base64url")},${bytes.length}`,
  );
  files.set(`${about}/RECORD`, strToU8(`${recorded.join("\n")}\n${about}/RECORD,,\n`));
  const entries: Zippable = {};
  for (const [path, bytes] of files) {
    // "Made on Unix", a regular file, with the mode that lets a command be run.
    const attrs = (path.includes(".data/scripts/") ? 0o100755 : 0o100644) * 65536;
    entries[path] = [bytes, { mtime: "2024-01-01T00:00:00Z", os: 3, attrs }];
  }
  const bytes = zipSync(entries, { level: 1 });
  return {
    name: `${stem}-py3-none-any.whl`,
    project,
    bytes,
    sha256: digest(bytes, "hex"),
    requiresPython: wheel.requiresPython,
  };
}

function metadata({ name, version, requires = [], extras = {}, requiresPython }: Wheel): string {
  const lines = ["Metadata-Version: 2.1", `Name: ${name}`, `Version: ${version}`];
  if (requiresPython) lines.push(`Requires-Python: ${requiresPython}`);
  for (const requirement of requires) lines.push(`Requires-Dist: ${requirement}`);
  for (const [extra, more] of Object.entries(extras)) {
    lines.push(`Provides-Extra: ${extra}`);
    for (const requirement of more) lines.push(`Requires-Dist: ${onlyWith(extra, requirement)}`);
  }
  return `${lines.join("\n")}\n`;
}

function onlyWith(extra: string, requirement: string): string {
  const [what = "", marker] = requirement.split(";");
  return `${what.trim()} ; ${marker ? `(${marker.trim()}) and ` : ""}extra == '${extra}'`;
}

function ballast(length: number, seed: string): Uint8Array {
  const block = (number: number) => createHash("sha512").update(`${seed} ${number}`).digest();
  return Buffer.concat(Array.from({ length: Math.ceil(length / 64) }, (_, i) => block(i))).subarray(
    0,
    length,
  );
}

function digest(bytes: Uint8Array, form: "hex" | "base64url"): string {
  return createHash("sha256").update(bytes).digest(form);
}
