import { endSessionsCommand } from "../access/end-sessions.ts";
import { parsePublicKey } from "../access/keys.ts";
import { writeKeys } from "../access/keys-file.ts";
import { Refusal } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import { livingOfMember } from "../ledger/queries/containers.ts";
import { record } from "../ledger/queries/events.ts";
import {
  insertKey,
  keysOfMember,
  memberById,
  membersInState,
  removeKeyRow,
} from "../ledger/queries/members.ts";
import type { ActiveMember, Key, Member } from "../ledger/schema.ts";
import type { World } from "../world.ts";

const mostKeys = 20;
const mostTries = 20;
const endSessionsLimitSeconds = 5;

export async function keysOf(world: World, member: Pick<Member, "id">): Promise<Key[]> {
  return world.ledger.read((tx) => keysOfMember(tx, member.id));
}

/** Live in all the member's containers at the next sign-in, without a restart. Adding one that is there changes nothing. */
export async function addKey(
  world: World,
  { member, text }: { member: ActiveMember; text: string },
): Promise<Key> {
  const key = await world.ledger.transaction((tx) => addKeyIn(tx, world, { member, text }));
  await publishKeys(world, member.id);
  return key;
}

/** The same in a transaction that does more; whoever commits it publishes the member's keys afterwards. */
export async function addKeyIn(
  tx: Tx,
  world: World,
  { member, text }: { member: ActiveMember; text: string },
): Promise<Key> {
  const parsed = parsePublicKey(text);
  const there = await keysOfMember(tx, member.id);
  const same = there.find((one) => one.fingerprint === parsed.fingerprint);
  if (same) return same;
  if (there.length >= mostKeys) {
    throw new Refusal("too-many-keys", `You have ${mostKeys} keys here already.`, {
      hint: "Remove one you no longer use.",
    });
  }
  const at = world.clock.now();
  const added = await insertKey(tx, { memberId: member.id, ...parsed, addedAt: at });
  if (!added) throw new Error("the key row was not returned");
  await record(tx, {
    at,
    what: "key-added",
    memberId: member.id,
    actor: `member:${member.id}`,
    because: `${member.handle} added the SSH key ${parsed.fingerprint}.`,
    evidence: { type: parsed.type, fingerprint: parsed.fingerprint, comment: parsed.comment },
  });
  return added;
}

/**
 * Gone for new sign-ins at once; sessions that are open are ended in every container that answers.
 * Somebody else's key is answered as if it did not exist.
 */
export async function removeKey(
  world: World,
  { member, keyId }: { member: ActiveMember; keyId: number },
): Promise<{ key: Key; left: number }> {
  const removed = await world.ledger.transaction(async (tx) => {
    const at = world.clock.now();
    const key = await removeKeyRow(tx, member.id, keyId, at);
    if (!key) throw new Refusal("no-key", "That key is not among yours any more.");
    await record(tx, {
      at,
      what: "key-removed",
      memberId: member.id,
      actor: `member:${member.id}`,
      because: `${member.handle} removed the SSH key ${key.fingerprint}.`,
      evidence: { fingerprint: key.fingerprint, comment: key.comment },
    });
    return { key, left: (await keysOfMember(tx, member.id)).length };
  });
  await publishKeys(world, member.id);
  await endSessions(world, member);
  return removed;
}

/**
 * Writes the member's keys as the ledger has them; none for one who has left Slack. Looks again after writing: of two that write at once, the one with the
 * older set may come last, and a removed key must not come back with it.
 */
export async function publishKeys(world: World, memberId: number): Promise<void> {
  const read = () => world.ledger.read((tx) => keysThatOpen(tx, memberId));
  let keys = await read();
  for (let tries = 0; tries < mostTries; tries++) {
    await writeKeys(world.settings.stateDir, memberId, keys);
    const now = await read();
    if (sameKeys(keys, now)) return;
    keys = now;
  }
  throw new Error(`the keys of member ${memberId} changed ${mostTries} times while they were written`);
}

async function keysThatOpen(tx: Tx, memberId: number): Promise<Key[]> {
  const member = await memberById(tx, memberId);
  return member?.state === "gone" ? [] : keysOfMember(tx, memberId);
}

function sameKeys(some: readonly Key[], others: readonly Key[]): boolean {
  return some.length === others.length && some.every((key, i) => key.id === others[i]?.id);
}

/** At the start of the bot: a key that was removed just before it was killed must not stay in a file. */
export async function publishAllKeys(world: World): Promise<void> {
  const members = await world.ledger.read(async (tx) => [
    ...(await membersInState(tx, "active")),
    ...(await membersInState(tx, "gone")),
  ]);
  for (const member of members) await publishKeys(world, member.id);
}

/** Nobody signs in with the keys of one who has left Slack, and whoever is signed in is put out, where a container answers. */
export async function shutOut(world: World, member: Member): Promise<void> {
  await publishKeys(world, member.id);
  await endSessions(world, member);
}

async function endSessions(world: World, member: Pick<Member, "id" | "handle">): Promise<void> {
  const { handle } = member;
  if (handle === null) return;
  const living = await world.ledger.read((tx) => livingOfMember(tx, member.id));
  for (const container of living) {
    const node = container.nodeId ? world.nodes.get(container.nodeId) : undefined;
    if (container.state !== "running" || !container.engineId || !node) continue;
    await node.engine
      .exec(container.engineId, endSessionsCommand(handle), endSessionsLimitSeconds)
      .catch((err: unknown) =>
        world.log.warn({ err, containerId: container.id }, "open sessions were not ended"),
      );
  }
}
