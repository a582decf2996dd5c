import { EngineSilent, HostSilent, Refusal } from "../errors.ts";
import type { UseMinute } from "../ledger/idle-tables.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { openMarks } from "../ledger/queries/idle.ts";
import { devicesById } from "../ledger/queries/nodes.ts";
import { minutesSince } from "../ledger/queries/use.ts";
import type { Device, Member } from "../ledger/schema.ts";
import type { Node, World } from "../world.ts";
import { containerNamed } from "./named.ts";

/** What a container used in the last hours of its run. */
export type UseOfLate = {
  view: ContainerView;
  minutes: UseMinute[];
  /** Those that it had meanwhile. */
  devices: Device[];
  from: Date;
  to: Date;
  /** It is free on demand: nothing was used since then. */
  idleSince: Date | undefined;
};

/** At this moment. A reading that failed is undefined. */
export type UseNow = {
  cpuCores: number | undefined;
  memoryBytes: number | undefined;
  devices: readonly {
    device: Device;
    usePercent: number | undefined;
    memoryMiB: number | undefined;
  }[];
};

const minuteMs = 60_000;
const shownMs = 12 * 60 * minuteMs;
/** A picture of less than that has nothing to show. */
const leastShownMs = 5 * minuteMs;
/** A minute is written down when the sample after it was taken: until then nobody can know it. */
const writtenAfterMs = 3 * minuteMs;
/** Counters are read twice, so far apart: what was used between is what is used now. */
const betweenMs = 1_000;

/** Of the last container of a project, as somebody names it (`containerNamed`). A `Refusal` if it has not run yet. */
export async function useOfLate(
  world: World,
  named: { by: Member; isAdmin: boolean; name: string },
): Promise<UseOfLate> {
  const now = world.clock.now();
  return world.ledger.read(async (tx) => {
    const container = await containerNamed(tx, named);
    const [view] = await containerViews(tx, [container.id]);
    if (!view || container.runningAt === null)
      throw new Refusal(
        "not-run-yet",
        `“${view?.project.name}” has not run yet, so there is nothing to show.`,
        {
          hint: "/container-list shows what it waits for.",
        },
      );
    const over = container.state === "running" ? now : (container.stoppedAt ?? container.stateSince);
    const minutes = await minutesSince(tx, container, new Date(over.getTime() - shownMs));
    const devices = await devicesById(tx, [
      ...new Set([
        ...view.devices.map(({ id }) => id),
        ...minutes.flatMap((one) => one.devices.map(({ id }) => id)),
      ]),
    ]);
    const idleSince = (await openMarks(tx, [container.id])).get(container.id)?.since;
    return { view, minutes, devices, idleSince, ...spanOf(minutes, container.runningAt, over) };
  });
}

/** Up to the last minute that can be known, and not from before it ran. */
function spanOf(minutes: readonly UseMinute[], runningAt: Date, over: Date): { from: Date; to: Date } {
  const newest = minutes.at(-1)?.at.getTime();
  const isLate = newest !== undefined && over.getTime() - newest < writtenAfterMs;
  const to = isLate ? newest + minuteMs : over.getTime();
  const from = Math.min(Math.max(to - shownMs, runningAt.getTime()), to - leastShownMs);
  return { from: new Date(from), to: new Date(to) };
}

/** From files and the last reading of the GPUs: nothing is started in it or for it. Undefined: it does not run. Takes a second. */
export async function useNow(
  world: World,
  { container, devices }: ContainerView,
): Promise<UseNow | undefined> {
  const node = container.nodeId === null ? undefined : world.nodes.get(container.nodeId);
  if (container.state !== "running" || !node) return undefined;
  const counters =
    container.engineId === null ? undefined : await countersOf(world, node, container.engineId);
  return {
    cpuCores: counters?.cpuCores,
    memoryBytes: counters?.memoryBytes,
    devices: devices.map(readingOf),
  };

  function readingOf(device: Device): UseNow["devices"][number] {
    const gpu = node?.latest.gpus?.gpus.find(({ uuid }) => uuid === device.gpuUuid);
    if (device.sliceIndex === null)
      return { device, usePercent: gpu?.utilisationPercent, memoryMiB: gpu?.memoryUsedMiB };
    const slice = gpu?.slices.find(({ uuid }) => uuid === device.id);
    return { device, usePercent: undefined, memoryMiB: slice?.memoryUsedMiB };
  }
}

async function countersOf(
  { clock }: World,
  { engine, host }: Node,
  engineId: string,
): Promise<Pick<UseNow, "cpuCores" | "memoryBytes"> | undefined> {
  try {
    const found = await engine.inspect(engineId);
    if (found?.state !== "running" || !found.pid) return undefined;
    const process = { id: engineId, pid: found.pid };
    const read = async () => ({
      atMs: clock.monotonicMs(),
      use: (await host.readUse([process])).get(engineId),
    });
    const first = await read();
    await clock.sleep(betweenMs);
    const second = await read();
    const seconds = (second.atMs - first.atMs) / 1000;
    const [before, after] = [first.use?.cpuSeconds, second.use?.cpuSeconds];
    const isSame = first.use?.life === second.use?.life && before !== undefined && after !== undefined;
    return {
      cpuCores: isSame && seconds > 0 ? Math.max(0, (after - before) / seconds) : undefined,
      memoryBytes: second.use?.memoryBytes,
    };
  } catch (error) {
    if (error instanceof EngineSilent || error instanceof HostSilent) return undefined;
    throw error;
  }
}
