import { lstat, readdir } from "node:fs/promises";
import type { ContainerUse } from "./host.ts";
import { kernelFile } from "./kernel-file.ts";
import { containerOf } from "./processes.ts";

/** The kernel counts a process's CPU time in hundredths of a second. */
const ticksPerSecond = 100;
/** Of one container so many terminals are looked at. */
const mostTerminals = 256;

/**
 * What a container used since it was started, from files alone: its processes are not disturbed and none is started.
 * Undefined: that pid is not of this container any more, or it is paused: what is frozen can't show whether it is needed.
 */
export async function useOfContainer(
  { id, pid }: { id: string; pid: number },
  { proc, cgroups }: { proc: string; cgroups: string },
): Promise<ContainerUse | undefined> {
  const directory = `${proc}/${pid}`;
  const [cgroup, stat] = await Promise.all([
    kernelFile(`${directory}/cgroup`),
    kernelFile(`${directory}/stat`),
  ]);
  if (cgroup === undefined || stat === undefined || containerOf(cgroup) !== id) return undefined;
  if (await isFrozen(cgroup, cgroups)) return undefined;
  const [cpuSeconds, memoryBytes, netBytes, inputAt] = await Promise.all([
    cpuSecondsOf(cgroup, cgroups),
    memoryBytesOf(cgroup, cgroups),
    kernelFile(`${directory}/net/dev`).then((table) => (table ? netBytesIn(table) : undefined)),
    inputAtOf(`${directory}/root/dev/pts`),
  ]);
  return { life: `${pid} since ${startIn(stat)}`, cpuSeconds, netBytes, memoryBytes, inputAt };
}

/** CPU seconds of one process; undefined: it has ended. */
export async function cpuSecondsOfProcess(pid: number, proc: string): Promise<number | undefined> {
  const stat = await kernelFile(`${proc}/${pid}/stat`);
  return stat === undefined ? undefined : cpuSecondsIn(stat);
}

async function isFrozen(cgroup: string, cgroups: string): Promise<boolean> {
  const [v1, v2] = [pathIn(cgroup, "freezer"), pathIn(cgroup, "")];
  const state = v1 && (await kernelFile(`${cgroups}/freezer${v1}/freezer.state`));
  if (state) return state.trim() !== "THAWED";
  return /^frozen 1$/m.test((v2 && (await kernelFile(`${cgroups}${v2}/cgroup.events`))) ?? "");
}

async function cpuSecondsOf(cgroup: string, cgroups: string): Promise<number | undefined> {
  const [v1, v2] = [pathIn(cgroup, "cpuacct"), pathIn(cgroup, "")];
  const nanoseconds = v1 && (await kernelFile(`${cgroups}/cpuacct${v1}/cpuacct.usage`));
  if (nanoseconds) return Number(nanoseconds) / 1e9;
  const stat = v2 && (await kernelFile(`${cgroups}${v2}/cpu.stat`));
  const microseconds = stat && /^usage_usec (\d+)$/m.exec(stat)?.[1];
  return microseconds ? Number(microseconds) / 1e6 : undefined;
}

/** What was read of files stays counted until somebody needs the room, so the part that nobody touched lately is left out. */
async function memoryBytesOf(cgroup: string, cgroups: string): Promise<number | undefined> {
  const [v1, v2] = [pathIn(cgroup, "memory"), pathIn(cgroup, "")];
  const directory = v1 ? `${cgroups}/memory${v1}` : v2 && `${cgroups}${v2}`;
  if (!directory) return undefined;
  const [current, stat] = await Promise.all([
    kernelFile(`${directory}/${v1 ? "memory.usage_in_bytes" : "memory.current"}`),
    kernelFile(`${directory}/memory.stat`),
  ]);
  const [, inactive] =
    (v1 ? /^total_inactive_file (\d+)$/m : /^inactive_file (\d+)$/m).exec(stat ?? "") ?? [];
  return current && inactive ? Math.max(0, Number(current) - Number(inactive)) : undefined;
}

/** Lines of /proc/<pid>/cgroup: v1 `2:cpu,cpuacct:/docker/<id>`; v2, with no controller, `0::/system.slice/docker-<id>.scope`. */
function pathIn(cgroup: string, controller: string): string | undefined {
  const lines = cgroup.split("\n").map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line));
  return lines.find((line) => line?.[1]?.split(",").includes(controller))?.[2];
}

/** Bytes in and out over every interface but the loopback, in a table as /proc/<pid>/net/dev. */
function netBytesIn(table: string): number {
  const rows = table.split("\n").flatMap((line) => {
    const [, name, counts] = /^\s*([^:\s]+):\s*(.+)$/.exec(line) ?? [];
    return name === undefined || name === "lo" ? [] : [counts!.split(/\s+/).map(Number)];
  });
  return rows.reduce((sum, counts) => sum + (counts[0] ?? 0) + (counts[8] ?? 0), 0);
}

/** `12 (a name, with) brackets) S 1 …`: the name may hold anything, so what counts is behind the last bracket. */
function fieldsIn(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function cpuSecondsIn(stat: string): number {
  const fields = fieldsIn(stat);
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function startIn(stat: string): string {
  return fieldsIn(stat)[19] ?? "";
}

/**
 * A terminal's access time is when somebody typed on it, to 8 s; its other times move with output too. Names are not followed:
 * they are in the hands of whoever is root in there.
 */
async function inputAtOf(terminals: string): Promise<Date | undefined> {
  const names = (await readdir(terminals).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const times = await Promise.all(
    names.slice(0, mostTerminals).map((name) =>
      lstat(`${terminals}/${name}`).then(
        (terminal) => [terminal.atime],
        () => [],
      ),
    ),
  );
  return times.flat().toSorted((a, b) => b.getTime() - a.getTime())[0];
}
