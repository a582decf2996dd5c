import { spawn } from "node:child_process";
import type { Account } from "./account.ts";

export type CommandResult = { code: number | undefined; output: string };

/**
 * Runs a program to its end and returns what it printed (both streams, together) and its exit status. Never throws:
 * a program that can't be started has the code `undefined` and the reason as its output; so has one that was stopped
 * after `limitSeconds`. Nothing of our environment but PATH reaches it: PGHOST, PGDATA and the like would mislead it.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { as?: Account | undefined; directory?: string; limitSeconds?: number } = {},
): Promise<CommandResult> {
  const { as, directory = "/", limitSeconds = 60 } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: directory,
      env: { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: limitSeconds * 1000,
      killSignal: "SIGKILL",
      ...(as ? { uid: as.uid, gid: as.gid } : {}),
    });
    let output = "";
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-8192);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", (error) => resolve({ code: undefined, output: error.message }));
    child.on("close", (code) => resolve({ code: code ?? undefined, output: output.trim() }));
  });
}
