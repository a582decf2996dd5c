import type { BaseFacts, ImageContents } from "../../ledger/image-tables.ts";
import { groupId, lookProgram, lookScript } from "./scripts.ts";

/** Where the last step of every build writes what is in the image: to be read with the engine's `readFiles`. */
export const contentsPaths: readonly string[] = ["/etc/berth/image.txt"];

/** What `readFiles` gave for `contentsPaths`. Throws if the file that every image of ours has is not there or not whole. */
export function readContents(files: ReadonlyMap<string, string | undefined>): ImageContents {
  const said = sectionsOf(files, contentsPaths);
  return {
    python: versionIn(said("python")),
    os: osOf(said("os")).name,
    cuda: versionIn(said("cuda")) ?? versionIn(said("torch-cuda")),
    pip: sorted(said("pip").filter((line) => !/^[#-]/.test(line))),
    apt: sorted(said("apt").filter((line) => /^[a-z0-9][a-z0-9+.-]+=\S+$/.test(line))),
    aptManual: sorted(said("apt-manual").filter((line) => /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?$/.test(line))),
  };
}

/** A tiny build that writes what must be known of a base to `factsPaths`; nothing is installed by it. */
export function probeDockerfile(baseRef: string): { dockerfile: string; files: Map<string, string> } {
  const dockerfile = `# Looks at what an image would stand on; what comes out of this is read and thrown away.
FROM ${baseRef}
USER root
SHELL ["/bin/sh", "-c"]
RUN --mount=type=bind,source=look,target=/run/berth \\
    mkdir -p /etc/berth && sh /run/berth/look.sh base ${factsPaths[0]}
`;
  return { dockerfile, files: lookFiles("look") };
}

export const factsPaths: readonly string[] = ["/etc/berth/base.txt"];

/** The programs that look, below that folder of the build context. */
export function lookFiles(folder: string): Map<string, string> {
  return new Map([
    [`${folder}/look.py`, lookProgram],
    [`${folder}/look.sh`, lookScript],
  ]);
}

/**
 * What `readFiles` gave for `factsPaths`. Throws if the probe left nothing. A member's own Dockerfile can make a base say
 * anything: nothing of it gets further than its form allows.
 */
export function readBaseFacts(files: ReadonlyMap<string, string | undefined>): BaseFacts {
  const said = sectionsOf(files, factsPaths);
  const os = osOf(said("os"));
  const programs = new Set(said("programs"));
  const modules = new Set(said("modules"));
  const python = versionIn(said("python"));
  const isOfDistribution = said("python-of-distribution").includes("yes");
  const hasVenv = modules.has("venv") && modules.has("ensurepip");
  const [venv] = said("opt-venv");

  const missing: string[] = [];
  if (os.kind === "other") missing.push("Debian's or Ubuntu's system");
  if (!programs.has("apt-get") || !programs.has("dpkg-query"))
    missing.push("apt, the distribution's package manager");
  if (python === null && programs.has("python3")) missing.push("a Python that runs");
  const canBeCompleted =
    python === null || isOfDistribution || hasVenv || (modules.has("venv") && modules.has("pip"));
  if (!canBeCompleted) missing.push(`pip or ensurepip for its own Python ${python}`);

  const packages = new Set(said("packages"));
  const lacks = ["ca-certificates", "openssh-server", "rsync", "sudo"].filter((name) => !packages.has(name));
  if (!programs.has("setpriv")) lacks.push("setpriv");
  if (python === null) lacks.push("python3", "python3-venv");
  else if (isOfDistribution && !hasVenv) lacks.push("python3-venv");
  return {
    os: os.kind,
    osName: os.name ?? "unknown system",
    missing,
    python,
    cuda: versionIn(said("cuda")) ?? versionIn(said("torch-cuda")),
    pip: sorted(
      said("distributions").filter(
        (line) => pinned.test(line) && !/^(pip|setuptools|wheel|distribute)==/i.test(line),
      ),
    ),
    hasVenv,
    hasSshd: packages.has("openssh-server"),
    lacks,
    ...(venv === undefined ? {} : { optVenv: venv === `${groupId} 2775` ? "ours" : "theirs" }),
  };
}

const pinned = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?==[A-Za-z0-9][A-Za-z0-9.!+_-]*$/;

/** Lines by section; the same section again (a forged one) counts not. */
function sectionsOf(
  files: ReadonlyMap<string, string | undefined>,
  [path = ""]: readonly string[],
): (name: string) => string[] {
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of (files.get(path) ?? "").split("\n")) {
    const name = /^== ([a-z-]+)$/.exec(line)?.[1];
    if (name === undefined) {
      if (line.trim() !== "") lines.push(line.trim());
    } else {
      lines = [];
      if (!sections.has(name)) sections.set(name, lines);
    }
  }
  if (!sections.has("end")) throw new Error(`What was found in the image is not complete: ${path}`);
  return (name) => sections.get(name) ?? [];
}

/** `Debian 12`, `Ubuntu 24.04` */
function osOf(release: readonly string[]): { kind: BaseFacts["os"]; name: string | null } {
  const field = (name: string) => {
    const line = release.find((one) => one.startsWith(`${name}=`));
    return line?.slice(name.length + 1).replace(/^(["'])(.*)\1$/, "$2");
  };
  const id = field("ID");
  const version = field("VERSION_ID") ?? field("VERSION_CODENAME") ?? "";
  const plain = (text: string) =>
    text
      .replace(/[^A-Za-z0-9 ./()+-]/g, "")
      .slice(0, 60)
      .trim();
  if (id === "debian") return { kind: "debian", name: plain(`Debian ${version}`) };
  if (id === "ubuntu") return { kind: "ubuntu", name: plain(`Ubuntu ${version}`) };
  const name = plain(field("PRETTY_NAME") ?? field("NAME") ?? id ?? "");
  return { kind: "other", name: name === "" ? null : name };
}

function versionIn([line = ""]: readonly string[]): string | null {
  return /^\d+(\.\d+){0,3}/.exec(line)?.[0] ?? null;
}

function sorted(lines: readonly string[]): string[] {
  return [...new Set(lines)].sort();
}
