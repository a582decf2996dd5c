import type { SlackReach } from "../ends/reach.ts";
import type { World } from "../world.ts";
import type { Clients } from "./clients.ts";
import type { HeldEdits } from "./held-edits.ts";
import type { OpenHome } from "./home.ts";
import type { Outcome } from "./outcome.ts";
import type { People } from "./people.ts";
import type { ProgressPace } from "./progress-pace.ts";
import type { SlackSettings } from "./settings.ts";
import type { UpdateBudget } from "./update-budget.ts";

/** What everything in this room shares. */
export type Room = {
  world: World;
  settings: SlackSettings;
  clients: Clients;
  people: People;
  updates: UpdateBudget;
  /** Edits of the outbox that wait for it. */
  heldEdits: HeldEdits;
  /** How often the progress of each build is drawn. */
  pace: ProgressPace;
  /** What each build's living message showed last, apart from its progress: a change of that does not wait for the pace. */
  buildsShown: Map<number, string>;
  /** Slack asked for quiet until then, on the monotonic clock: nothing is sent before. */
  quietUntilMs: number;
  /** Since when Slack can reach us, and when it could not. */
  reach: () => SlackReach;
  /** Whose Home was opened since the start, by their Slack user id. */
  homes: Map<string, OpenHome>;
  /** Keys of deliveries acted on since the start; the ledger has those from before. */
  seen: Set<string>;
  /** Forms being judged or done, by the key each was opened with. */
  submissions: Map<string, Promise<Outcome>>;
  /** Known once Slack has answered. */
  identity: { teamId: string; botUserId: string; botId: string | undefined } | undefined;
};
