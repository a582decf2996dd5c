import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { tellProblem, tellSolved } from "../health/tell.ts";
import { type Catalogue, parseCatalogue } from "../images/catalogue.ts";
import { record } from "../ledger/queries/events.ts";
import { tellEveryAdmin } from "../members/admins.ts";
import { changesBetween, changesInWords } from "../policy/changes.ts";
import { type Policy, parsePolicy } from "../policy/policy.ts";
import { FileProblems } from "../policy/yaml-door.ts";
import { counted } from "../sentence.ts";
import type { World } from "../world.ts";
import type { Job } from "./runner.ts";

const everyMs = 3_000;
const readLimitMs = 5_000;
const mostBytes = 1024 * 1024;
const problemKey = "policy-file";
/** Counts from the next start only: containers' mounts are allowed below the root that was known then. */
const fixedKeys = ["workspace_path"] as const satisfies (keyof Policy)[];

/**
 * Reads the policy file, and the catalogue beside it, when they change: what they say counts from the next grant, extension or
 * run. A wrong file changes nothing, and the admins are told its lines until it is right. Looked at every few seconds instead of
 * watched: editors and deployment tools replace files, and a watcher goes on watching the one that was replaced.
 */
export function reloadPolicy(policyPath: string): Job {
  /** The last text that was judged, right or wrong. */
  let judged: string | undefined;
  /** Seen once: half-written files are seen too, so a text counts when it is still the same a round later. */
  let seen: string | undefined;
  let reading: Promise<Texts> | undefined;
  return {
    name: "read the policy file",
    everyMs,
    async run(world) {
      // A disk that hangs costs one read, not one a round.
      reading ??= readTexts(policyPath).finally(() => {
        reading = undefined;
      });
      const texts = await withinLimit(world, reading);
      if (texts === undefined) return;
      const text = JSON.stringify(texts);
      if (text === judged) return;
      if (judged !== undefined && text !== seen) {
        seen = text;
        return;
      }
      await judge(world, texts);
      judged = text;
    },
  };
}

/** Undefined: still not read. */
async function withinLimit(world: World, reading: Promise<Texts>): Promise<Texts | undefined> {
  const patience = new AbortController();
  const late = world.clock.sleep(readLimitMs, patience.signal).then(() => undefined);
  try {
    return await Promise.race([reading, late]);
  } finally {
    patience.abort();
  }
}

type Text = { path: string; text: string } | { path: string; unreadable: string };
type Texts = { policy: Text; catalogue: Text | undefined };

/** Which catalogue it is the policy says; of a policy that is wrong there is none. */
async function readTexts(policyPath: string): Promise<Texts> {
  const policy = await readText(policyPath);
  try {
    const { catalogue } = parsePolicy("text" in policy ? policy.text : "");
    return { policy, catalogue: await readText(resolve(dirname(policyPath), catalogue)) };
  } catch (error) {
    if (error instanceof FileProblems) return { policy, catalogue: undefined };
    throw error;
  }
}

async function readText(path: string): Promise<Text> {
  try {
    const { size } = await stat(path);
    if (size > mostBytes) return { path, unreadable: "it is larger than 1 MB" };
    const text = await readFile(path, "utf8");
    // All that is left out is as shipped: an empty file would quietly take every limit back.
    return text.trim() === "" ? { path, unreadable: "it is empty" } : { path, text };
  } catch (error) {
    return { path, unreadable: (error as NodeJS.ErrnoException).code ?? "unknown reason" };
  }
}

async function judge(world: World, texts: Texts): Promise<void> {
  let next: { policy: Policy; catalogue: Catalogue };
  try {
    next = parsed(texts);
  } catch (error) {
    if (!(error instanceof FileProblems)) throw error;
    await tellWrong(world, error);
    return;
  }
  const changes = [
    ...changesBetween(withoutFixed(world.policy), withoutFixed(withStanding(world.policy, next.policy))),
    ...changesBetween(byName(world.catalogue), byName(next.catalogue), "catalogue"),
  ];
  const later = fixedKeys.filter((key) => world.policy[key] !== next.policy[key]);
  await world.ledger.transaction(async (tx) => {
    const now = world.clock.now();
    await tellSolved(tx, world, problemKey);
    if (changes.length === 0) return;
    await record(tx, {
      at: now,
      what: "policy-changed",
      actor: "policy-file",
      because: `The policy was changed: ${changesInWords(changes)}.`,
      evidence: { changes: changes.slice(0, 200), countsAtNextStart: later },
    });
    const text = `The policy was changed: ${changesInWords(changes)}.`;
    const detail = `It counts from the next grant, extension or run; what runs goes on as it is.${later.length > 0 ? ` ${later.join(", ")} counts from the next start of the bot.` : ""}`;
    await tellEveryAdmin(tx, world, { kind: "note", text, detail }, now);
  });
  replaceContent(world.policy, withStanding(world.policy, next.policy));
  replaceContent(world.catalogue, next.catalogue);
  if (changes.length > 0) world.log.info({ changes }, "the policy was read anew");
}

/** Throws `FileProblems`. */
function parsed({ policy, catalogue }: Texts): { policy: Policy; catalogue: Catalogue } {
  if ("unreadable" in policy) throw unreadable(policy);
  const read = parsePolicy(policy.text, policy.path);
  if (catalogue === undefined) throw new Error("a policy that can be read names no catalogue");
  if ("unreadable" in catalogue) throw unreadable(catalogue);
  return { policy: read, catalogue: parseCatalogue(catalogue.text, catalogue.path) };
}

function unreadable({ path, unreadable }: { path: string; unreadable: string }): FileProblems {
  return new FileProblems(path, [
    { line: undefined, key: "", sentence: `The file can't be read (${unreadable}).` },
  ]);
}

async function tellWrong(world: World, { problems, message }: FileProblems): Promise<void> {
  world.log.error({ problems }, "the policy file is wrong; what was in force stays in force");
  const text = `The policy file is wrong: ${counted(problems.length, "problem")}. Nothing of it counts; what was in force stays in force.`;
  const whenSolved = "The policy can be read again, and counts.";
  await world.ledger.transaction((tx) =>
    tellProblem(tx, world, { key: problemKey, text, detail: message, whenSolved }),
  );
}

/** What this machine can't do, and what needs a start, stays as it was. */
function withStanding(inForce: Policy, next: Policy): Policy {
  const standing = Object.fromEntries(fixedKeys.map((key) => [key, inForce[key]]));
  return { ...next, ...standing, ...(inForce.sudo_refused ? { sudo_refused: true } : {}) };
}

function withoutFixed(policy: Policy): Partial<Policy> {
  return Object.fromEntries(Object.entries(policy).filter(([key]) => !fixedKeys.some((one) => one === key)));
}

function byName({ images }: Catalogue): Record<string, unknown> {
  return Object.fromEntries(images.map((row) => [row.name, row]));
}

/**
 * The object stays and its content changes, in one go (nothing else runs meanwhile): worlds are copied (`{ ...world }`), the
 * machine's mount rules hold the policy too, and a new object in one of them would leave the others with the old law.
 */
function replaceContent<T extends object>(inForce: T, next: T): void {
  for (const key of Object.keys(inForce)) delete inForce[key as keyof T];
  Object.assign(inForce, next);
}
