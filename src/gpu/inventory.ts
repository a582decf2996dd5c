import type { GpuProcess, GpuReading, MigSlice, PhysicalGpu } from "../host/host.ts";
import type { Device } from "../ledger/schema.ts";
import { formOf, type PartForm, partOfSlice, partOfWhole } from "./part.ts";
import { weigh } from "./weigh.ts";

/** What is so in the ledger and the engine while the reading is compared. */
export type Known = {
  nodeId: string;
  now: Date;
  /** Every row of this node, in whatever state. */
  devices: readonly Device[];
  /** Devices with an open lease. */
  held: ReadonlySet<string>;
  /** Engine ids of our containers, running or not. */
  ours: ReadonlySet<string>;
  /** Devices that running containers of others were given, idle or not: device id → the container's name. */
  foreign: ReadonlyMap<string, string>;
};

/** A device whose state is another than before, with the sentence for its event. */
export type Moved = {
  device: Device;
  from: Device["state"] | undefined;
  because: string;
  evidence: Record<string, unknown>;
};

/** Readings in a row a device must be missing from before it counts as lost. */
export const readingsUntilLost = 3;

/**
 * Compares one good reading with the rows. `rows`: new and changed ones, to be written as they are; `moved`: those whose
 * state changed. A bad reading (HostSilent) must not come here: nothing may be concluded from it.
 * Never ends a quarantine: that needs the engine's word too.
 */
export function inventory(reading: GpuReading, known: Known): { rows: Device[]; moved: Moved[] } {
  const seen = reading.gpus.flatMap((gpu) => devicesOn(gpu, reading, known));
  const seenIds = new Set(seen.map(({ id }) => id));
  const missing = known.devices
    .filter(({ id }) => !seenIds.has(id))
    .map((row) => missed(row, reading, known));
  const before = new Map(known.devices.map((row) => [row.id, row]));

  const rows = [...seen, ...missing].filter((row) => differs(row, before.get(row.id)));
  const moved = rows
    .filter((row) => row.state !== before.get(row.id)?.state)
    .map((device) => ({
      device,
      from: before.get(device.id)?.state,
      because: because(device, before.get(device.id)?.state),
      evidence: {
        readAt: reading.at,
        missedReadings: device.missedReadings,
        processes: outsiders(device, reading, known),
      },
    }));
  return { rows, moved };
}

/** Processes nvidia-smi tells on this device. On a slice: of its GPU instance, or of no known one. */
export function processesOn(
  device: Pick<Device, "gpuUuid" | "sliceIndex">,
  reading: GpuReading,
): GpuProcess[] {
  const onGpu = reading.processes.filter(({ gpuUuid }) => gpuUuid === device.gpuUuid);
  if (device.sliceIndex === null) return onGpu;
  const gpu = reading.gpus.find(({ uuid }) => uuid === device.gpuUuid);
  const slice = gpu?.slices.find(({ index }) => index === device.sliceIndex);
  return onGpu.filter(
    ({ gpuInstanceId }) => gpuInstanceId === undefined || gpuInstanceId === slice?.gpuInstanceId,
  );
}

function devicesOn(gpu: PhysicalGpu, reading: GpuReading, known: Known): Device[] {
  const rows = known.devices.filter(({ gpuUuid }) => gpuUuid === gpu.uuid);
  const form = formOf(rows.map(({ part }) => part)) ?? formSeenFirst(gpu);
  const identity = { nodeId: known.nodeId, gpuUuid: gpu.uuid, gpuIndex: gpu.index, model: gpu.model };
  if (!gpu.migEnabled || gpu.slices.length === 0) {
    const whole = {
      ...identity,
      id: gpu.uuid,
      sliceIndex: null,
      profile: null,
      memoryMiB: gpu.memoryMiB,
      weight: 1,
    };
    const unusable = gpu.migEnabled ? "It is set up to be cut into slices, and none are cut." : undefined;
    return [judged({ ...whole, part: partOfWhole(form) }, rows, unusable, reading, known)];
  }
  return gpu.slices.flatMap((slice) => {
    const part = partOfSlice(form, { ...slice, within: within(slice, gpu) });
    // What a row says of its place while it is held is what the ledger's constraint was judged by.
    const row = rows.find(({ id }) => id === slice.uuid);
    const place = row !== undefined && (part === undefined || known.held.has(row.id)) ? row.part : part;
    if (place === undefined) return [];
    const own = {
      id: slice.uuid,
      sliceIndex: slice.index,
      profile: slice.profile,
      memoryMiB: slice.memoryMiB,
    };
    const weight = weigh(gpu.model, slice.profile);
    return [judged({ ...identity, ...own, weight, part: place }, rows, undefined, reading, known)];
  });
}

function formSeenFirst(gpu: PhysicalGpu): PartForm {
  return gpu.slices.every(({ placement }) => placement !== undefined) ? "units" : "instances";
}

/** Several compute instances of one GPU instance share its units: each takes as many as it has compute slices, in their order. */
function within(slice: MigSlice, gpu: PhysicalGpu): { start: number; size: number } | undefined {
  const together = gpu.slices
    .filter(({ gpuInstanceId }) => gpuInstanceId === slice.gpuInstanceId)
    .sort((a, b) => a.index - b.index);
  if (together.length < 2) return undefined;
  const compute = ({ profile }: MigSlice) => Number(/^(\d+)c\./.exec(profile)?.[1] ?? 1);
  const start = together.slice(0, together.indexOf(slice)).reduce((sum, one) => sum + compute(one), 0);
  return { start, size: compute(slice) };
}

type Identity = Omit<Device, "state" | "stateSince" | "reason" | "missedReadings">;

function judged(
  device: Identity,
  rows: readonly Device[],
  unusable: string | undefined,
  reading: GpuReading,
  known: Known,
): Device {
  const row = rows.find(({ id }) => id === device.id);
  const keep = { missedReadings: 0, stateSince: row?.stateSince ?? known.now, reason: row?.reason ?? null };
  if (row?.state === "quarantined") return { ...device, ...keep, state: "quarantined" };
  const [outsider] = outsiders(device, reading, known);
  if (unusable !== undefined) return inState("unusable", unusable);
  if (outsider !== undefined)
    return inState("outside", `Process ${outsider.pid} of ${outsider.whose} computes on it.`);
  const foreign = known.foreign.get(device.id);
  if (foreign !== undefined)
    return inState("outside", `The container ${foreign}, which is not Berth's, was given it.`);
  return inState("ok", null);

  function inState(state: Device["state"], reason: string | null): Device {
    const since = row?.state === state ? row.stateSince : known.now;
    // Which of several processes is named may change from reading to reading: the first reason stays.
    return {
      ...device,
      ...keep,
      state,
      stateSince: since,
      reason: row?.state === state ? row.reason : reason,
    };
  }
}

/** Who computes there and is not ours. A process of which nobody can tell whose it is has just ended, or will be told next time. */
function outsiders(
  device: Pick<Device, "gpuUuid" | "sliceIndex">,
  reading: GpuReading,
  known: Known,
): { pid: number; whose: string }[] {
  return processesOn(device, reading).flatMap(({ pid, containerId, user }) => {
    if (containerId === undefined) return user === undefined ? [] : [{ pid, whose: user }];
    return known.ours.has(containerId) ? [] : [{ pid, whose: `container ${containerId.slice(0, 12)}` }];
  });
}

function missed(row: Device, reading: GpuReading, known: Known): Device {
  if (row.state === "gone") return row;
  const gpu = reading.gpus.find(({ uuid }) => uuid === row.gpuUuid);
  const missedReadings = Math.min(row.missedReadings + 1, readingsUntilLost);
  // The GPU is there and cut in another way: the device does not exist any more, unless somebody still holds it.
  const recut = gpu !== undefined && !known.held.has(row.id);
  if (recut && row.sliceIndex === null)
    return {
      ...row,
      missedReadings,
      state: "gone",
      stateSince: known.now,
      reason: "The GPU is cut into slices now.",
    };
  if (missedReadings < readingsUntilLost) return { ...row, missedReadings };
  if (recut)
    return {
      ...row,
      missedReadings,
      state: "gone",
      stateSince: known.now,
      reason: "The GPU is cut in another way now.",
    };
  if (row.state === "lost") return row;
  return {
    ...row,
    missedReadings,
    state: "lost",
    stateSince: known.now,
    reason: "nvidia-smi does not show it any more.",
  };
}

function because(device: Device, from: Device["state"] | undefined): string {
  const name =
    device.sliceIndex === null
      ? `GPU ${device.gpuIndex}`
      : `GPU ${device.gpuIndex}, slice ${device.sliceIndex}`;
  const what = device.sliceIndex === null ? device.model : `${device.profile} of ${device.model}`;
  switch (device.state) {
    case "ok":
      return from === undefined
        ? `${name} is there: ${what}.`
        : `${name} can be given again; it was ${from}.`;
    case "lost":
      return `${name} was missing in ${readingsUntilLost} readings in a row.`;
    case "gone":
      return `${name} does not exist any more. ${device.reason}`;
    case "outside":
      return `${name} is in use outside Berth. ${device.reason}`;
    case "unusable":
      return `${name} can't be given. ${device.reason}`;
    case "quarantined":
      return `${name} is quarantined.`;
  }
}

function differs(row: Device, before: Device | undefined): boolean {
  if (before === undefined) return true;
  const keys = [
    "gpuIndex",
    "sliceIndex",
    "profile",
    "model",
    "memoryMiB",
    "part",
    "state",
    "reason",
    "missedReadings",
  ] as const;
  // Weights come back from the ledger in single precision.
  return (
    keys.some((key) => row[key] !== before[key]) || Math.fround(row.weight) !== Math.fround(before.weight)
  );
}
