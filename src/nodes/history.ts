import { Refusal } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import { type About, type HistoryLine, history, projectsCalled } from "../ledger/queries/history.ts";
import { allHandles, memberByHandle, memberBySlackUser, projectByName } from "../ledger/queries/members.ts";
import { allNodes } from "../ledger/queries/nodes.ts";
import { nearest } from "../policy/nearest.ts";
import { listed } from "../sentence.ts";
import type { World } from "../world.ts";
import { readName, readTarget } from "./admin-words.ts";
import { findTarget } from "./which.ts";

export type Page = {
  lines: HistoryLine[] /** The number before which older ones are; undefined: there are none. */;
  older?: number;
};

/**
 * What happened, the newest first, for admins: to `ana/vision`, a user name, `gpu 3`, a server; nothing named: to everything.
 * Throws a `Refusal` that says what there is.
 */
export async function historyOf(
  world: World,
  { words, before, most }: { words: readonly string[]; before?: number | undefined; most: number },
): Promise<Page> {
  return world.ledger.read(async (tx) => {
    const about = await whatIsMeant(tx, words);
    const found = await history(tx, about, { most: most + 1, before });
    const lines = found.slice(0, most);
    const last = lines.at(-1);
    return found.length > most && last ? { lines, older: last.id } : { lines };
  });
}

async function whatIsMeant(tx: Tx, words: readonly string[]): Promise<About> {
  if (words.length === 0) return { kind: "all" };
  const nodes = (await allNodes(tx)).map(({ id }) => id);
  const { target, rest } = readTarget(words, nodes);
  if (target.gpuIndex !== undefined || target.nodeId !== undefined) {
    refuseMore(rest);
    const { nodeId, gpuUuid } = await findTarget(tx, target);
    return gpuUuid === null ? { kind: "node", nodeId } : { kind: "gpu", gpuUuid };
  }
  const [name = "", ...more] = words;
  refuseMore(more);
  return (await memberNamed(tx, name)) ?? (await projectNamed(tx, name));
}

function refuseMore([word]: readonly string[]): void {
  if (word !== undefined)
    throw new Refusal("too-many-words", `I don't know what to do with “${word.slice(0, 40)}”.`, {
      hint: "Of whom: ana/vision, ana, gpu 3, or nothing for everything.",
    });
}

/** `ana`, `@ana`, or as Slack writes a mention; or Slack's own id, for who has no user name yet. */
async function memberNamed(tx: Tx, name: string): Promise<About | undefined> {
  const [, slackUser] = /^(?:<@)?([UW][A-Z0-9]+)(?:\|[^>]*)?>?$/.exec(name) ?? [];
  const member = slackUser
    ? await memberBySlackUser(tx, slackUser)
    : await memberByHandle(tx, name.replace(/^@/, ""));
  return member && { kind: "member", memberId: member.id };
}

async function projectNamed(tx: Tx, name: string): Promise<About> {
  if (name.includes("/")) {
    const { handle, project } = readName(name);
    const member = await memberByHandle(tx, handle);
    const found = member && (await projectByName(tx, member.id, project));
    if (found) return { kind: "project", projectId: found.id };
    throw await unknownName(tx, name, member ? project : handle);
  }
  const called = await projectsCalled(tx, name);
  if (called.length > 1)
    throw new Refusal("which-project", `Several people have a project “${name}”.`, {
      hint: `Say whose: ${listed(
        called.map(({ handle }) => `${handle}/${name}`),
        "or",
      )}.`,
    });
  const [only] = called;
  if (only) return { kind: "project", projectId: only.id };
  throw await unknownName(tx, name, name);
}

async function unknownName(tx: Tx, name: string, wrong: string): Promise<Refusal> {
  const [near] = nearest(wrong, [...(await allHandles(tx))]);
  return new Refusal("no-history", `There is nobody and nothing called “${name.slice(0, 60)}”.`, {
    hint: near ? `Did you mean ${near}?` : "Of whom: ana/vision, ana, gpu 3, or nothing for everything.",
  });
}
