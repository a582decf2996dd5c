import type { GpuLinks } from "../host/host.ts";
import type { Device, Wish } from "../ledger/schema.ts";
import { isModel } from "./model.ts";

/**
 * The devices for a wish, out of those that are free; undefined: what is free does not serve it.
 * All of one node and one model; the smallest that serves, then what the same member had last, then the lowest. Several
 * GPUs: the best linked first, then the lowest. A wish for no GPU needs none. What a stopped container was made with goes
 * before all of that (`preferably`), or is all that serves it (`exactly`).
 */
export function chooseDevices(
  wish: Wish,
  free: readonly Device[],
  lastHeld: ReadonlySet<string>,
  links: GpuLinks,
): Device[] | undefined {
  if (wish.exactly !== undefined) return exactly(wish.exactly, free);
  const own = wish.preferably && exactly(wish.preferably, free);
  if (own && (wish.kind !== "gpu" || own.length === wish.count)) return own;
  if (wish.kind === "cpu") return [];
  const grantable = free.filter(({ state }) => state === "ok");
  if (wish.kind === "mig") return slice(grantable, wish.profile, lastHeld);
  const whole = grantable.filter(
    (device) => device.sliceIndex === null && (wish.model === undefined || isModel(device.model, wish.model)),
  );
  if (wish.count === 1) return one(whole, lastHeld);
  return several(wish.count, whole, lastHeld, links);
}

function exactly(ids: readonly string[], free: readonly Device[]): Device[] | undefined {
  const chosen = ids.map((id) => free.find((device) => device.id === id && device.state === "ok"));
  return chosen.every((device) => device !== undefined) ? chosen : undefined;
}

function slice(
  grantable: readonly Device[],
  profile: string,
  lastHeld: ReadonlySet<string>,
): Device[] | undefined {
  const serving = grantable.filter((device) => device.profile !== null && serves(device.profile, profile));
  const smallest = serving.sort(smaller)[0];
  const asSmall = serving.filter((device) => smallest !== undefined && smaller(device, smallest) === 0);
  const same = asSmall.filter((device) => device.profile === profile);
  return one(same.length > 0 ? same : asSmall, lastHeld);
}

/** At least as much to compute with and as much memory; a suffix (`+me`, media engines) or a compute instance only as asked for. */
function serves(profile: string, wished: string): boolean {
  if (profile === wished) return true;
  const [has, needs] = [sizeOf(profile), sizeOf(wished)];
  if (has === undefined || needs === undefined || needs.suffix !== "" || has.suffix.includes("-"))
    return false;
  return has.compute >= needs.compute && has.memoryGB >= needs.memoryGB;
}

function sizeOf(profile: string): { compute: number; memoryGB: number; suffix: string } | undefined {
  const [, compute, memoryGB, suffix] = /^(\d+)g\.(\d+)gb(\S*)$/.exec(profile) ?? [];
  if (compute === undefined || memoryGB === undefined) return undefined;
  return { compute: Number(compute), memoryGB: Number(memoryGB), suffix: suffix ?? "" };
}

function smaller(a: Device, b: Device): number {
  return a.weight - b.weight || a.memoryMiB - b.memoryMiB;
}

function one(fitting: readonly Device[], lastHeld: ReadonlySet<string>): Device[] | undefined {
  const best = [...fitting].sort(
    (a, b) =>
      a.weight - b.weight || a.memoryMiB - b.memoryMiB || had(b, lastHeld) - had(a, lastHeld) || lower(a, b),
  )[0];
  return best && [best];
}

function several(
  count: number,
  whole: readonly Device[],
  lastHeld: ReadonlySet<string>,
  links: GpuLinks,
): Device[] | undefined {
  if (!Number.isInteger(count) || count < 1) return undefined;
  const groups = Map.groupBy(whole, ({ nodeId, model }) => `${nodeId} ${model}`);
  let best: Several | undefined;
  for (const group of groups.values()) {
    if (group.length < count) continue;
    const sorted = group.toSorted(lower);
    // Where nothing is known of links, or all are taken, no set is better linked than another.
    const isAlike = links.size === 0 || group.length === count;
    const sets = isAlike ? [firstOf(sorted, count, lastHeld)] : subsets(sorted, count, links);
    const between = isAlike ? [] : distances(sorted, links);
    const placeOf = new Map(sorted.map((device, place) => [device, place]));
    for (const devices of sets) {
      const places = devices.map((device) => placeOf.get(device) ?? 0);
      const one = scored(devices, isAlike ? [] : farthest(places, between), lastHeld);
      if (!best || better(one, best) < 0) best = one;
    }
  }
  return best?.devices;
}

type Several = { devices: Device[]; memoryMiB: number; farthest: number[]; had: number };

function scored(devices: Device[], farthest: number[], lastHeld: ReadonlySet<string>): Several {
  const hadBefore = devices.reduce((sum, device) => sum + had(device, lastHeld), 0);
  return { devices, memoryMiB: devices[0]?.memoryMiB ?? 0, farthest, had: hadBefore };
}

/** Negative: `a` goes before `b`. */
function better(a: Several, b: Several): number {
  const index = ({ gpuIndex }: Device) => gpuIndex;
  return (
    a.memoryMiB - b.memoryMiB ||
    compareEach(a.farthest, b.farthest) ||
    b.had - a.had ||
    compareEach(a.devices.map(index), b.devices.map(index))
  );
}

function firstOf(sorted: readonly Device[], count: number, lastHeld: ReadonlySet<string>): Device[] {
  return sorted
    .toSorted((a, b) => had(b, lastHeld) - had(a, lastHeld))
    .slice(0, count)
    .sort(lower);
}

/** Above this many ways to choose (16 GPUs of one machine give at most 12,870) neighbours are taken one by one. */
const mostSubsets = 20_000;

function subsets(sorted: readonly Device[], count: number, links: GpuLinks): Device[][] {
  if (ways(sorted.length, count) > mostSubsets)
    return sorted.map((first) => nearestTo(first, sorted, count, links));
  const found: Device[][] = [];
  const grow = (from: number, chosen: Device[]) => {
    if (chosen.length === count) found.push(chosen);
    else
      for (let i = from; i <= sorted.length - (count - chosen.length); i++)
        grow(i + 1, [...chosen, sorted[i]!]);
  };
  grow(0, []);
  return found;
}

function nearestTo(first: Device, sorted: readonly Device[], count: number, links: GpuLinks): Device[] {
  return [...sorted]
    .sort((a, b) => distance(first, a, links) - distance(first, b, links) || lower(a, b))
    .slice(0, count)
    .sort(lower);
}

function ways(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) result = (result * (n - i + 1)) / i;
  return result;
}

/** By the places of two devices in `devices`, the lower first: looked up once for each pair, which stands in many sets. */
type Distances = readonly (readonly number[])[];

function distances(devices: readonly Device[], links: GpuLinks): Distances {
  return devices.map((a, i) => devices.map((b, j) => (j > i ? distance(a, b, links) : 0)));
}

/** The distances inside a set, farthest first: a set is as good as its worst link, then its second worst. */
function farthest(places: readonly number[], between: Distances): number[] {
  return places
    .flatMap((a, i) => places.slice(i + 1).map((b) => between[a]?.[b] ?? unknownDistance))
    .sort((a, b) => b - a);
}

const unknownDistance = 1_000;

function distance(a: Device, b: Device, links: GpuLinks): number {
  if (a.id === b.id) return -1;
  const pair = a.gpuUuid < b.gpuUuid ? `${a.gpuUuid} ${b.gpuUuid}` : `${b.gpuUuid} ${a.gpuUuid}`;
  return links.get(pair) ?? unknownDistance;
}

function compareEach(a: readonly number[], b: readonly number[]): number {
  for (const [i, n] of a.entries()) if (n !== b[i]) return n - (b[i] ?? 0);
  return 0;
}

function had(device: Device, lastHeld: ReadonlySet<string>): number {
  return lastHeld.has(device.id) ? 1 : 0;
}

function lower(a: Device, b: Device): number {
  return (
    a.nodeId.localeCompare(b.nodeId) || a.gpuIndex - b.gpuIndex || (a.sliceIndex ?? -1) - (b.sliceIndex ?? -1)
  );
}
