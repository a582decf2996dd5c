import { execFile } from "node:child_process";

export type Ran = { exitCode: number; output: string };

const limitMs = 10_000;

/** Runs a program of the host, 10 s at most, without our environment. undefined: there is none of that name. */
export function run(program: string, args: readonly string[]): Promise<Ran | undefined> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, LC_ALL: "C" };
    execFile(
      program,
      [...args],
      { env, timeout: limitMs, killSignal: "SIGKILL" },
      (error, stdout, stderr) => {
        if (error?.code === "ENOENT") resolve(undefined);
        else
          resolve({ exitCode: error === null ? 0 : Number(error.code) || 1, output: `${stdout}${stderr}` });
      },
    );
  });
}
