import type { Tx } from "../ledger/ledger.ts";
import { record } from "../ledger/queries/events.ts";
import { allMembers, insertMember, nextUid, updateMember } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Member } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import { judgeAgainst, type Row, type RowProblem } from "./csv.ts";

/** A person whose Slack id is known by now. */
export type Found = Row & { slackUserId: string };

/** What would be done, or was, of each line. */
export type Done = { line: number; handle: string; what: "new" | "let in" | "group changed" | "as it was" };

/**
 * Lets people in as the file says, all in one transaction: new ones with a welcome, known ones with their group. Nothing is done
 * where one line is wrong, or without `write`. A group that is changed is told; nobody loses anything.
 */
export async function importMembers(
  world: World,
  rows: readonly Found[],
  { write }: { write: boolean },
): Promise<{ done: Done[] } | { problems: RowProblem[] }> {
  const work = async (tx: Tx) => {
    const members = await allMembers(tx);
    const problems = judgeAgainst(rows, members);
    if (problems.length > 0) return { problems };
    const done: Done[] = [];
    for (const row of rows) {
      const known = members.find((member) => member.slackUserId === row.slackUserId);
      const what = whatOf(row, known);
      done.push({ line: row.line, handle: row.handle, what });
      if (write && what !== "as it was") await writeRow(tx, world, row, known, what);
    }
    return { done };
  };
  return write ? world.ledger.write(work) : world.ledger.read(work);
}

function whatOf({ group }: Found, known: Member | undefined): Done["what"] {
  if (!known) return "new";
  if (known.state !== "active") return "let in";
  return known.group === group ? "as it was" : "group changed";
}

async function writeRow(
  tx: Tx,
  world: World,
  row: Found,
  known: Member | undefined,
  what: Done["what"],
): Promise<void> {
  const at = world.clock.now();
  const { slackUserId, handle, group } = row;
  const name = row.name ?? known?.name ?? handle;
  const uid = known?.uid ?? row.uid ?? (await nextUid(tx, world.policy.uid_from));
  const change = { handle, uid, group, name, state: "active" as const };
  const member = known
    ? await updateMember(tx, known.id, change)
    : await insertMember(tx, { ...change, slackUserId, createdAt: at, welcomedAt: at });
  if (!member) throw new Error("the member row was not returned");
  await record(tx, {
    at,
    what: what === "group changed" ? "group-set" : "enrolled",
    memberId: member.id,
    actor: "cli",
    because: `${handle} was read from a list of members, in the group ${group}.`,
    evidence: { line: row.line, from: known?.group ?? null, to: group, uid },
  });
  await tell(
    tx,
    slackUserId,
    what === "group changed"
      ? { kind: "note", text: `An admin moved you to the group ${group}. /limits shows what you may have.` }
      : { kind: "welcome", memberId: member.id },
    at,
  );
}
