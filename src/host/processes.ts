import { readFile, stat } from "node:fs/promises";
import type { GpuProcess } from "./host.ts";
import { kernelFile } from "./kernel-file.ts";
import type { ListedProcess } from "./parse.ts";

/**
 * Whose a process is, from its cgroup and its owner; by id, never by name. Where neither can be read (it has just ended,
 * or the bot does not see the host's processes) both stay undefined: the process is there and nobody's.
 */
export async function whoseAll(processes: readonly ListedProcess[], proc = "/proc"): Promise<GpuProcess[]> {
  // Once for all of them: each container may have a process on a GPU.
  const names = processes.length > 0 ? await userNames() : new Map<string, string>();
  return Promise.all(processes.map((process) => whose(process, { proc, names })));
}

async function whose(
  process: ListedProcess,
  { proc, names }: { proc: string; names: ReadonlyMap<string, string> },
): Promise<GpuProcess> {
  const directory = `${proc}/${process.pid}`;
  const cgroup = await kernelFile(`${directory}/cgroup`);
  const containerId = cgroup === undefined ? undefined : containerOf(cgroup);
  const user = cgroup === undefined ? undefined : await userOf(directory, names);
  return { ...process, containerId, user };
}

/**
 * v1 `4:memory:/docker/<id>`, v2 `0::/system.slice/docker-<id>.scope`, below any parent. Where the whole machine is itself
 * a container its id comes first, so the last one counts.
 */
export function containerOf(cgroup: string): string | undefined {
  for (const line of cgroup.split("\n")) {
    const ids = line
      .split(":")
      .slice(2)
      .join(":")
      .match(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g);
    if (ids !== null) return ids.at(-1);
  }
  return undefined;
}

/** By their numbers, as /etc/passwd has them. */
async function userNames(): Promise<ReadonlyMap<string, string>> {
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  const fields = passwd.split("\n").map((line) => line.split(":"));
  // The first of several names counts.
  return new Map(fields.toReversed().flatMap(([name, , uid]) => (name && uid ? [[uid, name] as const] : [])));
}

async function userOf(directory: string, names: ReadonlyMap<string, string>): Promise<string | undefined> {
  try {
    const { uid } = await stat(directory);
    return names.get(String(uid)) ?? `uid ${uid}`;
  } catch {
    return undefined;
  }
}
