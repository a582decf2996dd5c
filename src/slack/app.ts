import { createHash } from "node:crypto";
import { App, type AuthorizeResult, type BlockAction, HTTPReceiver, type Receiver } from "@slack/bolt";
import { z } from "zod";
import type { Asked } from "./asked.ts";
import { fetchWithLimit, quietLogger } from "./clients.ts";
import { answerAction, answerCommand } from "./dispatch.ts";
import { answerForm } from "./dispatch-form.ts";
import { suggestions } from "./dispatch-select.ts";
import { openHome, refreshHomeQuietly } from "./home.ts";
import { heardOfChange } from "./leavers.ts";
import { isFirst } from "./once.ts";
import type { Room } from "./room.ts";

const anything = /.*/;

/** Bolt, with one listener for each kind of payload; who does what is found in `commands`, `actions` and `forms`. */
export function createApp(room: Room, receiver: Receiver): App {
  const app = new App({
    receiver,
    authorize: async () => authorization(room),
    convoStore: false,
    logger: quietLogger(room.world.log),
    clientOptions: { slackApiUrl: room.clients.answering.slackApiUrl, fetch: fetchWithLimit },
  });

  app.command(anything, async ({ ack, command, respond }) => {
    await ack();
    const asked: Asked = {
      what: command.command,
      slackUserId: command.user_id,
      teamId: command.team_id,
      userTeamId: undefined,
      triggerId: command.trigger_id,
      respond,
      view: undefined,
      message: undefined,
      key: `command ${digest(command.trigger_id)}`,
    };
    await answerCommand(room, asked, command);
  });

  app.action<BlockAction>(anything, async ({ ack, body, action, respond }) => {
    await ack();
    const { message, channel, view } = body;
    const asked: Asked = {
      what: action.action_id,
      slackUserId: body.user.id,
      teamId: body.team?.id,
      userTeamId: body.user.team_id,
      triggerId: body.trigger_id,
      respond: body.response_url ? respond : undefined,
      view: view
        ? {
            id: view.id,
            type: view.type,
            form: {
              name: view.callback_id,
              privateMetadata: view.private_metadata,
              values: view.state?.values ?? {},
            },
          }
        : undefined,
      message: message && channel ? { channel: channel.id, ts: message.ts } : undefined,
      key: `action ${body.user.id} ${action.action_ts} ${action.action_id}`,
    };
    await answerAction(room, asked, { name: action.action_id, value: chosen(action) });
  });

  app.options<"block_suggestion">(anything, async ({ ack, body }) => {
    const suggested = await suggestions(room, {
      slackUserId: body.user.id,
      teamId: body.team?.id,
      form: body.view?.callback_id ?? "",
      field: body.action_id,
      query: body.value,
    });
    await ack(suggested);
  });

  app.view(anything, async ({ ack, body, view }) => {
    const asked: Asked = {
      what: view.callback_id,
      slackUserId: body.user.id,
      teamId: body.team?.id ?? view.team_id,
      userTeamId: body.user.team_id,
      triggerId: undefined,
      respond: undefined,
      view: { id: view.id, type: "modal" },
      message: undefined,
      key: `form ${view.id}`,
    };
    const submitted = {
      name: view.callback_id,
      viewId: view.id,
      privateMetadata: view.private_metadata,
      values: view.state.values,
    };
    const answer = await answerForm(room, asked, submitted);
    if (answer.ack) await ack(answer.ack);
    else await ack();
    await answer.after?.();
    await refreshHomeQuietly(room, body.user.id);
  });

  app.event("app_home_opened", async ({ event, body }) => {
    if (event.tab === "home" && (await isFirst(room, `event ${body.event_id}`, false)))
      await openHome(room, event.user);
  });
  app.event("user_change", async ({ event }) => heardOfChange(room, event.user));

  app.error(async (error) => {
    room.world.log.error({ err: error }, "a delivery of Slack's could not be handled");
  });
  return app;
}

/** A trigger opens a window: it is neither kept nor logged, but two deliveries of one have the same digest. */
function digest(triggerId: string): string {
  return createHash("sha256").update(triggerId).digest("base64url").slice(0, 22);
}

const carrying = z.object({
  value: z.string().optional(),
  selected_option: z.object({ value: z.string() }).nullish(),
});

/** What the button carries, or the option that was chosen. */
function chosen(action: unknown): string | undefined {
  const read = carrying.safeParse(action);
  return read.success ? (read.data.selected_option?.value ?? read.data.value) : undefined;
}

/** The signed-HTTP way in. It answers on all paths alike, so that any request URL may be entered in Slack. */
export function httpReceiver(room: Room, signingSecret: string): HTTPReceiver {
  return new HTTPReceiver({
    signingSecret,
    endpoints: ["/slack/events"],
    logger: quietLogger(room.world.log),
  });
}

function authorization(room: Room): AuthorizeResult {
  const { identity, settings } = room;
  if (!identity) throw new Error("Slack has not said yet who we are");
  return {
    botToken: settings.botToken,
    botUserId: identity.botUserId,
    ...(identity.botId ? { botId: identity.botId } : {}),
    teamId: identity.teamId,
  };
}
