import { Refusal } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { News } from "../ledger/news.ts";
import { activeAdmins, memberById, membersInState } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Member } from "../ledger/schema.ts";
import type { World } from "../world.ts";

/** Who does what only admins may: one of them in Slack, or somebody at a shell of the server, by their login if it is known. */
export type Admin = Member | "cli" | `cli:${string}`;

/** First admins come from the environment, and stay admins whatever becomes of their group; later ones are in the group `admin`. */
export function isAdmin(world: World, member: Pick<Member, "slackUserId" | "group" | "state">): boolean {
  return (
    world.settings.admins.includes(member.slackUserId) ||
    (member.state === "active" && member.group === "admin")
  );
}

/** By what the ledger says of them now, not by what was so when they opened a form. Throws a Refusal. */
export async function refuseNonAdmin(tx: Tx, world: World, by: Admin): Promise<void> {
  if (typeof by === "string") return;
  const now = await memberById(tx, by.id);
  if (!now || !isAdmin(world, now))
    throw new Refusal("not-admin", "Only admins of the GPU server can decide this.");
}

/** For an event: `member:3`, `cli:dmitri`, `cli`. */
export function actorOf(by: Admin): string {
  return typeof by === "string" ? by : `member:${by.id}`;
}

/** For a sentence. */
export function nameOf(by: Admin): string {
  if (typeof by === "string") return by.slice("cli:".length) || "An admin at the server";
  return by.name;
}

/** In the admins' channel if there is one; else to each admin, of the environment and of the group. */
export async function adminRecipients(tx: Tx, world: World): Promise<string[]> {
  const { adminChannel } = world.settings;
  return adminChannel ? [adminChannel] : everyAdmin(tx, world);
}

/** Each admin, of the environment and of the group, who has not left Slack. */
export async function everyAdmin(tx: Tx, world: World): Promise<string[]> {
  const [later, gone] = [await activeAdmins(tx), await membersInState(tx, "gone")];
  const left = new Set(gone.map(({ slackUserId }) => slackUserId));
  const first = world.settings.admins.filter((slackUserId) => !left.has(slackUserId));
  return [...new Set([...first, ...later.map(({ slackUserId }) => slackUserId)])];
}

/**
 * Who is told before something of this member's ends: they themselves; of one who has left Slack the admins' channel, or the
 * first admin where there is none. One place, for its receipt is what counts. With nobody at all it stays the member, who is
 * told nothing: so nothing ends.
 */
export async function whoIsWarned(
  tx: Tx,
  world: World,
  { slackUserId, state }: Pick<Member, "slackUserId" | "state">,
): Promise<string> {
  if (state !== "gone") return slackUserId;
  return (await adminRecipients(tx, world))[0] ?? slackUserId;
}

export async function tellEveryAdmin(tx: Tx, world: World, news: News, at: Date): Promise<void> {
  for (const recipient of await adminRecipients(tx, world)) await tell(tx, recipient, news, at);
}
