import type { Problem } from "../ledger/health-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { News } from "../ledger/news.ts";
import { record } from "../ledger/queries/events.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { allProblems, problemByKey, writeProblem } from "../ledger/queries/problems.ts";
import { adminRecipients, everyAdmin } from "../members/admins.ts";
import type { World } from "../world.ts";
import { unreachedKey } from "./problems.ts";
import { inWords, type Look, type Saying, type Seen, whatToSay } from "./say.ts";

/** Tells the admins what is new, gone, or still so after a day; anything else is said by silence. */
export async function tellProblems(tx: Tx, world: World, look: Look): Promise<void> {
  const now = world.clock.now();
  for (const saying of whatToSay(look, await allProblems(tx), now)) await say(tx, world, saying, now);
}

/** For whoever finds a problem by doing something: told as `tellProblems` would. */
export async function tellProblem(tx: Tx, world: World, seen: Seen): Promise<void> {
  const known = await problemByKey(tx, seen.key);
  const now = world.clock.now();
  for (const saying of whatToSay({ seen: [seen], unknown: [] }, known ? [known] : [], now))
    await say(tx, world, saying, now);
}

/** For whoever sees that it is over, and needs no second look. Nothing changes if it is not open. */
export async function tellSolved(tx: Tx, world: World, key: string): Promise<void> {
  const problem = await problemByKey(tx, key);
  if (problem && problem.solvedAt === null) await say(tx, world, { do: "solve", problem }, world.clock.now());
}

async function say(tx: Tx, world: World, saying: Saying, now: Date): Promise<void> {
  switch (saying.do) {
    case "open": {
      const problem = rowOf(saying.seen, { openedAt: now, saidAt: now });
      await writeProblem(tx, problem);
      await note(tx, problem, "problem-opened", problem.text, now);
      return tellAll(tx, world, isOpen(problem, "anew", now), now);
    }
    case "reopen":
    case "change": {
      const known = await problemByKey(tx, saying.seen.key);
      if (!known) throw new Error(`the problem ${saying.seen.key} is not known any more`);
      const problem = rowOf(saying.seen, known);
      await writeProblem(tx, problem);
      if (saying.do === "reopen") await note(tx, problem, "problem-back", problem.text, now);
      return tellAll(tx, world, isOpen(problem, "never", now), now);
    }
    case "remind":
      await writeProblem(tx, { ...saying.problem, saidAt: now });
      return tellAll(tx, world, isOpen(saying.problem, "anew", now), now);
    case "solve": {
      const { key, whenSolved: text } = saying.problem;
      await writeProblem(tx, { ...saying.problem, unseenSince: null, solvedAt: now });
      await note(tx, saying.problem, "problem-solved", text, now);
      return tellAll(tx, world, { kind: "problem", key, state: "solved", text, post: "never" }, now);
    }
    case "doubt":
      return writeProblem(tx, { ...saying.problem, unseenSince: now });
    case "trust":
      return writeProblem(tx, { ...saying.problem, unseenSince: null });
  }
}

function rowOf(
  { key, text, detail, whenSolved, nodeId }: Seen,
  { openedAt, saidAt }: Pick<Problem, "openedAt" | "saidAt">,
): Problem {
  return {
    key,
    nodeId: nodeId ?? null,
    text,
    detail: detail ?? null,
    whenSolved,
    openedAt,
    saidAt,
    unseenSince: null,
    solvedAt: null,
  };
}

type ProblemNews = Extract<News, { kind: "problem" }>;

function isOpen(problem: Problem, post: "anew" | "never", now: Date): ProblemNews {
  const { key, detail } = problem;
  return {
    kind: "problem",
    key,
    state: "open",
    text: inWords(problem, now),
    post,
    ...(detail ? { detail } : {}),
  };
}

async function note(
  tx: Tx,
  { key, nodeId }: Problem,
  what: string,
  because: string,
  at: Date,
): Promise<void> {
  await record(tx, { at, what, nodeId, actor: "berth", because, evidence: { problem: key } });
}

/** That their channel can't be reached the admins are told themselves. */
async function tellAll(tx: Tx, world: World, news: ProblemNews, at: Date): Promise<void> {
  const { adminChannel } = world.settings;
  const isOfChannel = adminChannel !== undefined && news.key === unreachedKey(adminChannel);
  const recipients = isOfChannel ? await everyAdmin(tx, world) : await adminRecipients(tx, world);
  for (const recipient of recipients) await tell(tx, recipient, news, at);
}
