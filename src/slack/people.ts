import type { WebClient } from "@slack/web-api";
import { Refusal } from "../errors.ts";
import type { Clock } from "../world.ts";

/** A user of Slack as Slack vouches for them. */
export type Person = {
  slackUserId: string;
  teamId: string | undefined;
  name: string;
  timeZone: string;
  isGuest: boolean;
  isBot: boolean;
  isGone: boolean;
};

export type People = {
  /** Asked of Slack, and kept for five minutes. Throws what the web client throws. */
  whoIs(slackUserId: string): Promise<Person>;
  forget(slackUserId: string): void;
};

const keptMs = 5 * 60_000;
const most = 10_000;

export function createPeople(client: WebClient, clock: Clock): People {
  const known = new Map<string, { person: Promise<Person>; since: number }>();
  return {
    async whoIs(slackUserId) {
      const before = known.get(slackUserId);
      if (before && clock.monotonicMs() - before.since < keptMs) return await before.person;
      if (known.size > most) known.clear();
      const person = ask(client, slackUserId);
      known.set(slackUserId, { person, since: clock.monotonicMs() });
      try {
        return await person;
      } catch (error) {
        known.delete(slackUserId);
        throw error;
      }
    },
    forget: (slackUserId) => void known.delete(slackUserId),
  };
}

async function ask(client: WebClient, slackUserId: string): Promise<Person> {
  const { user } = await client.users.info({ user: slackUserId });
  return {
    slackUserId,
    teamId: user?.team_id,
    name:
      user?.profile?.display_name || user?.profile?.real_name || user?.real_name || user?.name || slackUserId,
    timeZone: user?.tz || "UTC",
    isGuest: Boolean(user?.is_restricted || user?.is_ultra_restricted || user?.is_stranger),
    isBot: Boolean(user?.is_bot || slackUserId === "USLACKBOT"),
    // On Slack's own word alone: an answer without it says nothing.
    isGone: user?.deleted === true,
  };
}

/** Throws a `Refusal` for those who are no members of this workspace, whatever the ledger says of them. */
export function refuseStrangers(person: Person, ourTeam: string, guests: "refuse" | "allow"): void {
  if (person.isBot) throw new Refusal("bot", "Apps and bots can't use the server.");
  if (person.isGone) throw new Refusal("gone", "This account is deactivated.");
  if (person.teamId !== undefined && person.teamId !== ourTeam)
    throw new Refusal("other-workspace", "The server belongs to another Slack workspace than yours.", {
      hint: "Ask the people who run it for an account in their workspace.",
    });
  if (person.isGuest && guests === "refuse")
    throw new Refusal("guest", "Guests of this workspace can't use the server.", {
      hint: "Ask an admin: they can make you a full member of the workspace, or let guests in.",
    });
}
