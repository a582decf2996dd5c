import type { KeptImage } from "../engine/memory-images.ts";
import { contentsPaths, factsPaths } from "../images/dockerfile/look.ts";

/**
 * What builds leave in their images for the bot to read, where nothing is really built: a Debian with a Python, and the
 * packages that were asked for, in versions that are made up where nobody named one.
 */
export function pretendedList(image: KeptImage, path: string): string | undefined {
  if (path === factsPaths[0]) return written({ ...system, ...ofBase });
  if (path !== contentsPaths[0] || !image.madeOf) return undefined;
  const files = Object.entries(image.madeOf.files);
  const linesOf = (name: string) =>
    files
      .filter(([path]) => path.endsWith(`/${name}`))
      .flatMap(([, text]) => text.split("\n").filter(Boolean));
  const apt = linesOf("packages.txt").map((line) => line.replace(/:[a-z0-9]+$/, ""));
  return written({
    ...system,
    pip: [...new Set(linesOf("requirements.txt").map(pinned))],
    apt: apt.map((line) => (line.includes("=") ? line : `${line}=1.0-1`)),
    "apt-manual": apt.map((line) => line.split("=")[0] ?? line),
  });
}

/** `numpy[extra]>=1.26,<2; marker` → `numpy==1.26` */
function pinned(requirement: string): string {
  const [plain = ""] = requirement.split(/[;@]/);
  const name = /^\s*[A-Za-z0-9._-]+/.exec(plain)?.[0].trim() ?? "package";
  const version = /(?:===?|>=|~=)\s*([0-9][A-Za-z0-9.]*)/.exec(plain)?.[1] ?? "1.0.0";
  return `${name}==${version}`;
}

const system = { os: ["ID=debian", 'VERSION_ID="12"'], python: ["3.11.2"] };

const ofBase = {
  programs: ["apt-get", "dpkg-query", "find", "xargs", "chgrp", "setpriv", "sshd", "python3"],
  modules: ["venv", "ensurepip", "pip"],
  "python-of-distribution": ["yes"],
  packages: ["ca-certificates", "openssh-server", "rsync", "sudo"],
  distributions: [],
};

function written(sections: Record<string, readonly string[]>): string {
  const all = [...Object.entries(sections), ["end", []] as const];
  return all.map(([name, lines]) => [`== ${name}`, ...lines, ""].join("\n")).join("");
}
