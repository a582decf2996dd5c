import type { Log } from "../log.ts";
import { createClients } from "./clients.ts";
import type { SlackSettings } from "./settings.ts";
import { slackWord } from "./slack-word.ts";

/**
 * Slack's member id behind an email, `undefined` where nobody has it. Needs the scope `users:read.email`, which the app's manifest
 * does not ask for: throws a sentence where it is missing, and what the web client throws where Slack does not answer.
 */
export async function findByEmail(
  settings: SlackSettings,
  log: Log,
  emails: readonly string[],
): Promise<ReadonlyMap<string, string | undefined>> {
  const { answering } = createClients(settings, log);
  const found = new Map<string, string | undefined>();
  for (const email of emails) {
    try {
      found.set(email, (await answering.users.lookupByEmail({ email })).user?.id);
    } catch (error) {
      const word = slackWord(error);
      if (word === "missing_scope")
        throw new Error(
          "Slack does not let the app look up emails: add the scope users:read.email to it and install it again, or give a column slack_id.",
        );
      if (word !== "users_not_found") throw error;
      found.set(email, undefined);
    }
  }
  return found;
}
