import { a100Profiles } from "./profiles.ts";
import type { GpuState } from "./simulator.ts";

/**
 * The state as the stand-in programs read it: one fact a line, its columns between tabs, the first one its kind. Written for
 * awk, which reads 640 GPUs of it in a few milliseconds.
 */
export function stateFile(state: GpuState): string {
  const { server } = state;
  const rows: (string | number)[][] = [
    ["driver", server.driver, server.cuda],
    ["mode", state.answers],
    ["busy-when-held", state.busyWhenHeld ? 1 : 0],
  ];
  if (state.clock !== undefined) rows.push(["clock", state.clock]);
  for (const gpu of server.gpus) {
    const there = state.gone.includes(gpu.uuid) ? 0 : 1;
    rows.push([
      "gpu",
      ...[gpu.index, gpu.uuid, gpu.name, gpu.memoryMiB, gpu.busId, gpu.serial, gpu.migEnabled ? 1 : 0, there],
      ...[gpu.powerLimitWatts, gpu.numaNode, gpu.cpuAffinity],
    ]);
    for (const { uuid, gpuInstance, computeInstance, profile, start } of gpu.slices) {
      if (state.gone.includes(uuid)) continue;
      rows.push([
        "slice",
        ...[
          gpu.index,
          gpuInstance,
          computeInstance,
          profile.name,
          uuid,
          start,
          profile.size,
          profile.memoryMiB,
        ],
        ...[profile.multiprocessors, profile.copyEngines, profile.decoders, profile.id],
      ]);
    }
  }
  for (const one of a100Profiles) {
    const gib = (one.memoryMiB / 1024).toFixed(2);
    const engines = [one.multiprocessors, one.copyEngines, one.decoders, one.mediaEngines, one.most];
    rows.push([
      "profile",
      "A100-SXM4-40GB",
      one.name,
      one.id,
      one.places.join(","),
      one.size,
      gib,
      ...engines,
    ]);
  }
  for (const { a, b, by } of server.links) rows.push(["link", a, b, by]);
  for (const [uuid, load] of Object.entries(state.loads))
    rows.push(["load", uuid, load.usePercent, load.memoryMiB]);
  for (const one of state.processes) rows.push(["process", one.uuid, one.pid, one.memoryMiB, one.name]);
  return rows.map((row) => `${row.map(cell).join("\t")}\n`).join("");
}

/** A process may name itself as it likes, with tabs and newlines too. */
function cell(value: string | number): string {
  return String(value).replaceAll("\t", " ").replaceAll("\n", "\\n");
}
