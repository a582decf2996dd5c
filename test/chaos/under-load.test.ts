import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parsePublicKey } from "../../src/access/keys.ts";
import { wallClock } from "../../src/clock.ts";
import { Impossible } from "../../src/demo/slack/inputs/enter.ts";
import { outbox } from "../../src/ledger/bot-tables.ts";
import type { OpenLedger, Tx } from "../../src/ledger/ledger.ts";
import { members } from "../../src/ledger/member-table.ts";
import { migrate } from "../../src/ledger/migrate.ts";
import { insertKey, insertMember } from "../../src/ledger/queries/members.ts";
import { containers, leases, projects } from "../../src/ledger/schema.ts";
import { readPolicy } from "../../src/policy/read-policy.ts";
import { type Place, soundWithin } from "../containers/invariants.ts";
import { restless } from "../fairness/at-rest.ts";
import { chronicleTables, reader } from "../fairness/chronicle.ts";
import { count, type Happened, inWords } from "../fairness/happened.ts";
import { type Outside, wrongIn } from "../fairness/law.ts";
import { type BotProcess, botProcess } from "../process/bot-process.ts";
import { promiseNothing, startTestServer, stopTestServer } from "../support/database.ts";
import { testLedger } from "../support/ledger.ts";
import { unwarned } from "../support/unwarned.ts";
import {
  type InEngine,
  inEngine,
  isLiving,
  leftBehind,
  placeOf,
  saidWrongly,
  wrongOnDevices,
} from "./afterwards.ts";
import { type Act, act, obey, people, retire } from "./crowd-at-screens.ts";
import { type Fault, fault, strike } from "./weather.ts";

/**
 * 50 people at their screens, the bot a process on the real engine (test/support/bed.ts), a Postgres of its own; and all the time
 * something of it is killed, restarted or gives errors. What was asked when is the seed's; what comes of it is not, for all of them race.
 */
const isLong = process.env.BERTH_LONG === "1";
const minutes = Number(process.env.BERTH_CHAOS_MINUTES ?? (isLong ? 30 : 2));
const seed = Number(process.env.BERTH_SEED ?? (isLong ? Date.now() % 2 ** 31 : 20_261_128));
/** So many people do something at the same time. */
const hands = 5;
const settleSeconds = 180;
/** The crowd asks for more edits of cards than Slack allows: each minute of it leaves about one of them. */
const mostToSendMinutes = 10 + 1.5 * minutes;
const someKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGqtNVEEhfCKbJ+FAVZQuYyFNEnxyqq2nOFbDgSz8bXg laptop";

let bot: BotProcess;
let ledger: OpenLedger;
let place: Place;
let stateDir: string;
let before: InEngine;
const away: { from: Date; until: Date | undefined }[] = [];

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "berth-chaos-"));
  const { url } = await startTestServer(stateDir);
  await migrate({ url });
  await writeDown(url);
  ledger = await testLedger(url);
  await ledger.write(letAllIn);
  await ledger.close();
  bot = await botProcess({ url, drop: () => stopTestServer(stateDir) }, { people, policy });
  bot.bed.gpus.setBusyWhenHeld(true);
  await bot.start();
  before = await inEngine(bot);
});

afterAll(async () => {
  await ledger?.close();
  bot?.bed.gpus.setBusyWhenHeld(false);
  await bot?.end();
  await rm(stateDir, { recursive: true, force: true });
});

test(`${people.length} members, ${minutes} minutes of faults, seed ${seed}: ledger, engine and devices agree, and nobody was stopped unwarned`, {
  timeout: (minutes + 2 * mostToSendMinutes) * 60_000,
}, async () => {
  const until = wallClock.monotonicMs() + minutes * 60_000;
  const happened: Happened = new Map();
  const acts = fc.sample(act, { seed, numRuns: minutes * 1_500 });
  await Promise.all([
    ...Array.from({ length: hands }, () => busy(acts, until, happened)),
    stormy(until, happened),
  ]);

  await calm();
  ledger = await testLedger(bot.database.url);
  place = placeOf(bot, ledger, await readPolicy(bot.config.policyPath));
  await soundWithin(place, settleSeconds);
  const late = await unsent();
  const { wrong, commits } = await lawBroken();
  console.info(
    `Under load for ${minutes} minutes, seed ${seed}: ${inWords(happened)}, commits judged ${commits}.`,
  );
  expect([...late, ...wrong, ...(await wrongNow()), ...(await unwarned({ ledger }))]).toEqual([]);
  for (const what of ["kills", "engine restarts", "Postgres restarts", "Slack errors"])
    expect(happened.get(what) ?? 0, what).toBeGreaterThan(0);

  await everybodyRetires();
  expect([...(await unsent()), ...(await wrongNow())]).toEqual([]);
  expect(await ledger.read((tx) => tx.$count(leases))).toBeGreaterThan(0);
  const open = (await ledger.read((tx) => tx.select().from(leases))).filter(({ endedAt }) => !endedAt);
  expect(open).toEqual([]);
  expect(await inEngine(bot)).toEqual(before);
});

/** At first, however slow the machine is. */
const eachOnce: Fault["what"][] = ["kill", "engine", "postgres", "slack"];

/** One pair of hands: now at this screen, now at that. */
async function busy(acts: Act[], until: number, happened: Happened): Promise<void> {
  for (let next = acts.shift(); next && wallClock.monotonicMs() < until; next = acts.shift()) {
    // Whoever sees that nobody answers waits a moment, and then tries it all the same.
    if (!bot.slack.isAppConnected()) await wallClock.sleep(1_000);
    count(happened, await obey(bot.slack, next));
    await wallClock.sleep(next.pauseMs);
  }
}

async function stormy(until: number, happened: Happened): Promise<void> {
  const faults = fc.sample(fault, { seed, numRuns: minutes * 60 });
  for (const one of faults.map((some, n) => ({ ...some, what: eachOnce[n] ?? some.what }))) {
    await wallClock.sleep(one.calmMs);
    if (wallClock.monotonicMs() > until) return;
    const gap = { from: wallClock.now(), until: undefined as Date | undefined };
    away.push(gap);
    await strike(bot, stateDir, one, happened);
    gap.until = wallClock.now();
    if (!bot.isUp()) throw new Error(`the bot ended by itself at ${one.what}: ${bot.log().slice(-3000)}`);
  }
}

/** All faults are over, and the bot says itself that nothing is wrong. */
async function calm(): Promise<void> {
  bot.slack.faults.clear();
  await bot.slack.waitFor(() => bot.slack.isAppConnected(), 60_000, "the bot to be there");
  await bot.reconnect();
  await expect.poll(() => bot.health(), { timeout: 60_000, interval: 500 }).toMatchObject({ status: 200 });
  await freePorts();
}

/**
 * What an admin does whom the bot tells of it: an engine that was killed in the middle of a start may hold that port itself until
 * it is started once more, also one that nobody asks for yet. Only when all other starts are over, or it would happen again.
 */
async function freePorts(): Promise<void> {
  const starting = () =>
    bot.one<{ all: number; stuck: number }>(`select count(*)::int as all,
      count(*) filter (where trouble like 'Something else on the server uses port%')::int as stuck
      from containers where state = 'starting' and wanted = 'running'`);
  const deadline = wallClock.monotonicMs() + settleSeconds * 1000;
  for (;;) {
    const { all, stuck } = await starting();
    if (wallClock.monotonicMs() > deadline) return;
    if (all === stuck) {
      await bot.bed.engine.kill();
      return bot.bed.engine.resume();
    }
    await wallClock.sleep(500);
  }
}

/**
 * A sentence for each message that nobody sends any more: for a minute not one of them went. All changes of all cards take longer
 * than that, for Slack allows a workspace only so many edits a minute (src/slack/update-budget.ts).
 */
async function unsent(): Promise<string[]> {
  const last = wallClock.monotonicMs() + mostToSendMinutes * 60_000;
  let [fewest, deadline] = [Number.POSITIVE_INFINITY, 0];
  for (;;) {
    const left = (await ledger.read((tx) => tx.select().from(outbox))).filter(
      ({ sentAt, setAsideAt }) => !sentAt && !setAsideAt,
    );
    const now = wallClock.monotonicMs();
    if (left.length < fewest) [fewest, deadline] = [left.length, Math.min(last, now + 60_000)];
    if (left.length === 0 || now > deadline)
      return left.map(
        ({ id, recipient, news, attempts, error }) =>
          `message ${id} to ${recipient} is not sent after ${attempts} attempts (${error}): ${JSON.stringify(news)}`,
      );
    await wallClock.sleep(200);
  }
}

/** Every commit there was, by the law that holds at each of them; and what must be so when nothing is left to do. */
async function lawBroken(): Promise<{ wrong: string[]; commits: number }> {
  const outside: Outside = { policy: place.policy, away, admins: ["dmitri"] };
  const chronicle = reader(ledger);
  const wrong: string[] = [];
  let commits = 0;
  await chronicle.readOn((commit, book) => {
    commits += 1;
    wrong.push(...wrongIn(commit, book, outside).map((sentence) => `${sentence} [commit ${commit.xid}]`));
  });
  return { wrong: [...wrong, ...restless(chronicle.book, outside, wallClock.now(), false)], commits };
}

async function wrongNow(): Promise<string[]> {
  return [
    ...(await wrongOnDevices(bot, place)),
    ...(await leftBehind(bot, ledger, before)),
    ...(await saidWrongly(bot, ledger)),
    ...bot.slack.complaints(),
  ];
}

/** By what each of them types and presses, until nobody has anything. */
async function everybodyRetires(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const rows = await ledger.read((tx) =>
      tx
        .select({ project: projects.name, by: members.slackUserId, state: containers.state })
        .from(containers)
        .innerJoin(projects, eq(projects.id, containers.projectId))
        .innerJoin(members, eq(members.id, containers.memberId)),
    );
    const left = rows.filter(isLiving);
    if (left.length === 0) return;
    for (const { by } of left) {
      const person = bot.slack.as(by);
      if (person.modal()) await person.close({ all: true });
    }
    while (left.length > 0)
      await Promise.all(left.splice(0, hands).map(({ by, project }) => retired(by, project)));
    await freePorts();
    await soundWithin(place, settleSeconds);
  }
  throw new Error("somebody's container is there although it was retired five times");
}

async function retired(by: string, project: string): Promise<void> {
  await retire(bot.slack, bot.slack.as(by), project).catch((error: unknown) => {
    // Their screen changed under their hand; they try it again.
    if (!(error instanceof Impossible)) throw error;
  });
}

/** As many as there are, each with a user name and a key. */
async function letAllIn(tx: Tx): Promise<void> {
  const group = "student";
  const createdAt = wallClock.now();
  for (const [n, { id: slackUserId, name }] of people.entries()) {
    const row = {
      slackUserId,
      name,
      handle: name,
      uid: 20_000 + n,
      group,
      state: "active" as const,
      createdAt,
    };
    const member = await insertMember(tx, row);
    await insertKey(tx, { memberId: member!.id, ...parsePublicKey(someKey), addedAt: createdAt });
  }
}

/** From now on the ledger keeps every version of its rows. */
async function writeDown(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await promiseNothing(client);
  for (const statement of chronicleTables()) await client.query(statement);
  await client.end();
}

/** Room for a dozen containers on seven devices, so that limits, memory, the line and the keep time all come into play. */
function policy(workspacesRoot: string): string {
  return `
defaults: { cpus: 0.5, memory_gib: 1, shm_gib: 0.1, pids: 256, max_gpu_equivalents: 2, max_gpus_per_container: 2,
  max_memory_gib_total: 3, max_containers: 2, max_waiting: 2, default_hours: 1, gpu_hold_after_stop_h: 0.01 }
nodes: { gpu1: { memory_gib: 12 } }
enrol: open
notices: { first_m: 60, last_m: 15, remove_first_h: 24, sigterm_grace_s: 2 }
workspace_path: ${workspacesRoot}/{handle}/{project}
`;
}
