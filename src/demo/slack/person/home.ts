import { eventCallback } from "../app-link/payloads.ts";
import { Impossible } from "../inputs/enter.ts";
import type { Outcome, UserId } from "../person-api.ts";
import { dmWith } from "../workspace/conversations.ts";
import { viewForApi } from "../workspace/views.ts";
import { actor, type Stage } from "./stage.ts";

/** Opens the app's Home or Messages tab; the app hears of both as `app_home_opened`, if it listens to that. */
export async function openTab(stage: Stage, userId: UserId, tab: "home" | "messages"): Promise<Outcome> {
  const { workspace, link } = stage;
  const user = actor(workspace, userId);
  const { home_tab_enabled, messages_tab_enabled } = workspace.manifest.features.app_home;
  if (!(tab === "home" ? home_tab_enabled : messages_tab_enabled))
    throw new Impossible(`The app has no ${tab} tab.`);
  const dm = dmWith(workspace, user.id);
  const home = workspace.homes.get(user.id);
  if (workspace.manifest.settings.event_subscriptions.bot_events.includes("app_home_opened"))
    link.tell(
      eventCallback(workspace, {
        type: "app_home_opened",
        user: user.id,
        channel: dm.id,
        tab,
        ...(home && tab === "home" ? { view: structuredClone(viewForApi(workspace, home)) } : {}),
      }),
    );
  return { ok: true };
}
