import { asc, sql } from "drizzle-orm";
import { isAlive } from "../../src/containers/compare.ts";
import type { EngineContainer } from "../../src/engine/engine.ts";
import { type OutboxRow, outbox } from "../../src/ledger/bot-tables.ts";
import { type End, ends } from "../../src/ledger/end-tables.ts";
import type { Override } from "../../src/ledger/limit-tables.ts";
import { type PromiseRow, promises } from "../../src/ledger/line-tables.ts";
import { members } from "../../src/ledger/member-table.ts";
import { openOverridesOfAll } from "../../src/ledger/queries/overrides.ts";
import {
  type Container,
  containers,
  type Device,
  devices,
  type Lease,
  leases,
  type Member,
  type NodeRow,
  nodes,
  type Project,
  projects,
} from "../../src/ledger/schema.ts";
import { limitsOf } from "../../src/policy/policy.ts";
import type { World } from "../../src/world.ts";
import type { MemoryWorld } from "../support/memory-world.ts";
import { endless } from "../support/unwarned.ts";

/** What is looked at: a ledger, and the engine that it must agree with, in memory or a real one. */
export type Place = Pick<World, "ledger" | "policy" | "clock" | "settings"> & {
  engineNow(): Promise<EngineContainer[]>;
};

/**
 * Waits until nothing is left to do, and then everything that must hold does hold. Throws with all that does not.
 * `asked`: request ids of which none may be lost.
 */
export async function settledAndSound(world: MemoryWorld, asked: readonly string[] = []): Promise<void> {
  await soundWithin(placeOf(world), 40, asked);
}

/** The same, of any place. */
export async function soundWithin(
  place: Place,
  limitSeconds: number,
  asked: readonly string[] = [],
): Promise<void> {
  const deadline = Date.now() + limitSeconds * 1000;
  for (;;) {
    const seen = await see(place);
    const wrong = [...unsettled(seen), ...broken(place, seen, asked)];
    if (wrong.length === 0) return;
    if (Date.now() > deadline) throw new Error(`after ${limitSeconds} s:\n- ${wrong.join("\n- ")}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What must hold at every instant, whatever is going on. Throws with all that does not. */
export async function checkAlways(world: MemoryWorld): Promise<void> {
  const place = placeOf(world);
  const wrong = always(place, await see(place));
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
}

function placeOf(world: MemoryWorld): Place {
  const engineNow = async () =>
    world.engine.saved().containers.map((kept) => ({
      ...kept,
      imageId: "",
      createdAt: new Date(kept.createdAt),
      startedAt: new Date(),
      finishedAt: new Date(),
    })) as unknown as EngineContainer[];
  return { ...world, engineNow };
}

type Seen = {
  members: Member[];
  overrides: ReadonlyMap<number, Override[]>;
  projects: Project[];
  nodes: NodeRow[];
  devices: Device[];
  containers: Container[];
  ends: End[];
  open: Lease[];
  outbox: (OutboxRow & { commit: number })[];
  promises: PromiseRow[];
  engine: EngineContainer[];
};

/** The engine is asked first: a container that is made meanwhile has its row already. */
async function see(place: Place): Promise<Seen> {
  const engine = await place.engineNow();
  return place.ledger.read(async (tx) => ({
    engine,
    members: await tx.select().from(members),
    overrides: await openOverridesOfAll(tx),
    projects: await tx.select().from(projects),
    nodes: await tx.select().from(nodes),
    devices: await tx.select().from(devices),
    containers: await tx.select().from(containers).orderBy(asc(containers.id)),
    ends: await tx.select().from(ends).orderBy(asc(ends.id)),
    promises: await tx.select().from(promises),
    open: (await tx.select().from(leases)).filter((lease) => lease.endedAt === null),
    outbox: (
      await tx.select({ row: outbox, commit: sql<string>`xmin::text` }).from(outbox).orderBy(asc(outbox.id))
    ).map(({ row, commit }) => ({ ...row, commit: Number(commit) })),
  }));
}

function unsettled({ containers }: Seen): string[] {
  return containers
    .filter(
      ({ state, wanted }) =>
        state === "starting" ||
        state === "stopping" ||
        (state === "running" && wanted !== "running") ||
        (state === "stopped" && wanted !== "stopped"),
    )
    .map(({ name, state, wanted, trouble }) => `${name} is ${state}, wanted ${wanted} (${trouble})`);
}

function broken(place: Place, seen: Seen, asked: readonly string[]): string[] {
  return [
    ...always(place, seen),
    ...leasesWithoutLife(seen),
    ...rowsAndEngine(place, seen),
    ...waitsInVain(place, seen),
    ...untold(seen),
    ...asked
      .filter((id) => seen.containers.filter(({ requestId }) => requestId === id).length !== 1)
      .map((id) => `the request ${id} is not one row`),
  ];
}

function always(place: Place, seen: Seen): string[] {
  return [
    ...heldTwice(seen),
    ...endless(seen),
    ...twice("port", seen.projects, ({ sshPort }) => sshPort),
    ...twice("name", seen.containers.filter(isLiving), ({ name }) => name),
    ...twice("project", seen.containers.filter(isLiving), ({ projectId }) => projectId),
    ...twice("uid", seen.members, ({ uid }) => uid),
    ...twice("handle", seen.members, ({ handle }) => handle),
    ...twice("engine name", seen.engine, ({ name }) => name),
    ...twice(
      "device in the engine",
      seen.engine.filter(isAlive).flatMap(({ devices }) => devices),
      (id) => id,
    ),
    ...aboveLimits(place, seen),
    ...aboveMemory(seen),
    ...outOfOrder(seen),
    ...brokenPromises(seen),
  ];
}

/** Kept in time, or missed for one of the three causes, which the person was told. */
function brokenPromises({ promises, containers, members, outbox }: Seen): string[] {
  return promises.flatMap(({ id, containerId, state, at, closedAt, cause }) => {
    if (state === "kept") return closedAt && closedAt <= at ? [] : [`promise ${id} was kept too late`];
    if (cause === null) return state === "missed" ? [`promise ${id} was missed without a cause`] : [];
    const row = containers.find((one) => one.id === containerId);
    const recipient = members.find((one) => one.id === row?.memberId)?.slackUserId;
    const told = outbox.some(
      ({ recipient: to, news }) =>
        to === recipient && news.kind === "note" && / (can't be|was not) kept\./.test(news.text),
    );
    const wrong = /^(slack|bot|device|admin): ./.test(cause) ? [] : [`promise ${id} was missed: ${cause}`];
    return told ? wrong : [...wrong, `nobody was told that promise ${id} was missed`];
  });
}

/** One whose GPU is kept may run again at any moment, without asking. */
const hasMemory = ({ state, gpuKeptUntil }: Container) =>
  state === "starting" ||
  state === "running" ||
  state === "stopping" ||
  (state === "stopped" && gpuKeptUntil !== null);

const isLiving = ({ state }: Container) => state !== "retired" && state !== "failed";

function twice<T>(what: string, rows: readonly T[], keyOf: (row: T) => unknown): string[] {
  const keys = rows.map(keyOf).filter((key) => key !== null && key !== undefined);
  return keys.filter((key, i) => keys.indexOf(key) !== i).map((key) => `${what} ${key} is there twice`);
}

/** By what the leases say themselves, without the database's constraint: also a whole GPU beside one of its slices. */
function heldTwice({ open }: Seen): string[] {
  const range = (part: string) => part.slice(1, -1).split(",").map(Number);
  return open.flatMap((a, i) =>
    open.slice(i + 1).flatMap((b) => {
      if (a.gpuUuid !== b.gpuUuid) return [];
      const [[from = 0, to = 0], [from2 = 0, to2 = 0]] = [range(a.part), range(b.part)];
      return from < to2 && from2 < to
        ? [`${a.deviceId} of container ${a.containerId} and ${b.deviceId} of ${b.containerId} overlap`]
        : [];
    }),
  );
}

function aboveLimits(place: Place, seen: Seen): string[] {
  const { members, containers, open } = seen;
  return members.flatMap((member) => {
    const limits = limitsOf(place.policy, member, seen.overrides.get(member.id) ?? [], place.clock.now());
    const own = containers.filter((row) => row.memberId === member.id && isLiving(row));
    const made = own.filter(({ state }) => state !== "waiting");
    const gpus = open
      .filter(({ memberId }) => memberId === member.id)
      .reduce((sum, { weight }) => sum + weight, 0);
    const memory = made.filter(hasMemory).reduce((sum, row) => sum + (row.limits?.memoryGiB ?? 0), 0);
    const asking = own.filter(({ state, run }) => state === "waiting" && run === 1);
    const above: [string, number, number | null][] = [
      ["GPUs", gpus, limits.max_gpu_equivalents],
      ["containers", made.length, limits.max_containers],
      ["GiB of memory", memory, limits.max_memory_gib_total],
      ["requests in the line", asking.length, limits.max_waiting],
    ];
    return above
      .filter(([, has, most]) => most !== null && has > most + 0.001)
      .map(([what, has, most]) => `${member.handle} has ${has} ${what} of ${most}`);
  });
}

function memoryLeftGiB({ nodes, containers }: Seen): number {
  const given = containers.filter(hasMemory).reduce((sum, row) => sum + (row.limits?.memoryGiB ?? 0), 0);
  return nodes.reduce((sum, { memoryMiB }) => sum + memoryMiB / 1024, 0) - given;
}

function aboveMemory(seen: Seen): string[] {
  const left = memoryLeftGiB(seen);
  return left < 0 ? [`${-left} GiB more memory are given than the machine has to give`] : [];
}

/** Transactions are numbered under the ledger's lock, so their numbers are the order of commits. */
function outOfOrder({ outbox }: Seen): string[] {
  const untouched = outbox.filter((row) => row.attempts === 0 && !row.sentAt && !row.setAsideAt);
  return untouched.flatMap((row, i) => {
    const before = untouched[i - 1];
    return before && before.commit > row.commit
      ? [`message ${row.id} was written before ${before.id}, which has the smaller number`]
      : [];
  });
}

function leasesWithoutLife({ containers, open }: Seen): string[] {
  return open.flatMap(({ deviceId, containerId }) => {
    const row = containers.find(({ id }) => id === containerId);
    const holds =
      row?.state === "starting" ||
      row?.state === "running" ||
      row?.state === "stopping" ||
      (row?.state === "stopped" && row.gpuKeptUntil !== null);
    return holds ? [] : [`${deviceId} is held by container ${containerId}, which is ${row?.state}`];
  });
}

function rowsAndEngine(place: Place, { containers, open, engine }: Seen): string[] {
  const ours = engine.filter(({ labels }) => labels["berth.instance"] === place.settings.instance);
  const devicesOf = (id: number) =>
    open
      .filter(({ containerId }) => containerId === id)
      .map(({ deviceId }) => deviceId)
      .sort();
  const missing = containers
    .filter(({ state }) => state === "running" || state === "starting" || state === "stopped")
    .flatMap((row) => {
      const its = ours.filter(({ labels }) => labels["berth.container"] === String(row.id));
      if (its.length !== 1) return [`${row.name} is ${row.state} and the engine has ${its.length} of it`];
      const alive = its.filter(isAlive).length === 1;
      return alive === (row.state === "stopped")
        ? [`${row.name} is ${row.state}, in the engine ${its[0]?.state}`]
        : [];
    });
  const unknown = ours.flatMap((one) => {
    const row = containers.find(({ id }) => String(id) === one.labels["berth.container"]);
    if (!row || !isLiving(row)) return [`the engine has ${one.name}, whose row is ${row?.state}`];
    if (!isAlive(one)) return [];
    const has = [...one.devices].sort().join();
    const given = devicesOf(row.id).join();
    return has === given ? [] : [`${one.name} has ${has} and was given ${given || "nothing"}`];
  });
  return [...missing, ...unknown];
}

/** Counted anew, not by the rule that grants: a request whose member is below the limits, and what it wants is free. */
function waitsInVain(place: Place, seen: Seen): string[] {
  const free = seen.devices.filter(
    ({ id, gpuUuid, sliceIndex, state }) =>
      state === "ok" &&
      !seen.open.some(
        (lease) =>
          lease.deviceId === id ||
          (lease.gpuUuid === gpuUuid && (sliceIndex === null || lease.part === "[0,8)")),
      ),
  );
  const leftGiB = memoryLeftGiB(seen);
  return seen.containers
    .filter(({ state }) => state === "waiting")
    .flatMap((row) => {
      const member = seen.members.find(({ id }) => id === row.memberId);
      const limits = limitsOf(
        place.policy,
        member ?? { group: null },
        seen.overrides.get(row.memberId) ?? [],
        place.clock.now(),
      );
      const own = seen.containers.filter((other) => other.memberId === row.memberId && isLiving(other));
      const made = own.filter(({ state }) => state !== "waiting");
      const held = seen.open.filter(({ memberId }) => memberId === row.memberId);
      const weight = row.wish.kind === "cpu" ? 0 : row.wish.kind === "gpu" ? row.wish.count : 1;
      const heldWeight = held.reduce((sum, lease) => sum + lease.weight, 0);
      const memory = made
        .filter(hasMemory)
        .reduce((sum, other) => sum + (other.limits?.memoryGiB ?? 0), limits.memory_gib);
      const below =
        (limits.max_gpu_equivalents === null ||
          weight === 0 ||
          heldWeight + weight <= limits.max_gpu_equivalents) &&
        (limits.max_containers === null || made.length + 1 <= limits.max_containers) &&
        (limits.max_memory_gib_total === null || memory <= limits.max_memory_gib_total);
      // What is promised to somebody else is free to those only who end before; whether they would is not counted here.
      const promised = seen.promises.find((one) => one.state === "open" && one.containerId !== row.id);
      const others = free.filter(({ id }) => !promised?.deviceIds.includes(id));
      const besideGiB = leftGiB - (promised ? limits.memory_gib : 0);
      const fits = (row.limits?.memoryGiB ?? limits.memory_gib) <= besideGiB;
      return below && fits && isFree(row, others)
        ? [`${row.name} waits (${row.waitsFor}) for what is free`]
        : [];
    });
}

function isFree({ wish }: Container, free: readonly Device[]): boolean {
  if (wish.exactly) return wish.exactly.every((id) => free.some((device) => device.id === id));
  if (wish.kind === "cpu") return true;
  if (wish.kind === "mig") return free.some(({ profile }) => profile === wish.profile);
  return free.filter(({ sliceIndex }) => sliceIndex === null).length >= wish.count;
}

/** Whoever has a container was told of the state it is in. */
function untold({ containers, outbox, members }: Seen): string[] {
  return containers.flatMap((row) => {
    const recipient = members.find(({ id }) => id === row.memberId)?.slackUserId;
    const told = outbox.some(
      ({ news, createdAt, recipient: to }) =>
        to === recipient &&
        news.kind === "card" &&
        news.containerId === row.id &&
        createdAt >= row.stateSince,
    );
    return told ? [] : [`nobody was told that ${row.name} is ${row.state}`];
  });
}
