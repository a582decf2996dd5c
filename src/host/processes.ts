import { readFile, stat } from "node:fs/promises";
import type { GpuProcess } from "./host.ts";
import type { ListedProcess } from "./parse.ts";

/**
 * Whose a process is, from its cgroup and its owner; by id, never by name. Where neither can be read (it has just ended,
 * or the bot does not see the host's processes) both stay undefined: the process is there and nobody's.
 */
export async function whose(process: ListedProcess, proc = "/proc"): Promise<GpuProcess> {
  const directory = `${proc}/${process.pid}`;
  const cgroup = await readFile(`${directory}/cgroup`, "utf8").catch(() => undefined);
  const containerId = cgroup === undefined ? undefined : containerOf(cgroup);
  const user = cgroup === undefined ? undefined : await userOf(directory);
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

async function userOf(directory: string): Promise<string | undefined> {
  try {
    const { uid } = await stat(directory);
    const passwd = await readFile("/etc/passwd", "utf8");
    const name = passwd
      .split("\n")
      .map((line) => line.split(":"))
      .find((fields) => fields[2] === String(uid))?.[0];
    return name ?? `uid ${uid}`;
  } catch {
    return undefined;
  }
}
