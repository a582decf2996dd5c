import type { Clock } from "../world.ts";
import { type Call, refusal } from "./call.ts";
import { collectOutput } from "./frames.ts";

const outputLimitBytes = 64 * 1024;
const limitMs = 10_000;

/** Runs argv as root. Over the limit it throws `EngineSilent`; the program in the container may go on. */
export async function runInContainer(
  call: Call,
  clock: Clock,
  id: string,
  argv: readonly string[],
  limitSeconds: number,
): Promise<{ exitCode: number; output: string } | "gone"> {
  const wish = { Cmd: argv, User: "0:0", AttachStdout: true, AttachStderr: true, Tty: false };
  const made = await call.json({ method: "POST", path: `/containers/${id}/exec`, body: wish, limitMs });
  if (made.status === 404 || made.status === 409) return "gone";
  if (made.status !== 200) throw refusal(made);
  const path = `/exec/${(made.body as { Id: string }).Id}`;

  const body = { Detach: false, Tty: false };
  const stream = await call.stream({ method: "POST", path: `${path}/start`, body, limitMs });
  if (stream === "gone") return "gone";
  const output = await collectOutput(stream, clock, limitSeconds * 1000, outputLimitBytes);

  const ended = await call.json({ method: "GET", path: `${path}/json`, limitMs });
  if (ended.status === 404) return "gone";
  if (ended.status !== 200) throw refusal(ended);
  const { ExitCode } = ended.body as { ExitCode: number | null };
  return ExitCode === null ? "gone" : { exitCode: ExitCode, output };
}

/** The last lines of what the container printed; empty if it is gone. */
export async function lastWords(call: Call, clock: Clock, id: string, lines: number): Promise<string> {
  const query = { stdout: true, stderr: true, tail: lines };
  const stream = await call.stream({ method: "GET", path: `/containers/${id}/logs`, query, limitMs });
  if (stream === "gone") return "";
  const printed = await collectOutput(stream, clock, limitMs, outputLimitBytes);
  return printed.trim().split("\n").slice(-lines).join("\n");
}
