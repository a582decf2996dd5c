import { readdir, readFile } from "node:fs/promises";

/** One line of a sources.list for a suite of the distribution, e.g. `deb [signed-by=…] http://mirror/debian bookworm main`. */
export type Distribution = { id: string; codename: string; sources: string[] };

/**
 * What this machine runs and where its own apt gets that from: the mirror that is known to work here. Only the
 * distribution's suites are taken (the codename and its updates), not the admin's other repositories.
 */
export async function readDistribution(): Promise<Distribution> {
  const release = await readFile("/etc/os-release", "utf8");
  const id = field(release, "ID");
  const codename = field(release, "VERSION_CODENAME");
  const files = [
    { name: "sources.list", text: await readFile("/etc/apt/sources.list", "utf8").catch(() => "") },
  ];
  const folder = "/etc/apt/sources.list.d";
  for (const name of await readdir(folder).catch(() => [])) {
    files.push({ name, text: await readFile(`${folder}/${name}`, "utf8").catch(() => "") });
  }
  const lines = files.flatMap(({ name, text }) =>
    name.endsWith(".sources") ? fromStanzas(text) : fromLines(text),
  );
  return { id, codename, sources: ofDistribution(lines, codename) };
}

/** The one-line format, as it stands; options in brackets are kept. */
export function fromLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => /^deb\s/.test(line));
}

/** The stanza format (deb822), written out as lines. */
export function fromStanzas(text: string): string[] {
  const withoutComments = text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n");
  return withoutComments.split(/\n\s*\n/).flatMap((stanza) => {
    const all = (name: string) =>
      (new RegExp(`^${name}:((?:.*)(?:\\n[ \\t].*)*)`, "im").exec(stanza)?.[1] ?? "")
        .split(/\s+/)
        .filter(Boolean);
    if (!all("Types").includes("deb") || all("Enabled")[0]?.toLowerCase() === "no") return [];
    const signedBy = all("Signed-By");
    const option = signedBy.length === 1 && signedBy[0]!.startsWith("/") ? `[signed-by=${signedBy[0]}] ` : "";
    return all("URIs").flatMap((uri) =>
      all("Suites").map((suite) => `deb ${option}${uri} ${suite} ${all("Components").join(" ")}`),
    );
  });
}

/** Lines for the codename or one of its pockets (`bookworm-security`), whose components are those of Debian or Ubuntu. */
export function ofDistribution(lines: readonly string[], codename: string): string[] {
  const own = new Set([
    "main",
    "contrib",
    "non-free",
    "non-free-firmware",
    "universe",
    "restricted",
    "multiverse",
  ]);
  return lines.filter((line) => {
    const [, , suite = "", ...components] = line.replace(/\[[^\]]*\]\s*/, "").split(/\s+/);
    const isSuite = suite === codename || suite.startsWith(`${codename}-`);
    return isSuite && !suite.endsWith("-backports") && components.every((name) => own.has(name));
  });
}

function field(release: string, name: string): string {
  return new RegExp(`^${name}="?([^"\\n]*)"?`, "m").exec(release)?.[1] ?? "";
}
