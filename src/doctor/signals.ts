import { access, readdir, readFile } from "node:fs/promises";
import { containerOf } from "../host/processes.ts";
import { type Check, type Finding, ok, warning } from "./finding.ts";
import { type Bench, withProbe } from "./probe-container.ts";

const what = "signals";

/** What can be read of a container from outside, without disturbing it. */
export type SignalFacts = {
  /** The process of the container is seen under the number the engine tells. */
  processes: boolean;
  controlGroup: boolean;
  network: boolean;
  terminals: boolean;
};

/** Of a container that was started for it; undefined where no image is there. */
export function signalsCheck(bench: Bench, proc = "/proc", cgroups = "/sys/fs/cgroup"): Check {
  return {
    what,
    async run() {
      const facts = await withProbe(bench, [], async ({ id }) => {
        const pid = (await bench.engine.inspect(id))?.pid;
        if (!pid) throw new Error("the engine does not tell the number of the container's process");
        return readable(id, `${proc}/${pid}`, cgroups);
      });
      return facts === undefined
        ? [
            warning(
              what,
              "What can be read of a container was not tried: no image is there yet.",
              `docker pull ${bench.images[0] ?? "<an image with house: true>"} && berth doctor`,
            ),
          ]
        : judgeSignals(facts);
    },
  };
}

export function judgeSignals(facts: SignalFacts): Finding[] {
  if (!facts.processes)
    return [
      warning(
        what,
        "The processes of containers are not seen: whose a process on a GPU is can't be told, and every one counts as outside Berth.",
        "Run Berth as root on the host, or with pid: host in docker-compose.yml.",
      ),
    ];
  const missing = [
    facts.controlGroup ? [] : ["processor and memory (mount /sys/fs/cgroup into the bot's container)"],
    facts.network ? [] : ["network (needs root)"],
    facts.terminals ? [] : ["typed input (needs root and SYS_PTRACE)"],
  ].flat();
  if (missing.length === 0)
    return [ok(what, "Processor, memory, network and typed input of a container can be read.")];
  return [
    warning(
      what,
      `Not readable of a container: ${missing.join("; ")}. What can't be read is unknown, and never a reason to stop one.`,
      "Run Berth as docs/install.md says: as root, or with the rights docker-compose.yml gives.",
    ),
  ];
}

async function readable(id: string, directory: string, cgroups: string): Promise<SignalFacts> {
  const text = await readFile(`${directory}/cgroup`, "utf8").catch(() => "");
  return {
    processes: containerOf(text) === id,
    controlGroup: await anyReadable(controlGroupFiles(text, cgroups)),
    network: await anyReadable([`${directory}/net/dev`]),
    terminals: await readdir(`${directory}/root/dev/pts`).then(
      () => true,
      () => false,
    ),
  };
}

/** v2: one group for everything; v1: one for each controller. */
export function controlGroupFiles(cgroup: string, root: string): string[] {
  return cgroup.split("\n").flatMap((line) => {
    const [, controllers, ...rest] = line.split(":");
    const path = rest.join(":");
    if (controllers === "") return [`${root}${path}/memory.current`];
    return controllers?.split(",").includes("memory") ? [`${root}/memory${path}/memory.usage_in_bytes`] : [];
  });
}

async function anyReadable(files: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    files.map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
