import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { lstatSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wallClock } from "../src/clock.ts";
import { gpuServer } from "../src/demo/gpus/server.ts";
import { gpuSimulator } from "../src/demo/gpus/simulator.ts";
import type { Host } from "../src/host/host.ts";
import { linuxHost } from "../src/host/linux.ts";
import { type Pids, sampleNode } from "../src/idle/sample.ts";
import type { Measured as Sampled } from "../src/ledger/queries/use.ts";
import type { Node } from "../src/world.ts";
import type { Bench } from "./bench.ts";
import { inTurns, timed } from "./pairs.ts";
import { type Runs, runMany } from "./sixty.ts";

const containers = 60;
const devices = 8;
const everySeconds = 15;
/** nvidia-smi is asked twice for one reading, however many containers there are. */
const programsAtMost = 3;
const wantedPercent = 3;

/**
 * One look at what sixty containers on eight devices use, as the bot does every 15 seconds. The floor is one plain read of the
 * same files, one after the other. Beside the row: what all of it costs of one core, the two programs for the GPUs included
 * (the demo's stand-in for nvidia-smi, in awk; a driver's own is another).
 */
export const sample: Bench = {
  rows: ["sample.60"],
  async run(_wanted, say, cleanUp) {
    const running = runMany(containers, cleanUp);
    say(`${containers} processes in control groups of their own, ${running[0]?.files.length} files each`);
    const directory = mkdtempSync(join(tmpdir(), "berth-bench-sample-"));
    cleanUp(() => rm(directory, { recursive: true, force: true }));
    const gpus = gpuSimulator({
      dir: directory,
      server: gpuServer({ seed: "sample", cuts: Array<"whole">(devices).fill("whole") }),
    });
    running.forEach(({ pid }, i) => void gpus.addProcess(gpus.devices[i % devices]!, { pid }));
    const host = linuxHost({ nvidiaSmi: gpus.nvidiaSmi, workspacesRoot: directory, clock: wallClock });
    const list = running.map(({ id }, i): Sampled => {
      return { id: i + 1, run: 1, engineId: id, deviceIds: [gpus.devices[i % devices]!] };
    });
    const pids: Pids = new Map(running.map(({ id, pid }) => [id, pid]));
    const look = (read: Host) => sampleAll(read, list, pids);

    // The same programs would be on both sides, and hide what is to be seen.
    const reading = await host.readGpus();
    const files: Host = { ...host, readGpus: async () => reading };
    const [row] = await inTurns(
      [
        {
          name: "sample.60",
          ours: () => timed(() => look(files)),
          floor: () => timed(async () => plain(running)),
        },
      ],
      { rounds: 200, warmUp: 20, say },
    );
    const { percent, programs } = await costOf(() => look(host));
    if (programs > programsAtMost) throw new Error(`a look started ${programs} programs`);
    const good = percent < wantedPercent ? "yes" : "NO";
    const beside = `every ${everySeconds} s: ${percent} % of one core, and ${programs} programs a look, both for the GPUs (wanted < ${wantedPercent} % ${good})`;
    return [{ ...row!, beside }];
  },
};

async function sampleAll(host: Host, list: readonly Sampled[], pids: Pids): Promise<void> {
  const engine = {
    inspect: () => Promise.reject(new Error("nobody is asked for a pid")),
  } as unknown as Node["engine"];
  const samples = await sampleNode({ engine, host }, wallClock, list, pids);
  for (const { id } of list) {
    const { cpuSeconds, netBytes, devices } = samples.get(id)!;
    if (cpuSeconds === undefined || netBytes === undefined || devices[0]?.memoryMiB === undefined)
      throw new Error("something was not read");
  }
}

function plain(running: readonly Runs[]): void {
  for (const { pid, files } of running) {
    for (const path of files) readFileSync(path, "utf8");
    const terminals = `/proc/${pid}/root/dev/pts`;
    for (const name of readdirSync(terminals)) lstatSync(`${terminals}/${name}`);
  }
}

/** Of one core, with the programs that were started and have ended. */
async function costOf(look: () => Promise<void>): Promise<{ percent: number; programs: number }> {
  const rounds = 20;
  let started = 0;
  const count = () => void started++;
  subscribe("child_process", count);
  const before = cpuSeconds();
  for (let round = 0; round < rounds; round++) await look();
  const spent = cpuSeconds() - before;
  unsubscribe("child_process", count);
  const percent = Math.round((spent / rounds / everySeconds) * 100 * 100) / 100;
  return { percent, programs: started / rounds };
}

/** User and system time of this process and of those that it waited for. */
function cpuSeconds(): number {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0) / 100;
}
