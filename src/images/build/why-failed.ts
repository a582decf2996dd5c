/** Lines of the end of the log: what was said before has been got over. */
const lookedAt = 80;
/** A build may print what it likes: nothing of it may keep these expressions busy. */
const longestLine = 500;

/**
 * The one line that says why a build failed, for its member: a plain sentence where the cause is a common one, else the last
 * line that reads like an error. `step`: name of the step that failed; `error`: the engine's words; `printed`: the end of the
 * log.
 */
export function whyFailed({
  step,
  error,
  printed,
}: {
  step: string | undefined;
  error: string;
  printed: string;
}): string {
  const text = `${printed}\n${error}`
    .split("\n")
    .slice(-lookedAt)
    .map((line) => line.slice(0, longestLine))
    .join("\n");
  for (const [pattern, say] of known) {
    const found = pattern.exec(text);
    if (found) return say(found);
  }
  const lines = text
    .split("\n")
    .map((line) => line.replace(/^#\d+ [\d.]+ /, "").trim())
    .filter((line) => line !== "");
  const telling =
    lines.findLast((line) => /^(ERROR|E|error|fatal|Error):/.test(line)) ??
    lines.findLast((line) => /error|not found|cannot|can't|failed/i.test(line) && !isTheEnginesFrame(line)) ??
    lines.findLast((line) => !isTheEnginesFrame(line));
  const at = step ? ` (at the step “${shorten(step, 80)}”)` : "";
  if (!telling) {
    const [, code] = /exit code: (\d+)/.exec(error) ?? [];
    return code
      ? `It ended with exit code ${code} and said nothing${at}.`
      : `It failed without saying why${at}.`;
  }
  return `${shorten(telling, 300)}${at}`;
}

/** Every one of these ends the build for a reason that a member or an admin can do something about. */
const known: readonly (readonly [RegExp, (found: RegExpExecArray) => string])[] = [
  [
    /No space left on device|Disk quota exceeded|ENOSPC/i,
    () =>
      "The server's disk was full. Delete images or files that nobody needs, or ask an admin; then build it again.",
  ],
  // Before what was not found, which follows from it.
  [
    /(?:Temporary failure in name resolution|Temporary failure resolving|Could not resolve|Name or service not known|Network is unreachable|No route to host|Connection (?:timed out|refused)|NewConnectionError|ConnectTimeoutError|i\/o timeout|no such host)/i,
    () =>
      "The server could not reach where packages come from. Try again later; if it stays so, an admin should look at its network.",
  ],
  [
    /Could not find a version that satisfies the requirement (\S+).*?\(from versions: ([^)\n]+)\)/,
    ([, wanted = "", versions = ""]) =>
      versions.trim() === "none"
        ? notThere(wanted)
        : `There is no version of the Python package ${nameOf(wanted)} that fits ${quoted(wanted)}. There are: ${lastOf(versions)}.`,
  ],
  [/No matching distribution found for ([^\s(]+)/, ([, wanted = ""]) => notThere(wanted)],
  [
    /(?:Cannot install|conflict is caused by|ResolutionImpossible)[^\n]*/,
    ([line]) =>
      `The Python packages don't go together: ${shorten(line, 200)} Leave versions open, or ask for others.`,
  ],
  [
    /E: Unable to locate package (\S+)/,
    ([, name = ""]) =>
      `There is no Debian or Ubuntu package called ${quoted(name)} for this base. Is it spelt right?`,
  ],
  [
    /E: Package '([^']+)' has no installation candidate/,
    ([, name = ""]) =>
      `The package ${quoted(name)} can't be installed on this base: its distribution does not offer it.`,
  ],
  [
    /E: Version '([^']+)' for '([^']+)' was not found/,
    ([, version = "", name = ""]) =>
      `There is no version ${shorten(version, 60)} of the package ${quoted(name)} for this base.`,
  ],
  [
    /Unable to correct problems, you have held broken packages|The following packages have unmet dependencies/,
    () => "The packages of the distribution don't go together. Leave versions open, or ask for others.",
  ],
  [
    /(?:pull access denied|repository does not exist or may require authorization|manifest unknown|not found: manifest)/i,
    () =>
      "The image it starts from is not in its registry, or the server may not fetch it. Take another, or ask an admin.",
  ],
  [
    /failed to (?:compute cache key|calculate checksum)[^\n]*?"?\/?([^\s":]+)"?: not found/,
    ([, name = ""]) => `The Dockerfile copies ${quoted(name)}, which is not in the project's folder.`,
  ],
  [/Failed building wheel for ([A-Za-z0-9._-]+)/, ([, name = ""]) => notCompiled(quoted(name))],
  [/error: subprocess-exited-with-error/, () => notCompiled("that came last")],
  [
    /Requires-Python[^\n]*|requires a different Python[^\n]*/,
    ([line]) => `A Python package does not fit this image's Python: ${shorten(line, 160)}`,
  ],
];

function notCompiled(which: string): string {
  return `The Python package ${which} has to be compiled and that failed; the log says what it needs. Another version may come ready made.`;
}

function notThere(wanted: string): string {
  return `There is no Python package that fits ${quoted(wanted)}. Is it spelt right, and made for this Python?`;
}

function quoted(wanted: string): string {
  return `“${shorten(wanted, 120)}”`;
}

function nameOf(requirement: string): string {
  return shorten(/^[A-Za-z0-9._-]+/.exec(requirement)?.[0] ?? requirement, 80);
}

function lastOf(versions: string): string {
  const all = versions.split(",").map((one) => one.trim());
  return (all.length > 6 ? ["…", ...all.slice(-6)] : all).join(", ");
}

/** What the engine says of every step that failed. */
function isTheEnginesFrame(line: string): boolean {
  return /^--- .* ---$|^\[[^\]]*\d+\/\d+\] |did not complete successfully: exit code|executor failed running|returned a non-zero code|failed to solve|runc did not terminate/i.test(
    line,
  );
}

function shorten(text: string, most: number): string {
  const one = text.replace(/\s+/g, " ").trim();
  return one.length > most ? `${one.slice(0, most - 1)}…` : one;
}
