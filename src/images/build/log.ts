import { appendFile, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { World } from "../../world.ts";

/** More than this of one build is not kept; its end still is what the message shows. */
const mostBytes = 20 * 1024 ** 2;
const tailLines = 30;
const longestLine = 500;
const keptDays = 30;

/** What a build prints: in a file while it goes on, and its last lines in memory for the message of a failure. */
export type BuildLog = {
  /** Never throws: a log that can't be written (a full disk) is no reason to end a build. */
  write(text: string): void;
  /** The last lines, without colours and control characters. */
  tail(): string[];
  /** Everything printed lately, for whoever looks for the line that says why. */
  lately(): string;
  close(): Promise<void>;
};

/** Opens the log of a build; a further attempt goes on behind the first. */
export async function openBuildLog(
  world: Pick<World, "settings" | "log">,
  build: { id: number; attempt: number },
): Promise<BuildLog> {
  const path = logPath(world, build.id);
  let recent = "";
  let isWritable = true;
  let bytes = await sizeNow(path).catch(failed);
  let writing = Promise.resolve();

  const log: BuildLog = {
    write(text) {
      const said = plain(text);
      recent = (recent + said).slice(-64 * 1024);
      if (said === "" || bytes === undefined || !isWritable || bytes >= mostBytes) return;
      const cut = said.slice(0, mostBytes - bytes);
      bytes += Buffer.byteLength(cut);
      const full = bytes >= mostBytes ? "\nThe rest is not kept: this log is too long.\n" : "";
      writing = writing.then(() => appendFile(path, cut + full, { mode: 0o600 })).catch(failed);
    },
    tail: () => lastLines(recent),
    lately: () => recent,
    close: () => writing,
  };
  if (build.attempt > 1) log.write(`\n--- It begins again: attempt ${build.attempt} ---\n`);
  return log;

  function failed(err: unknown): undefined {
    isWritable = false;
    world.log.warn({ buildId: build.id, err }, "the log of a build can't be written; the build goes on");
  }
}

/** All that is kept of what a build printed; `undefined`: nothing, or not any more (30 days). */
export async function logOf(world: Pick<World, "settings">, buildId: number): Promise<string | undefined> {
  return readFile(logPath(world, buildId), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

/** Takes away the logs that nobody wrote to for 30 days. */
export async function trimLogs(world: Pick<World, "settings" | "clock">): Promise<void> {
  const directory = logDirectory(world);
  const before = world.clock.now().getTime() - keptDays * 24 * 3_600_000;
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  for (const name of names.filter((one) => /^\d+\.log$/.test(one))) {
    const path = join(directory, name);
    if ((await stat(path)).mtimeMs < before) await rm(path, { force: true });
  }
}

function logDirectory({ settings }: Pick<World, "settings">): string {
  return join(settings.stateDir, "build-logs");
}

function logPath(world: Pick<World, "settings">, buildId: number): string {
  return join(logDirectory(world), `${buildId}.log`);
}

async function sizeNow(path: string): Promise<number> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return stat(path).then(
    ({ size }) => size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return 0;
      throw error;
    },
  );
}

/** Passwords in addresses, as of an index of packages, are nobody's business. */
const secretInAddress = /:\/\/[^\s/@:]*:[^\s/@]*@/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
const colours = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** As a terminal would leave it in the end: a line that was written over and over is its last version. */
function plain(text: string): string {
  return text
    .replace(secretInAddress, "://[hidden]@")
    .replace(colours, "")
    .split("\n")
    .map((line) => {
      const whole = line.endsWith("\r") ? line.slice(0, -1) : line;
      return whole.slice(whole.lastIndexOf("\r") + 1);
    })
    .join("\n")
    .replace(controls, "");
}

function lastLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .slice(-tailLines)
    .map((line) => (line.length > longestLine ? `${line.slice(0, longestLine - 1)}…` : line));
}
