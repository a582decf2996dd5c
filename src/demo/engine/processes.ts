import { readdirSync, readFileSync } from "node:fs";
import { waitUntil } from "./command.ts";

/** Who of the bed's own programs runs: found by the bed's run folder in their arguments, never by a name alone. */
export function pidsOf(program: "dockerd" | "containerd" | "containerd-shim", runDir: string): number[] {
  return processIds().filter((pid) => {
    const [path = "", ...args] = argumentsOf(pid);
    const name = path.slice(path.lastIndexOf("/") + 1);
    const isProgram = program === "containerd-shim" ? name.startsWith(program) : name === program;
    return isProgram && args.some((arg) => arg.startsWith(`${runDir}/`));
  });
}

/** Tells processes to end, kills those that are there after the grace. False if one can't be ended. */
export async function endProcesses(pids: readonly number[], graceSeconds: number): Promise<boolean> {
  const gone = () => pids.every((pid) => !isAlive(pid));
  for (const pid of pids) signal(pid, "SIGTERM");
  if (await waitUntil(gone, graceSeconds)) return true;
  for (const pid of pids) signal(pid, "SIGKILL");
  return waitUntil(gone, 5);
}

/** Sends a signal; a process that is gone is no fault. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Whether every thread of it has taken a SIGSTOP: those that work may go on for a moment. */
export function standsStill(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every(
    (thread) => stateOf(`/proc/${pid}/task/${thread}/stat`) === "T",
  );
}

/** A zombie counts as gone: its parent has only not asked for it yet. */
export function isAlive(pid: number): boolean {
  const state = stateOf(`/proc/${pid}/stat`);
  return state !== undefined && state !== "Z";
}

/** Undefined: it is gone. */
function stateOf(statPath: string): string | undefined {
  try {
    const stat = readFileSync(statPath, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
  } catch {
    return undefined;
  }
}

function processIds(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 1);
}

function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
