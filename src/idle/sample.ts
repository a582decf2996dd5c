import { EngineSilent, HostSilent } from "../errors.ts";
import type { ContainerUse, GpuReading } from "../host/host.ts";
import type { Measured } from "../ledger/queries/use.ts";
import type { Clock, Node } from "../world.ts";
import type { DeviceReading, Sample } from "./reading.ts";

/** Pids of containers' first processes by engine id: asked for once, and again when one is not right any more. */
export type Pids = Map<string, number>;

/**
 * One sample of each container, by its id: one reading of the GPUs, and files. Never throws for a machine or an engine that
 * is silent: what could not be read is undefined. `pids` is given back at the next call.
 */
export async function sampleNode(
  { engine, host }: Pick<Node, "engine" | "host">,
  clock: Pick<Clock, "now" | "monotonicMs">,
  containers: readonly Measured[],
  pids: Pids,
): Promise<ReadonlyMap<number, Sample>> {
  const reading = await unlessSilent(() => host.readGpus());
  // Only now: a driver in trouble may take ten seconds, and what the counters show is of the instant at which they are read.
  const monotonicMs = clock.monotonicMs();
  const at = clock.now();
  const uses = await usesOf(containers);
  const used = await unlessSilent(() => host.readProcessUse(onSlices(reading)));
  return new Map(
    containers.map(({ id, engineId, deviceIds }) => {
      const use = uses.get(engineId);
      const devices = deviceIds.map((device) => deviceIn(reading, device, engineId, used));
      const counted = {
        cpuSeconds: use?.cpuSeconds,
        netBytes: use?.netBytes,
        memoryBytes: use?.memoryBytes,
        inputAt: use?.inputAt,
      };
      return [id, { at, monotonicMs, life: use?.life, devices, ...counted }];
    }),
  );

  async function usesOf(list: readonly Measured[]): Promise<ReadonlyMap<string, ContainerUse>> {
    for (const id of pids.keys()) if (!list.some(({ engineId }) => engineId === id)) pids.delete(id);
    const first = await read();
    const unknown = list.filter(({ engineId }) => !first.has(engineId));
    if (unknown.length === 0) return first;
    // An engine that is silent once is not asked for the others.
    await unlessSilent(async () => {
      for (const { engineId } of unknown) {
        pids.delete(engineId);
        const found = await engine.inspect(engineId);
        if (found?.state === "running" && found.pid) pids.set(engineId, found.pid);
      }
    });
    return read();
  }

  async function read(): Promise<ReadonlyMap<string, ContainerUse>> {
    const known = [...pids].map(([id, pid]) => ({ id, pid }));
    return (await unlessSilent(() => host.readUse(known))) ?? new Map();
  }
}

/** A whole GPU tells its use itself: only of a slice it is seen by who computes on it. */
function onSlices(reading: GpuReading | undefined): number[] {
  return (reading?.processes ?? []).flatMap(({ pid, gpuInstanceId }) =>
    gpuInstanceId === undefined ? [] : [pid],
  );
}

/** What a reading shows of one device; the processes of others on it are nobody's use of this container. */
function deviceIn(
  reading: GpuReading | undefined,
  id: string,
  engineId: string,
  used: ReadonlyMap<number, number> | undefined,
): DeviceReading {
  for (const gpu of reading?.gpus ?? []) {
    if (gpu.uuid === id)
      return { id, is: "whole", usePercent: gpu.utilisationPercent, memoryMiB: gpu.memoryUsedMiB };
    const slice = gpu.slices.find(({ uuid }) => uuid === id);
    if (!slice) continue;
    const on = (reading?.processes ?? []).filter(
      ({ gpuUuid, gpuInstanceId }) => gpuUuid === gpu.uuid && gpuInstanceId === slice.gpuInstanceId,
    );
    // One of which nobody can tell whose it is may be this container's.
    const isTold = on.every(({ containerId, user }) => containerId !== undefined || user !== undefined);
    const own = on
      .filter(({ containerId }) => containerId === engineId)
      .map(({ pid, memoryMiB }) => ({ pid, memoryMiB, cpuSeconds: used?.get(pid) }));
    return { id, is: "slice", memoryMiB: slice.memoryUsedMiB, processes: isTold ? own : undefined };
  }
  return { id, is: "whole", usePercent: undefined, memoryMiB: undefined };
}

async function unlessSilent<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof EngineSilent || error instanceof HostSilent) return undefined;
    throw error;
  }
}
