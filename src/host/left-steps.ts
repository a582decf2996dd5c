import { readdir, readFile } from "node:fs/promises";

/**
 * A step of a build is a child of the runtime that the engine started. When the engine is killed, the runtime dies with it,
 * and the step goes on as a child of process 1 with nobody to end it; a new engine does not know it. Ends those, with all
 * that runs in them. Answers how many there were.
 */
export async function endLeftSteps(proc: string, kill: (pid: number) => boolean = sigkill): Promise<number> {
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
  let ended = 0;
  for (const pid of pids) {
    if (!(await isLeftStep(`${proc}/${pid}`))) continue;
    if (kill(Number(pid))) ended += 1;
  }
  return ended;
}

async function isLeftStep(directory: string): Promise<boolean> {
  const cgroup = await readFile(`${directory}/cgroup`, "utf8").catch(() => "");
  if (!isOfBuild(cgroup)) return false;
  const stat = await readFile(`${directory}/stat`, "utf8").catch(() => "");
  return parentIn(stat) === 1;
}

/** v1 and v2 with the driver cgroupfs: `/docker/buildkit/<id>`; with systemd `docker-<id>.scope`. A container's id is longer. */
export function isOfBuild(cgroup: string): boolean {
  return /\/buildkit\/[a-z0-9]{25}$|\/docker-[a-z0-9]{25}\.scope$/m.test(cgroup);
}

/** `12 (a name, with) brackets) S 1 …`: the name may hold anything, so what counts is behind the last bracket. */
export function parentIn(stat: string): number | undefined {
  const parent = /^\) \S (\d+) /.exec(stat.slice(stat.lastIndexOf(")")))?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** Of a step's first process: the kernel ends all others with it. False: it is gone, or not ours to end. */
function sigkill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch (error) {
    if (["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}
