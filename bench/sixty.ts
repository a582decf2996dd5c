import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

/** Something that runs as a container does: a process of its own in control groups of its own. */
export type Runs = { id: string; pid: number; files: string[] };

const root = "/sys/fs/cgroup";
const ours = "berth-bench";

/**
 * So many sleeping processes, each in control groups that are named like a container's: to whoever reads files of the kernel
 * that is what a container is, and sixty of an engine's would take a minute to come and go. Their network is this machine's. What
 * is made goes at the end. Throws a sentence where control groups can't be made.
 */
export function runMany(many: number, cleanUp: Parameters<Bench["run"]>[2]): Runs[] {
  const v1 = ["cpuacct", "memory", "freezer"].filter((one) => existsSync(join(root, one, "cgroup.procs")));
  const tops = v1.length > 0 ? v1.map((one) => join(root, one)) : [root];
  const parents = tops.map((top) => join(top, `${ours}-${process.pid}`));
  const children: ChildProcess[] = [];
  const made: string[] = [];
  cleanUp(async () => {
    await Promise.all(children.map(ended));
    // A group goes when its last process is gone for good, which the kernel may do a moment later.
    for (const directory of made.toReversed()) await gone(directory);
  });
  const make = (directory: string) => {
    mkdirSync(directory);
    made.push(directory);
  };
  try {
    parents.forEach(make);
    if (v1.length === 0) writeFileSync(join(parents[0]!, "cgroup.subtree_control"), "+cpu +memory");
    return Array.from({ length: many }, (_, i) => {
      const id = i.toString(16).padStart(64, "b");
      const child = spawn("sleep", ["3600"], { stdio: "ignore" });
      children.push(child);
      const groups = parents.map((parent) => join(parent, id));
      for (const group of groups) {
        make(group);
        writeFileSync(join(group, "cgroup.procs"), String(child.pid));
      }
      return { id, pid: child.pid!, files: filesOf(child.pid!, groups) };
    });
  } catch (error) {
    throw new Error(
      `sample.60 needs control groups of its own: ${(error as Error).message}. Run it as root.`,
    );
  }
}

/** All that a sample reads of it, where the kernel has it. */
function filesOf(pid: number, groups: readonly string[]): string[] {
  const names = [
    "cpuacct.usage",
    "memory.usage_in_bytes",
    "memory.stat",
    "freezer.state",
    "cpu.stat",
    "memory.current",
    "cgroup.events",
  ];
  const counted = groups.flatMap((group) =>
    names
      .filter((name) => name !== "cpu.stat" || !group.includes("/cpuacct/"))
      .map((name) => join(group, name)),
  );
  const own = ["cgroup", "stat", "net/dev"].map((name) => `/proc/${pid}/${name}`);
  return [...own, ...counted.filter((path) => existsSync(path) && isRead(path))];
}

function isRead(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => {
    child.once("exit", resolve);
    child.kill("SIGKILL");
  });
}

async function gone(directory: string): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    try {
      return rmdirSync(directory);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  throw new Error(`${directory} did not go`);
}
