import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { inArray } from "drizzle-orm";
import fc from "fast-check";
import pino from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { ownContainers } from "../../src/containers/list.ts";
import { run } from "../../src/containers/run.ts";
import { freeGpu, retire, stop } from "../../src/containers/stop.ts";
import { Refusal } from "../../src/errors.ts";
import { events } from "../../src/ledger/event-table.ts";
import { type ActiveMember, type Container, containers, type Wish } from "../../src/ledger/schema.ts";
import { addKey, keysOf, removeKey } from "../../src/members/keys.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { settledAndSound } from "./invariants.ts";
import { ready } from "./steps.ts";

const isLong = process.env.BERTH_LONG === "1";
/** Each part begins with an empty ledger: what is looked at after each round is all that ever was in it. */
const parts = isLong ? 8 : 1;
const rounds = isLong ? 25 : 5;
const seed = Number(process.env.BERTH_SEED ?? (isLong ? Date.now() % 2 ** 31 : 20_260_301));
const memberCount = 50;
const atOnce = 10;

let database: TestDatabase;
let writers: [MemoryWorld, MemoryWorld];
let members: ActiveMember[];
const asked: string[] = [];
const faults: string[] = [];

beforeEach(async () => {
  asked.length = 0;
  faults.length = 0;
  database = await freshDatabase();
  const log = pino(
    { level: "error" },
    { write: (line: string) => void faults.push(line.slice(0, 1500)) },
  ) as unknown as MemoryWorld["log"];
  const one = await memoryWorld(database.url, {
    checkEpoch: false,
    log,
    watchEveryMs: 150,
    gpus: [
      {},
      {},
      {},
      {},
      { slices: ["3g.20gb", "2g.10gb", "1g.5gb", "1g.5gb"] },
      { slices: ["4g.20gb", "3g.20gb"] },
    ],
  });
  const other = await memoryWorld(database.url, { checkEpoch: false, log, watchEveryMs: 150, share: one });
  writers = [one, other];
  for (const writer of writers) writer.start();
  await ready(one);
  const groups = ["student", "researcher", "admin"];
  members = [];
  for (let n = 0; n < memberCount; n++) members.push(await one.member(`m${n}`, groups[n % 3]));
});

afterEach(async () => {
  for (const writer of [...(writers ?? [])].reverse()) await writer.end();
  await database?.drop();
});

const wish: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Wish>({ kind: "gpu", count: 1 }) },
  { weight: 1, arbitrary: fc.constant<Wish>({ kind: "gpu", count: 2 }) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom("1g.5gb", "2g.10gb", "3g.20gb")
      .map((profile): Wish => ({ kind: "mig", profile })),
  },
  { weight: 1, arbitrary: fc.constant<Wish>({ kind: "cpu" }) },
);

const command = fc.record({
  who: fc.nat(memberCount - 1),
  writer: fc.nat(1),
  project: fc.constantFrom("vision", "audio", "notes"),
  wish,
  pick: fc.nat(999),
  act: fc.oneof(
    { weight: 5, arbitrary: fc.constant("deploy" as const) },
    { weight: 5, arbitrary: fc.constantFrom("stop" as const, "run" as const, "retire" as const) },
    { weight: 1, arbitrary: fc.constantFrom("freeGpu" as const, "removeKey" as const, "addKey" as const) },
  ),
});
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** Mostly what makes sense; what does not is asked for too, because others are at it at the same time. */
const aimedAt = {
  stop: ["running", "starting", "waiting"],
  run: ["stopped", "stopping"],
  freeGpu: ["stopped"],
  retire: ["running", "stopped", "stopping", "waiting", "starting"],
} satisfies Partial<Record<Command["act"], Container["state"][]>>;

async function oneOf(states: Container["state"][], pick: number): Promise<Container | undefined> {
  const some = await writers[0].ledger.read((tx) =>
    tx.select().from(containers).where(inArray(containers.state, states)).orderBy(containers.id),
  );
  return some[pick % (some.length || 1)];
}

/** A refusal is an answer; anything else is a fault. */
async function obey({ who, writer, project, wish, act, pick }: Command): Promise<void> {
  const world = writers[writer]!;
  const aim = act in aimedAt ? await oneOf(aimedAt[act as keyof typeof aimedAt], pick) : undefined;
  const by = members.find(({ id }) => id === aim?.memberId) ?? members[who]!;
  const which = aim ? { containerId: aim.id } : { project };
  try {
    if (act === "deploy") {
      const requestId = randomUUID();
      await deploy(world, { by, requestId, project, wish });
      asked.push(requestId);
    } else if (act === "stop") await stop(world, { by, which });
    else if (act === "run") await run(world, { by, which });
    else if (act === "retire") await retire(world, { by, which });
    else if (act === "freeGpu") await freeGpu(world, { by, which });
    else if (act === "addKey") await addKey(world, { member: by, text: keyOf(who) });
    else {
      const [key] = await keysOf(world, by);
      if (key) await removeKey(world, { member: by, keyId: key.id });
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

/** A public key that nobody has the other half of. */
function keyOf(who: number): string {
  const part = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const body = Buffer.concat([part(Buffer.from("ssh-ed25519")), part(Buffer.alloc(32, who + 1))]);
  return `ssh-ed25519 ${body.toString("base64")} m${who}`;
}

let round = 0;

/** A part of the members gives everything back, so that there is always something to give. */
async function leaveSome(): Promise<void> {
  round += 1;
  const leaving = members.filter((_, n) => (n + round) % 3 === 0);
  const goes = leaving.map(async (by) => {
    for (const { container } of await ownContainers(writers[0], by))
      await retire(writers[round % 2]!, { by, which: { containerId: container.id } });
    if ((await keysOf(writers[0], by)).length === 0)
      await addKey(writers[0], { member: by, text: keyOf(members.indexOf(by)) });
  });
  await Promise.all(goes);
}

async function keysOnDisk(by: ActiveMember): Promise<number | undefined> {
  const path = join(writers[0].settings.stateDir, "keys", String(by.id), "authorized_keys");
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text?.split("\n").filter((line) => line !== "").length;
}

const seeds = Array.from({ length: parts }, (_, part) => seed + part);

test.each(seeds)(
  `${memberCount} members and two writers, ${rounds} rounds, seed %i`,
  {
    timeout: isLong ? 1_200_000 : 120_000,
  },
  async (seed) => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 30, maxLength: 60 }), async (commands) => {
        await leaveSome();
        for (let from = 0; from < commands.length; from += atOnce)
          await Promise.all(commands.slice(from, from + atOnce).map(obey));
        await settledAndSound(writers[0], asked).catch((error: Error) => {
          throw new Error(`${error.message}\nfaults: ${faults.join("\n") || "none"}`);
        });
        for (const member of members) {
          const onDisk = await keysOnDisk(member);
          if (onDisk !== undefined) expect(onDisk).toBe((await keysOf(writers[0], member)).length);
        }
        expect(faults).toEqual([]);
      }),
      // Two writers race, so the same seed asks for the same and need not end the same: shrinking would be in vain.
      { numRuns: rounds, seed, endOnFailure: true },
    );
    // The rounds did something: containers came, ran and went.
    const happened = new Map<string, number>();
    for (const { what } of await writers[0].ledger.read((tx) =>
      tx.select({ what: events.what }).from(events),
    ))
      happened.set(what, (happened.get(what) ?? 0) + 1);
    const did = [...happened].sort().map(([what, n]) => `${what} ${n}`);
    console.info(`Two writers, ${rounds} rounds, seed ${seed}: ${did.join(", ")}.`);
    for (const what of ["granted", "running", "stopped", "retired", "left", "run-wished", "key-removed"])
      expect(happened.get(what) ?? 0, what).toBeGreaterThan(0);
  },
);
