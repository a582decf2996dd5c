import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type GpuServer, gpuServer } from "./server.ts";
import { stateFile } from "./state-file.ts";

/** Everything the simulated GPUs answer from, kept as JSON. */
export type GpuState = {
  server: GpuServer;
  /** `fail`: nvidia-smi can't reach its driver (exit 9). `hang`: it never answers. Starting containers works in both. */
  answers: "ok" | "fail" | "hang";
  /**
   * True: a device that a running container holds is used as by a training run that comes and goes (a function of the time
   * and its UUID), by the container's first process. False: every device is idle until a test says otherwise.
   */
  busyWhenHeld: boolean;
  /** UUIDs of GPUs and slices that are not there at the moment. */
  gone: string[];
  /** Seconds since 1970 that the loads are worked out for; undefined: the machine's clock. */
  clock?: number | undefined;
  loads: Record<string, { usePercent: number; memoryMiB: number }>;
  processes: { uuid: string; pid: number; memoryMiB: number; name: string }[];
};

/**
 * A GPU server without GPUs. Its `binDir` goes first on the PATH of an engine of our own; `nvidiaSmi` is the host's program.
 * All setters are seen by the next question, from the host and from inside containers. One process changes the state at a
 * time: the last one to write wins.
 */
export type GpuSimulator = {
  /** Holds `nvidia-smi` and `nvidia-container-runtime-hook`. */
  binDir: string;
  nvidiaSmi: string;
  server: GpuServer;
  /** Every UUID that can be granted: whole GPUs with MIG off, and slices. */
  devices: readonly string[];
  /** A device's use from now on, whoever holds it. `undefined`: as `busyWhenHeld` has it. MIG slices tell no use, only memory. */
  setLoad(uuid: string, load: { usePercent: number; memoryMiB: number } | undefined): void;
  /** A process computes on the device until it is taken away, whether it lives or not. */
  addProcess(uuid: string, process: { pid: number; memoryMiB?: number; name?: string }): void;
  removeProcess(pid: number): void;
  /** The device is not there any more: not listed, and a container that asks for it does not start. */
  takeAway(uuid: string): void;
  bringBack(uuid: string): void;
  setAnswers(answers: GpuState["answers"]): void;
  setBusyWhenHeld(busy: boolean): void;
  /** Loads as at this second (since 1970) from now on; `undefined`: the machine's clock again. */
  setClock(second: number | undefined): void;
  /** Back to the server as it was made: all there, no loads, no processes, answering. */
  reset(): void;
};

/**
 * Makes the simulator's files in `dir`, or takes up those that are there (same loads, same UUIDs) unless `server` says
 * otherwise.
 */
export function gpuSimulator(options: {
  dir: string;
  server?: GpuServer;
  busyWhenHeld?: boolean;
}): GpuSimulator {
  const statePath = join(options.dir, "gpus.json");
  const share = join(options.dir, "share");
  const binDir = join(options.dir, "bin");
  layOut(options.dir, share, binDir);
  let state = existsSync(statePath) ? readState(statePath) : fresh(options.server ?? gpuServer(), false);
  if (options.server && JSON.stringify(options.server) !== JSON.stringify(state.server))
    state = fresh(options.server, false);
  write({ ...state, busyWhenHeld: options.busyWhenHeld ?? state.busyWhenHeld });

  function write(next: GpuState): void {
    state = next;
    replaceFile(statePath, `${JSON.stringify(next, undefined, 1)}\n`);
    replaceFile(join(share, "state.tsv"), stateFile(next));
  }

  function change(edit: (state: GpuState) => Partial<GpuState>): void {
    // Another process may have changed it since.
    const now = readState(statePath);
    write({ ...now, ...edit(now) });
  }

  return {
    binDir,
    nvidiaSmi: join(binDir, "nvidia-smi"),
    server: state.server,
    devices: state.server.gpus.flatMap((gpu) =>
      gpu.migEnabled ? gpu.slices.map(({ uuid }) => uuid) : [gpu.uuid],
    ),
    setLoad(uuid, load) {
      change(({ loads: { [uuid]: _before, ...others } }) => ({
        loads: load ? { ...others, [uuid]: load } : others,
      }));
    },
    addProcess(uuid, { pid, memoryMiB = 2048, name = "python3" }) {
      change(({ processes }) => ({ processes: [...processes, { uuid, pid, memoryMiB, name }] }));
    },
    removeProcess(pid) {
      change(({ processes }) => ({ processes: processes.filter((one) => one.pid !== pid) }));
    },
    takeAway(uuid) {
      change(({ gone }) => ({ gone: [...new Set([...gone, uuid])] }));
    },
    bringBack(uuid) {
      change(({ gone }) => ({ gone: gone.filter((one) => one !== uuid) }));
    },
    setAnswers(answers) {
      change(() => ({ answers }));
    },
    setBusyWhenHeld(busyWhenHeld) {
      change(() => ({ busyWhenHeld }));
    },
    setClock(clock) {
      change(() => ({ clock }));
    },
    reset() {
      change(({ server, busyWhenHeld }) => fresh(server, busyWhenHeld));
    },
  };
}

function fresh(server: GpuServer, busyWhenHeld: boolean): GpuState {
  return { server, answers: "ok", busyWhenHeld, gone: [], loads: {}, processes: [] };
}

function readState(path: string): GpuState {
  return JSON.parse(readFileSync(path, "utf8")) as GpuState;
}

/** Copies the programs, for containers get `share` mounted, and writes the two that know where it lies. */
function layOut(dir: string, share: string, binDir: string): void {
  const held = join(dir, "held");
  for (const folder of [share, binDir, held]) mkdirSync(folder, { recursive: true, mode: 0o755 });
  const source = join(import.meta.dirname, "stand-in");
  for (const name of readdirSync(source)) {
    copyFileSync(join(source, name), join(share, `${name}.new`));
    renameSync(join(share, `${name}.new`), join(share, name));
    chmodSync(join(share, name), 0o755);
  }
  for (const name of ["nvidia-smi", "nvidia-container-runtime-hook"]) {
    const quoted = [share, held, join(share, name)].map((path) => `'${path.replaceAll("'", `'\\''`)}'`);
    const start = `BERTH_GPUS_SHARE=${quoted[0]} BERTH_GPUS_HELD=${quoted[1]} exec sh ${quoted[2]} "$@"`;
    replaceFile(join(binDir, name), `#!/bin/sh\n${start}\n`, 0o755);
  }
}

/** Readers see the old file or the new one, never half of it. */
function replaceFile(path: string, text: string, mode = 0o644): void {
  writeFileSync(`${path}.${process.pid}.new`, text, { mode });
  renameSync(`${path}.${process.pid}.new`, path);
}
