import { parsePublicKey } from "../../access/keys.ts";
import { insertKey, insertMember, memberBySlackUser, nextUid } from "../../ledger/queries/members.ts";
import { tell } from "../../ledger/queries/outbox.ts";
import type { World } from "../../world.ts";
import { demoKey } from "./keys.ts";
import { people } from "./people.ts";

/** Who has given a key already; the others meet the welcome's button. */
const withKey = ["ben", "chloe", "dmitri"];

/** Makes everybody but the newcomer a member, once. */
export async function seedLab(world: World, stateDir: string): Promise<void> {
  for (const person of people) {
    if (!person.group) continue;
    const { id, name, realName, tz, group } = person;
    const key = withKey.includes(name)
      ? parsePublicKey((await demoKey(stateDir, name)).publicKey)
      : undefined;
    await world.ledger.write(async (tx) => {
      if (await memberBySlackUser(tx, id)) return;
      const at = world.clock.now();
      const uid = await nextUid(tx, world.policy.uid_from);
      const member = await insertMember(tx, {
        slackUserId: id,
        name: realName,
        timeZone: tz,
        handle: name,
        uid,
        group,
        state: "active",
        createdAt: at,
        welcomedAt: at,
      });
      if (!member) return;
      if (key) await insertKey(tx, { memberId: member.id, ...key, addedAt: at });
      else await tell(tx, id, { kind: "welcome", memberId: member.id }, at);
    });
  }
}
