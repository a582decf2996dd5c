import { Refusal } from "../errors.ts";
import type { Exemption, Override, Petition } from "../ledger/limit-tables.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { livingOfMember } from "../ledger/queries/containers.ts";
import { openExemptions } from "../ledger/queries/exemptions.ts";
import { allMembers, memberById } from "../ledger/queries/members.ts";
import { openOverrides } from "../ledger/queries/overrides.ts";
import { openPetitions } from "../ledger/queries/petitions.ts";
import type { Member } from "../ledger/schema.ts";
import type { World } from "../world.ts";

/** All there is to say of a member to an admin. */
export type MemberOverview = {
  member: Member;
  containers: ContainerView[];
  /** In force now. */
  overrides: Override[];
  exemptions: Exemption[];
  /** What nobody has answered yet. */
  petitions: Petition[];
  groups: readonly string[];
};

/** Throws a Refusal where there is no such member. */
export async function memberOverview(world: World, memberId: number): Promise<MemberOverview> {
  const now = world.clock.now();
  const inForce = ({ until }: { until: Date | null }) => until === null || until > now;
  return world.ledger.read(async (tx) => {
    const [member, living, overrides, exemptions, petitions] = await Promise.all([
      memberById(tx, memberId),
      livingOfMember(tx, memberId),
      openOverrides(tx, memberId),
      openExemptions(tx, memberId),
      openPetitions(tx, memberId),
    ]);
    if (!member) throw new Refusal("no-member", "There is no such person.");
    const views = await containerViews(
      tx,
      living.map(({ id }) => id),
    );
    return {
      member,
      containers: views,
      overrides: overrides.filter(inForce),
      exemptions: exemptions.filter(inForce),
      petitions,
      groups: Object.keys(world.policy.groups),
    };
  });
}

/** Whose name, user name or group begins with the words, or has them in it; all for none. By user name. */
export async function findMembers(world: World, query: string): Promise<Member[]> {
  const wanted = query.trim().toLowerCase();
  const mentioned = /^<@([A-Z0-9]+)(\|[^>]*)?>$/.exec(query.trim())?.[1];
  const all = await world.ledger.read(allMembers);
  return all.filter(({ name, handle, group, slackUserId }) => {
    if (mentioned !== undefined) return slackUserId === mentioned;
    return [name, handle, group].some((text) => text?.toLowerCase().includes(wanted));
  });
}
