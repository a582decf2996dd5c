import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../engine/engine.ts";
import type { Node, SshReach } from "../world.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { authorizedKeysFile, places } from "./places.ts";
import type { SshTarget } from "./probe.ts";

/**
 * What can be told from the server about a member who can't sign in. Never throws: what can't be found out is "unknown".
 * A second or so; up to 25 s while the engine hangs. If all is well here, it is the network between them and the server.
 */
export async function connectionCheck(asked: Asked): Promise<ConnectionCheck> {
  const { node, engineId, target, stateDir, memberId } = asked;
  const [running, ssh, keys, lastSignIn] = await Promise.all([
    isRunning(node.engine, engineId),
    node.probeSsh(target),
    keysThatAreIn(stateDir, memberId),
    lastSignInOf(node.engine, engineId),
  ]);
  const wellHere = running === "yes" && ssh === "ready" && keys !== "unknown" && keys.length > 0;
  return { running, ssh, keys, lastSignIn, wellHere };
}

export type Asked = {
  node: Pick<Node, "engine" | "probeSsh">;
  engineId: string;
  target: SshTarget;
  stateDir: string;
  memberId: number;
};

export type ConnectionCheck = {
  running: "yes" | "no" | "unknown";
  ssh: SshReach;
  /** The keys that the SSH server accepts now, from the file it reads. */
  keys: { type: string; fingerprint: string; comment: string }[] | "unknown";
  lastSignIn: Date | "never" | "unknown";
  /** Nothing is wrong on this side. */
  wellHere: boolean;
};

async function isRunning(engine: Engine, engineId: string): Promise<ConnectionCheck["running"]> {
  try {
    return (await engine.inspect(engineId))?.state === "running" ? "yes" : "no";
  } catch {
    return "unknown";
  }
}

async function keysThatAreIn(stateDir: string, memberId: number): Promise<ConnectionCheck["keys"]> {
  try {
    const text = await readFile(join(places(stateDir).keysOf(memberId), authorizedKeysFile), "utf8");
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line) => {
      const [type = "", body = "", ...comment] = line.split(" ");
      return { type, fingerprint: fingerprintOf(body), comment: comment.join(" ") };
    });
  } catch {
    return "unknown";
  }
}

/** sshd touches a file at every sign-in (entry.sh); a member's own ~/.ssh/rc can hide it. */
async function lastSignInOf(engine: Engine, engineId: string): Promise<ConnectionCheck["lastSignIn"]> {
  try {
    const told = await engine.exec(engineId, ["stat", "-c", "%Y", "/run/berth/last-sign-in"], 5);
    if (told === "gone" || told.exitCode !== 0) return "unknown";
    const seconds = Number(told.output.trim());
    return seconds > 0 ? new Date(seconds * 1000) : "never";
  } catch {
    return "unknown";
  }
}
