import { Refusal } from "../errors.ts";
import { notAnInstant, readInstant } from "../instant.ts";
import type { Target } from "./which.ts";

/** The words of admins, in Slack and in a shell. A word that was quoted as a whole may have spaces in it. */

/** Whose words, and when: instants are read on the clock of their wall. */
export type Reader = { now: Date; timeZone: string };

export type DrainWords =
  | { off: true; target: Target }
  | { off: false; target: Target; endsAt?: Date; reason: string };

/** `[server] [gpu N] [from <instant>] <reason>`, or `[server] [gpu N] off`. Throws a `Refusal`. */
export function readDrain(
  words: readonly string[],
  reader: Reader & { nodes: readonly string[] },
): DrainWords {
  const { target, rest } = readTarget(words, reader.nodes);
  if (isOff(rest)) return { off: true, target };
  const [word = "", ...behind] = rest;
  if (word.toLowerCase() !== "from") {
    if (behind[0]?.toLowerCase() === "from" && !/\s/.test(word))
      throw new Refusal("unknown-word", `I don't know a server “${word.slice(0, 40)}”.`, {
        hint: `There is ${reader.nodes.join(", ")}; one GPU is gpu 3.`,
      });
    return { off: false, target, reason: reasonOf(rest) };
  }
  const found = readInstant(behind, reader.now, reader.timeZone);
  if (!found) throw notAnInstant(behind);
  return { off: false, target, endsAt: found.at, reason: reasonOf(behind.slice(found.used)) };
}

export function readTarget(
  words: readonly string[],
  nodes: readonly string[],
): { target: Target; rest: readonly string[] } {
  const [first = "", second = ""] = words;
  const nodeId = nodes.find((id) => id === first.toLowerCase());
  if (nodeId !== undefined) {
    const { target, rest } = readTarget(words.slice(1), []);
    return { target: { nodeId, ...target }, rest };
  }
  const [, together] = /^gpu(\d{1,3})$/i.exec(first) ?? [];
  if (together !== undefined) return { target: { gpuIndex: Number(together) }, rest: words.slice(1) };
  if (first.toLowerCase() !== "gpu") return { target: {}, rest: words };
  if (!/^\d{1,3}$/.test(second))
    throw new Refusal("which-gpu", "Which GPU? Its number is missing.", {
      hint: "/gpu-status shows them: gpu 3.",
    });
  return { target: { gpuIndex: Number(second) }, rest: words.slice(2) };
}

/** `<reason>`, or `off`. Throws a `Refusal`. */
export function readPause(words: readonly string[]): { off: true } | { off: false; reason: string } {
  return isOff(words) ? { off: true } : { off: false, reason: reasonOf(words) };
}

export type StopWords = {
  handle: string;
  project: string;
  /** Undefined: as soon as the person was told and had time to answer. */
  at?: Date | "now";
  reason: string;
};

/** `<handle/project> [now | at <instant>] <reason>`. Throws a `Refusal`. */
export function readStop(words: readonly string[], { now, timeZone }: Reader): StopWords {
  const [name = "", ...rest] = words;
  const whose = readName(name);
  const [word = "", ...behind] = rest;
  if (word.toLowerCase() === "now") return { ...whose, at: "now", reason: reasonOf(behind) };
  if (word.toLowerCase() !== "at") return { ...whose, reason: reasonOf(rest) };
  const found = readInstant(behind, now, timeZone);
  if (!found) throw notAnInstant(behind);
  return { ...whose, at: found.at, reason: reasonOf(behind.slice(found.used)) };
}

/** `ana/vision`. Throws a `Refusal`. */
export function readName(name: string): { handle: string; project: string } {
  const [, handle, project] = /^@?([^/\s]+)\/([^/\s]+)$/.exec(name) ?? [];
  if (handle !== undefined && project !== undefined) return { handle, project };
  const message =
    name === "" ? "Whose container?" : `“${name.slice(0, 60)}” does not say whose container it is.`;
  throw new Refusal("whose", message, { hint: "It is typed ana/vision: user name, then project." });
}

/** Read by those who wait or are stopped. */
function reasonOf(words: readonly string[]): string {
  const reason = words.join(" ").trim();
  if (almostOff.has(reason.toLowerCase()))
    throw new Refusal("almost-off", `“${reason}” is no reason that anybody could read.`, {
      hint: "Did you mean off?",
    });
  return reason;
}

function isOff(words: readonly string[]): boolean {
  return words.length === 1 && words[0]?.toLowerCase() === "off";
}

const almostOff = new Set([
  "of",
  "off",
  "offf",
  "fof",
  "on",
  "end",
  "stop",
  "over",
  "done",
  "resume",
  "undo",
]);
