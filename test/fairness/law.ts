import type { PromiseRow } from "../../src/ledger/line-tables.ts";
import type { Container, Device, Lease, Wish } from "../../src/ledger/schema.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Book, Commit } from "./chronicle.ts";

/**
 * What the rules of limits, the line, promises, drains, ends and extensions say of any commit, counted anew from rows:
 * nothing here is asked of the functions that decide. Each returns a sentence for whatever is not so.
 */
export type Outside = {
  policy: Policy;
  /** When nobody could be told or stopped: Slack was away, or there was no bot. The last may be open. */
  away: readonly { from: Date; until: Date | undefined }[];
  /** Names of those who act as admins. */
  admins: readonly string[];
};

const minute = 60_000;
const hour = 60 * minute;
const week = 7 * 24 * hour;
/** Weights are sevenths in single precision. */
const grace = 1e-3;

export function wrongIn(commit: Commit, book: Book, outside: Outside): string[] {
  return [
    ...heldTwice(commit, book),
    ...takenTwice(commit, book),
    ...notAsWished(commit, book),
    ...aboveLimits(commit, book, outside),
    ...tooManyWaiting(commit, book, outside),
    ...notWhereItStands(commit, book, outside),
    ...overtaken(commit, book, outside),
    ...givenThoughHalted(commit, book),
    ...brokenPromise(commit, book, outside),
    ...promisedOutOfTurn(commit, book, outside),
    ...givenAwayThoughPromised(commit, book),
    ...endedUnwarned(commit, book),
    ...overBudget(commit, book, outside),
    ...takenByAnOverride(commit),
  ];
}

// What a commit did.

/** Given a place by the line. */
function granted(commit: Commit): Container[] {
  return commit
    .of("containers")
    .filter(({ was, is }) => is.state === "starting" && is.grantedAt?.getTime() !== was?.grantedAt?.getTime())
    .map(({ is }) => is);
}

/** Started again within the time its devices are kept. */
function ranAgain(commit: Commit): Container[] {
  return commit
    .of("containers")
    .filter(
      ({ was, is }) =>
        was?.state === "stopped" &&
        is.state === "starting" &&
        is.grantedAt?.getTime() === was.grantedAt?.getTime(),
    )
    .map(({ is }) => is);
}

const all = <T>(rows: Map<number | string, T>): T[] => [...rows.values()];
const isLiving = ({ state }: Container) => state !== "retired" && state !== "failed";
/** One whose GPU is kept may run again at any moment, without asking. */
const hasMemory = ({ state, gpuKeptUntil }: Container) =>
  state === "starting" ||
  state === "running" ||
  state === "stopping" ||
  (state === "stopped" && gpuKeptUntil !== null);
const openLeases = (book: Book) => all(book.leases).filter(({ endedAt }) => endedAt === null);
const unitsOf = (part: string) => part.slice(1, -1).split(",").map(Number) as [number, number];
const doOverlap = (a: { gpuUuid: string; part: string }, b: { gpuUuid: string; part: string }) => {
  const [[from, to], [from2, to2]] = [unitsOf(a.part), unitsOf(b.part)];
  return a.gpuUuid === b.gpuUuid && from < to2 && from2 < to;
};
const sum = (numbers: readonly number[]) => numbers.reduce((all, n) => all + n, 0);
const named = ({ id, name, wish, hours }: Container) =>
  `${name} (${id}: ${wish.kind === "gpu" ? `${wish.count} GPU` : wish.kind === "mig" ? wish.profile : "cpu"}${wish.exactly ? ` exactly ${wish.exactly.map((one) => one.slice(-4))}` : ""}, ${hours} h)`;

function limit<K extends keyof Policy["defaults"]>(
  key: K,
  memberId: number,
  now: Date,
  book: Book,
  policy: Policy,
): Policy["defaults"][K] {
  const own = all(book.overrides).find(
    (one) =>
      one.memberId === memberId &&
      one.key === key &&
      one.endedAt === null &&
      (one.until === null || one.until > now),
  );
  const group = book.members.get(memberId)?.group ?? policy.default_group;
  const said = own ? own.value.to : policy.groups[group]?.[key];
  return (said === undefined ? policy.defaults[key] : said) as Policy["defaults"][K];
}

// 1. Devices.

function heldTwice(commit: Commit, book: Book): string[] {
  if (commit.of("leases").length === 0) return [];
  const open = openLeases(book);
  return open.flatMap((a, i) =>
    open
      .slice(i + 1)
      .filter((b) => doOverlap(a, b))
      .map(
        (b) => `${a.deviceId} of container ${a.containerId} and ${b.deviceId} of ${b.containerId} overlap`,
      ),
  );
}

function takenTwice(commit: Commit, book: Book): string[] {
  const twice = (what: string, keys: unknown[]) =>
    keys
      .filter((key, i) => key !== null && keys.indexOf(key) !== i)
      .map((key) => `${what} ${key} is taken twice`);
  const living = all(book.containers).filter(isLiving);
  return [
    ...(commit.of("projects").length > 0
      ? twice(
          "port",
          all(book.projects).map((p) => p.sshPort),
        )
      : []),
    ...(commit.of("containers").length > 0
      ? twice(
          "name",
          living.map(({ name }) => name),
        )
      : []),
    ...(commit.of("containers").length > 0
      ? twice(
          "project",
          living.map((c) => c.projectId),
        )
      : []),
    ...twice(
      "request",
      commit.of("containers").length > 0 ? all(book.containers).map((c) => c.requestId) : [],
    ),
  ];
}

/** What is given is what was asked for: as many, of one node and model, ok at that instant, no more than serves. */
function notAsWished(commit: Commit, book: Book): string[] {
  return granted(commit).flatMap((row) => {
    const given = openLeases(book)
      .filter(({ containerId }) => containerId === row.id)
      .map(({ deviceId }) => book.devices.get(deviceId)!);
    const wrong: string[] = [];
    if (given.some(({ state }) => state !== "ok"))
      wrong.push(`${named(row)} was given a device that is not ok`);
    if (new Set(given.map((device) => `${device.nodeId} ${device.model}`)).size > 1)
      wrong.push(`${named(row)} was given devices of several kinds`);
    if (!serves(row.wish, given)) wrong.push(`${named(row)} was given ${given.map(({ id }) => id)}`);
    return wrong;
  });
}

function serves(wish: Wish, given: readonly Device[]): boolean {
  if (wish.exactly)
    return (
      [...wish.exactly].sort().join() ===
      given
        .map(({ id }) => id)
        .sort()
        .join()
    );
  if (wish.kind === "cpu") return given.length === 0;
  if (wish.kind === "mig") return given.length === 1 && isSlice(given[0]!, wish.profile);
  return given.length === wish.count && given.every(({ sliceIndex }) => sliceIndex === null);
}

/** A slice with at least as much to compute with and as much memory. */
function isSlice({ profile }: Device, wished: string): boolean {
  const [has, needs] = [profile, wished].map((text) =>
    /^(\d+)g\.(\d+)gb$/
      .exec(text ?? "")
      ?.slice(1)
      .map(Number),
  );
  return has !== undefined && needs !== undefined && has[0]! >= needs[0]! && has[1]! >= needs[1]!;
}

// 2. Limits: at the instant of each grant, with the overrides that are in force then.

function aboveLimits(commit: Commit, book: Book, { policy }: Outside): string[] {
  const given = granted(commit);
  const starts = [...given, ...ranAgain(commit)];
  const wrong = starts.flatMap((row) => {
    const now = row.stateSince;
    const own = all(book.containers).filter((one) => one.memberId === row.memberId && isLiving(one));
    const leases = openLeases(book).filter(({ memberId }) => memberId === row.memberId);
    const its = leases.filter(({ containerId }) => containerId === row.id);
    const made = own.filter(({ state }) => state !== "waiting");
    const memory = sum(own.filter(hasMemory).map(({ limits }) => limits?.memoryGiB ?? 0));
    const isNew = given.includes(row);
    const checks: [string, number, number | null, boolean][] = [
      ["GPUs", sum(leases.map(({ weight }) => weight)), of("max_gpu_equivalents"), isNew && its.length > 0],
      ["GPUs in one container", its.length, of("max_gpus_per_container"), isNew && row.wish.kind === "gpu"],
      ["containers", made.length, of("max_containers"), isNew],
      ["GiB of memory", memory, of("max_memory_gib_total"), true],
      ["hours", row.hours, of("max_runtime_h"), isNew],
    ];
    return checks
      .filter(([, has, most, counts]) => counts && most !== null && has > most + grace)
      .map(([what, has, most]) => `${named(row)} was started and its member has ${has} ${what} of ${most}`);

    function of<K extends keyof Policy["defaults"]>(key: K) {
      return limit(key, row.memberId, now, book, policy) as number | null;
    }
  });
  return starts.length === 0 ? wrong : [...wrong, ...overMemory(book)];
}

function overMemory(book: Book): string[] {
  return all(book.nodes)
    .filter((node) => memoryLeftGiB(node.id, book) < -grace)
    .map((node) => `more memory is given than ${node.id} has: ${memoryLeftGiB(node.id, book)} GiB are left`);
}

function memoryLeftGiB(nodeId: string, book: Book): number {
  const given = all(book.containers).filter((one) => one.nodeId === nodeId && hasMemory(one));
  return (
    (book.nodes.get(nodeId)?.memoryMiB ?? 0) / 1024 - sum(given.map(({ limits }) => limits?.memoryGiB ?? 0))
  );
}

/** Who comes to the line is one of as many as may wait. Who was sent back to it by a lost device may be one more. */
function tooManyWaiting(commit: Commit, book: Book, { policy }: Outside): string[] {
  return commit.of("containers").flatMap(({ was, is }) => {
    if (is.state !== "waiting" || (was && was.state !== "stopped")) return [];
    const waiting = all(book.containers).filter(
      (one) => one.memberId === is.memberId && one.state === "waiting",
    );
    const most = limit("max_waiting", is.memberId, is.askedAt, book, policy);
    return most !== null && waiting.length > most
      ? [`${named(is)} came to the line as number ${waiting.length} of ${most}`]
      : [];
  });
}

/** A lowered limit takes nothing away. */
function takenByAnOverride(commit: Commit): string[] {
  if (commit.of("overrides").length === 0) return [];
  const ended = commit.of("leases").filter(({ is }) => is.endedAt !== null);
  const stopped = commit.of("containers").filter(({ was, is }) => was && was.wanted !== is.wanted);
  return [...ended, ...stopped].map(({ is }) => `a limit was set and took away from ${is.memberId}`);
}

// 3. The line.

/** An hour later for so many GPU-hours held in the seven days before, at most so many; fixed at asking. */
function notWhereItStands(commit: Commit, book: Book, { policy: { line } }: Outside): string[] {
  return commit.of("containers").flatMap(({ was, is }) => {
    const isAsking = !was || was.askedAt.getTime() !== is.askedAt.getTime();
    if (!isAsking)
      return was.standsAt.getTime() === is.standsAt.getTime()
        ? []
        : [`${named(is)} stands elsewhere than it did`];
    const since = is.askedAt.getTime() - week;
    const held = all(book.leases)
      .filter((lease) => lease.memberId === is.memberId && lease.grantedAt <= is.askedAt)
      .map(({ weight, grantedAt, endedAt }) => {
        const until = Math.min(endedAt?.getTime() ?? Infinity, is.askedAt.getTime());
        return (weight * Math.max(0, until - Math.max(since, grantedAt.getTime()))) / hour;
      });
    const handicap = Math.min(line.handicap_max_h, sum(held) / line.handicap_gpu_h_per_hour);
    const stands = is.askedAt.getTime() + handicap * hour;
    return Math.abs(stands - is.standsAt.getTime()) < 5_000
      ? []
      : [
          `${named(is)} stands at ${is.standsAt.toISOString()} and held ${sum(held)} GPU-hours until ${is.askedAt.toISOString()}`,
        ];
  });
}

export function isBefore(a: Container, b: Container): boolean {
  const [first, second] = [a.firstSince?.getTime() ?? Infinity, b.firstSince?.getTime() ?? Infinity];
  if (first !== second) return first < second;
  return a.standsAt.getTime() !== b.standsAt.getTime() ? a.standsAt < b.standsAt : a.id < b.id;
}

const openPromises = (book: Book) => all(book.promises).filter(({ state }) => state === "open");

/** Whoever was given something stood before all others whom it would have served. */
function overtaken(commit: Commit, book: Book, outside: Outside): string[] {
  const given = granted(commit);
  return given.length === 0
    ? []
    : all(book.containers)
        .filter(({ state }) => state === "waiting")
        .flatMap((waits) => {
          const behind = given.filter((one) => isBefore(waits, one));
          const now = given[0]!.grantedAt!;
          if (behind.length === 0 || hindered(waits, behind, commit, book, outside, now)) return [];
          const them = behind.map(named).join(" and ");
          return [`${named(waits)} stood before ${them}, could have been served, and was overtaken`];
        });
}

/**
 * What keeps a request from being served with what is free and with what those `behind` it were given in this commit: its
 * member's limits, its image, memory, or that no device is there that is not drained or promised to somebody else.
 */
export function hindered(
  waits: Container,
  behind: readonly Container[],
  commit: Commit | undefined,
  book: Book,
  { policy }: Pick<Outside, "policy">,
  now: Date,
): string | undefined {
  if (waits.awaitsBuildId !== null) return "its image";
  // Whoever has what was promised has it by right, wherever it stands.
  const isKept = ({ id }: Container) =>
    commit?.of("promises").some(({ was }) => was?.state === "open" && was.containerId === id);
  const later = new Set(behind.filter((one) => !isKept(one)).map(({ id }) => id));
  const taken = openLeases(book).filter(({ containerId }) => !later.has(containerId));
  const promised = [
    ...openPromises(book),
    ...(commit?.of("promises").flatMap(({ was }) => was ?? []) ?? []),
  ].filter((one) => one.state === "open" && one.containerId !== waits.id);
  const kept = new Set(promised.flatMap(({ deviceIds }) => deviceIds));
  // What somebody behind was given until the promised instant would have been its own, if it would end as soon.
  const mayEnd = !isSpared(waits, book, now);
  for (const one of behind)
    if (mayEnd && one.hours >= waits.hours && !promised.some(({ containerId }) => containerId === one.id))
      for (const lease of openLeases(book)) if (lease.containerId === one.id) kept.delete(lease.deviceId);
  const free = all(book.devices).filter(
    (device) =>
      device.state === "ok" &&
      !isDrained(device, book) &&
      !kept.has(device.id) &&
      !taken.some((lease) => doOverlap(lease, device)),
  );
  const node = all(book.nodes).find(({ id }) => waits.nodeId === null || waits.nodeId === id);
  if (!node || isHalted(node.id, book)) return "its server";
  const weight = leastWeight(waits.wish, free);
  if (weight === undefined) return "no device";

  const own = all(book.containers).filter(
    (one) => one.memberId === waits.memberId && isLiving(one) && !later.has(one.id),
  );
  const mine = promised
    .map(({ containerId }) => book.containers.get(containerId)!)
    .filter((one) => own.includes(one));
  const of = <K extends keyof Policy["defaults"]>(key: K, memberId = waits.memberId) =>
    limit(key, memberId, now, book, policy);
  const needGiB = Math.max(waits.limits?.memoryGiB ?? 0, of("memory_gib"));
  const has = {
    gpus:
      sum(taken.filter(({ memberId }) => memberId === waits.memberId).map((lease) => lease.weight)) +
      sum(mine.map(({ wish }) => wishedWeight(wish, book))),
    containers: own.filter(({ state }) => state !== "waiting").length + mine.length,
    memory:
      sum(own.filter(hasMemory).map(({ limits }) => limits?.memoryGiB ?? 0)) + mine.length * of("memory_gib"),
  };
  const isAbove = (used: number, most: number | null) => most !== null && used > most + grace;
  if (weight > 0 && isAbove(has.gpus + weight, of("max_gpu_equivalents"))) return "a limit of GPUs";
  if (isAbove(has.containers + 1, of("max_containers"))) return "a limit of containers";
  if (isAbove(has.memory + needGiB, of("max_memory_gib_total"))) return "a limit of memory";
  if (waits.wish.kind === "gpu" && isAbove(waits.wish.count, of("max_gpus_per_container")))
    return "a limit of GPUs";

  const givenLaterGiB = sum(
    behind.filter((one) => hasMemory(one) && !isKept(one)).map(({ limits }) => limits?.memoryGiB ?? 0),
  );
  const promisedGiB = sum(
    promised.map(({ containerId }) => {
      const row = book.containers.get(containerId)!;
      return row.state === "waiting" ? (row.limits?.memoryGiB ?? of("memory_gib", row.memberId)) : 0;
    }),
  );
  return Math.floor(memoryLeftGiB(node.id, book) + givenLaterGiB - promisedGiB) < needGiB
    ? "memory"
    : undefined;
}

/** It will not end when its hours are over. */
function isSpared({ id, memberId }: Container, book: Book, now: Date): boolean {
  return all(book.exemptions).some(
    (one) =>
      one.memberId === memberId &&
      (one.containerId === null || one.containerId === id) &&
      one.spares === "end" &&
      one.endedAt === null &&
      one.until > now,
  );
}

/** What it would be given of these at least, in GPU-equivalents; undefined: they don't serve it. */
function leastWeight(wish: Wish, free: readonly Device[]): number | undefined {
  if (wish.exactly) {
    const its = wish.exactly.map((id) => free.find((device) => device.id === id));
    return its.includes(undefined) ? undefined : sum(its.map((device) => device?.weight ?? 0));
  }
  if (wish.kind === "cpu") return 0;
  if (wish.kind === "gpu")
    return free.filter(({ sliceIndex }) => sliceIndex === null).length >= wish.count ? wish.count : undefined;
  const slices = free.filter((device) => isSlice(device, wish.profile)).map(({ weight }) => weight);
  return slices.length > 0 ? Math.min(...slices) : undefined;
}

function wishedWeight(wish: Wish, book: Book): number {
  return leastWeight({ ...wish, exactly: undefined } as unknown as Wish, all(book.devices)) ?? 0;
}

// 4. Drains and pauses.

function isDrained({ nodeId, gpuUuid }: { nodeId: string; gpuUuid: string }, book: Book): boolean {
  return all(book.drains).some(
    (one) =>
      one.endedAt === null && one.nodeId === nodeId && (one.gpuUuid === null || one.gpuUuid === gpuUuid),
  );
}

function isHalted(nodeId: string, book: Book): boolean {
  return (
    all(book.pauses).some(({ endedAt }) => endedAt === null) ||
    all(book.drains).some((one) => one.endedAt === null && one.nodeId === nodeId && one.gpuUuid === null)
  );
}

function givenThoughHalted(commit: Commit, book: Book): string[] {
  return [...granted(commit), ...ranAgain(commit)].flatMap((row) => {
    const leases = openLeases(book).filter(({ containerId }) => containerId === row.id);
    const isOnDrained = leases.some((lease: Lease) => isDrained(lease, book));
    return isOnDrained || isHalted(row.nodeId ?? "", book)
      ? [`${named(row)} was started in spite of a drain or a pause`]
      : [];
  });
}

// 5. Promises.

/** Between the end of whoever is there and the instant that is told. */
const cleanUpMs = 15 * minute;

function brokenPromise(commit: Commit, book: Book, outside: Outside): string[] {
  const wrong: string[] = [];
  if (openPromises(book).length > 1) wrong.push("two promises are open");
  for (const { was, is } of commit.of("promises")) {
    const name = `the promise ${is.id} to container ${is.containerId} for ${is.at.toISOString()}`;
    const requester = book.containers.get(is.containerId)!;
    if (was && is.at > was.at) wrong.push(`${name} was moved later`);
    if (is.state === "kept") {
      if (!granted(commit).includes(requester)) wrong.push(`${name} is kept, and nothing was given`);
      if (is.closedAt! > is.at)
        wrong.push(`${name} is called kept and was late: ${is.closedAt?.toISOString()}`);
      if (is.cause !== null) wrong.push(`${name} is called kept and has a cause`);
    }
    if (is.state === "withdrawn" && requester.state === "waiting" && requester.wanted === "running")
      wrong.push(`${name} was withdrawn from somebody who waits`);
    if (is.cause !== (was?.cause ?? null))
      wrong.push(...wrongCause(commit, book, is, outside).map((one) => `${name}: ${one}`));
    if (is.state === "missed" && is.cause === null) wrong.push(`${name} was missed without a cause`);
  }
  // The line was looked at, and nobody said that it is late.
  const now = granted(commit)[0]?.grantedAt;
  for (const { id, at, cause } of openPromises(book))
    if (now && at < now && cause === null) wrong.push(`promise ${id} is late and nobody said why`);
  return wrong;
}

/** One of the three, and it was so; and the person was told it in that commit. */
function wrongCause(commit: Commit, book: Book, promise: PromiseRow, outside: Outside): string[] {
  const [kind, because] = /^(slack|bot|device|admin): (.+)$/s.exec(promise.cause ?? "")?.slice(1) ?? [];
  if (kind === undefined || because === undefined) return [`missed for “${promise.cause}”`];
  const wrong: string[] = [];
  const missedAt = commit.of("events").find(({ is }) => is.what === "promise-missed")?.is.at ?? promise.at;
  const member = book.members.get(book.containers.get(promise.containerId)!.memberId)!;
  const told = commit
    .of("outbox")
    .some(
      ({ is }) =>
        is.recipient === member.slackUserId && is.news.kind === "note" && is.news.text.includes(because),
    );
  if (!told) wrong.push("nobody was told why");
  if (kind === "slack" || kind === "bot") {
    // A stop that had to come by then waited only if somebody was away shortly before it or since.
    const from = promise.at.getTime() - cleanUpMs - 35 * minute;
    const wasAway = outside.away.some(
      (gap) => gap.from <= missedAt && (gap.until?.getTime() ?? Infinity) >= from,
    );
    if (!wasAway)
      wrong.push(
        `missed for Slack or the bot, which were there all the time; noticed ${missedAt.toISOString()}`,
      );
  }
  if (kind === "device") {
    const isBroken = promise.deviceIds.some((id) => book.devices.get(id)?.state !== "ok");
    const isStuck = openLeases(book).some(
      (lease) =>
        promise.deviceIds.includes(lease.deviceId) &&
        book.containers.get(lease.containerId)?.state === "stopping",
    );
    if (!isBroken && !isStuck) wrong.push(`missed for a device, and all are there: ${because}`);
  }
  if (kind === "admin") {
    if (!outside.admins.some((name) => because.includes(name))) wrong.push(`no admin is named: ${because}`);
    const since = promise.madeAt;
    const acts = [
      ...all(book.pauses).filter((one) => one.endedAt === null || one.setAt >= since || one.endedAt >= since),
      ...all(book.drains).filter((one) => one.endedAt === null || one.setAt >= since || one.endedAt >= since),
      ...all(book.exemptions).filter((one) => one.setAt >= since),
      ...all(book.overrides).filter(
        (one) => (one.endedAt ?? one.until ?? one.setAt) >= since || one.setAt >= since,
      ),
      ...all(book.ends).filter((one) => one.armedAt >= since && one.reason === "admin"),
    ];
    if (acts.length === 0) wrong.push(`no admin did anything: ${because}`);
  }
  return wrong;
}

/** Who is promised something has waited long enough, and nobody with the same wish stands before it. */
function promisedOutOfTurn(commit: Commit, book: Book, { policy }: Outside): string[] {
  return commit
    .of("promises")
    .filter(({ was }) => was === undefined)
    .flatMap(({ is }) => {
      const row = book.containers.get(is.containerId)!;
      const wrong: string[] = [];
      const waitedMs = is.madeAt.getTime() - row.standsAt.getTime();
      if (row.firstSince === null && waitedMs < policy.line.promise_after_h * hour)
        wrong.push(`${named(row)} was promised something after ${waitedMs / hour} h`);
      const before = all(book.containers).filter(
        (one) =>
          one.state === "waiting" &&
          !one.passedOver &&
          one.awaitsBuildId === null &&
          isBefore(one, row) &&
          JSON.stringify(one.wish) === JSON.stringify(row.wish) &&
          limit("memory_gib", one.memberId, is.madeAt, book, policy) <=
            limit("memory_gib", row.memberId, is.madeAt, book, policy),
      );
      return [
        ...wrong,
        ...before.map(
          (one) => `${named(row)} was promised what ${named(one)}, who stands before it, waits for`,
        ),
      ];
    });
}

/** Whoever else was given promised devices ends before they are due; nobody is extended past that. */
function givenAwayThoughPromised(commit: Commit, book: Book): string[] {
  return openPromises(book).flatMap((promise) => {
    // Late: they are kept for whom they were promised to, whoever is short.
    const due = promise.at.getTime() - cleanUpMs;
    const isPromised = (containerId: number) =>
      openLeases(book).some(
        (lease) => lease.containerId === containerId && promise.deviceIds.includes(lease.deviceId),
      );
    const given = granted(commit)
      .filter(
        (row) =>
          isPromised(row.id) &&
          (isSpared(row, book, row.grantedAt!) || row.grantedAt!.getTime() + row.hours * hour > due),
      )
      .map(
        (row) =>
          `${named(row)} was given what is promised to container ${promise.containerId} before it ends`,
      );
    // Whoever left the line is owed nothing, before the next look at the line closes the promise too.
    const isOwed = book.containers.get(promise.containerId)?.state === "waiting";
    const extended = commit
      .of("extensions")
      .map(({ is }) => ({ ...is, end: book.ends.get(is.endId)! }))
      .filter(({ containerId, end }) => isOwed && isPromised(containerId) && end.at.getTime() > due + 1000)
      .map(({ containerId }) => `container ${containerId} was extended past the promise of what it holds`);
    return [...given, ...extended];
  });
}

// 6. Ends and extensions.

/** No stop but by an end that came 15 minutes after its last notice was accepted; by its owner; or by an admin at once. */
function endedUnwarned(commit: Commit, book: Book): string[] {
  const done = commit.of("ends").filter(({ is }) => is.state === "done");
  const wrong = done.flatMap(({ is: end }) => {
    const at = end.closedAt!.getTime();
    const inTime = all(book.notices).some(
      (one) =>
        one.endId === end.id &&
        one.step === "last" &&
        one.acceptedAt !== null &&
        at - one.acceptedAt.getTime() >= 15 * minute,
    );
    return [
      ...(end.at.getTime() > at
        ? [`end ${end.id} of container ${end.containerId} came before its time`]
        : []),
      ...(inTime
        ? []
        : [`end ${end.id} (${end.reason}) of container ${end.containerId} came without its last notice`]),
    ];
  });
  const stopped = commit
    .of("containers")
    .filter(({ was, is }) => was !== undefined && was.wanted === "running" && is.wanted !== "running");
  for (const { is } of stopped) {
    const isEnd = done.some(({ is: end }) => end.containerId === is.id);
    const isAtOnce = commit
      .of("events")
      .some(
        ({ is: event }) => event.containerId === is.id && event.evidence.rule === "an admin may stop at once",
      );
    if (
      is.wantedBy === "owner" ||
      is.wantedBy === "owner-frees" ||
      is.wantedBy === "failure" ||
      is.wantedBy === "crash"
    )
      continue;
    if (!isEnd && !isAtOnce)
      wrong.push(`${named(is)} was stopped by ${is.wantedBy}, and by no end that had come`);
  }
  return wrong;
}

/** Charged only if somebody waits, never more than the budget of any seven days; a new end within the longest run. */
function overBudget(commit: Commit, book: Book, outside: Outside): string[] {
  return commit.of("extensions").flatMap(({ is }) => {
    const wrong: string[] = [];
    const { at, memberId, containerId, hours, chargedGpuHours } = is;
    const most = limit("extension_gpu_h_per_7d", memberId, at, book, outside.policy);
    const charged = sum(
      all(book.extensions)
        .filter((one) => one.memberId === memberId && one.at > new Date(at.getTime() - week) && one.at <= at)
        .map((one) => one.chargedGpuHours),
    );
    if (most !== null && chargedGpuHours > 0 && charged > most + grace)
      wrong.push(`member ${memberId} spent ${charged} of ${most} GPU-hours in seven days`);
    const longest = limit("max_runtime_h", memberId, at, book, outside.policy);
    const end = book.ends.get(is.endId)!;
    if (end.at.getTime() > at.getTime() + longest * hour + 1000)
      wrong.push(`container ${containerId} was extended beyond its longest run`);
    const leases = openLeases(book).filter((one) => one.containerId === containerId);
    const waiting = all(book.containers).filter(({ state }) => state === "waiting");
    const full = hours * sum(leases.map(({ weight }) => weight));
    if (chargedGpuHours > grace && Math.abs(chargedGpuHours - full) > 0.01)
      wrong.push(`container ${containerId} was charged ${chargedGpuHours} GPU-hours and holds for ${full}`);
    if (chargedGpuHours > grace && waiting.length === 0)
      wrong.push(`container ${containerId} was charged though nobody waits`);
    if (chargedGpuHours <= grace) {
      const its = leases
        .map((lease) => book.devices.get(lease.deviceId)!)
        .filter((one) => one.state === "ok");
      const others = waiting.filter((one) => one.memberId !== memberId);
      const served = others.find((one) => wouldBeServed(one, its, book, outside, at));
      if (served)
        wrong.push(
          `container ${containerId} was charged nothing, and ${named(served)} waits for what it holds`,
        );
    }
    return wrong;
  });
}

/** By these alone, were they free: no limit, image, drain or promise is in its way. */
function wouldBeServed(
  waits: Container,
  its: readonly Device[],
  book: Book,
  outside: Outside,
  now: Date,
): boolean {
  const given = its.filter((device) => !isDrained(device, book));
  if (waits.wish.kind === "cpu" || given.length === 0 || leastWeight(waits.wish, given) === undefined)
    return false;
  const leases = new Map(
    [...book.leases].filter(([, { deviceId }]) => !given.some(({ id }) => id === deviceId)),
  );
  return hindered(waits, [], undefined, { ...book, leases }, outside, now) === undefined;
}
