import { insideContainer } from "./places.ts";

/** What to run in a member's container, as root, to learn what was installed there since that instant. */
export function installedCommand(since: Date): string[] {
  return ["/bin/sh", `${insideContainer.scripts}/installed.sh`, String(Math.floor(since.getTime() / 1000))];
}

/**
 * What it printed, as requirements and names. A member may have made it print anything: whatever does not look like a
 * package is left out, and so is what comes after the first 200 of a kind.
 */
export function parseInstalled(output: string): { pip: string[]; apt: string[] } {
  const lines = output.split("\n");
  const pip = lines.flatMap((line) => {
    const [, name, version] = pipLine.exec(line) ?? [];
    return name && version ? [`${name.replaceAll("_", "-")}==${version}`] : [];
  });
  const apt = lines.flatMap((line) => aptLine.exec(line)?.[1] ?? []);
  return { pip: firstOf(pip), apt: firstOf(apt) };
}

/** A wheel's folder writes dashes of its name as underscores; its version has none. */
const pipLine = /^pip ([A-Za-z0-9](?:[A-Za-z0-9._]{0,98}[A-Za-z0-9])?)-([0-9][A-Za-z0-9.!+_]{0,60})$/;
const aptLine = /^apt ([a-z0-9][a-z0-9+.-]{1,99})(?::[a-z0-9-]{1,20})?$/;
const mostOfAKind = 200;

function firstOf(lines: readonly string[]): string[] {
  return [...new Set(lines)].sort().slice(0, mostOfAKind);
}
