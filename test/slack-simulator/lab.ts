import { App, type AppOptions, HTTPReceiver, LogLevel, SocketModeReceiver } from "@slack/bolt";
import { type SlackOptions, type SlackSimulator, startSlack } from "../../src/demo/slack/simulator.ts";

/** A small workspace and a small real Bolt app in it, over the wire. */

export const manifest = {
  display_information: { name: "Berth", description: "The front desk of a GPU server" },
  features: {
    app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
    bot_user: { display_name: "Berth", always_online: true },
    slash_commands: [
      { command: "/container-deploy", description: "Start a container", usage_hint: "[project]" },
      { command: "/gpu-status", description: "Who has which GPU", should_escape: true },
    ],
  },
  oauth_config: {
    scopes: { bot: ["commands", "chat:write", "users:read", "pins:write", "files:read", "files:write"] },
  },
  settings: {
    event_subscriptions: { bot_events: ["app_home_opened", "user_change", "message.im"] },
    interactivity: { is_enabled: true },
    socket_mode_enabled: true,
  },
};

export const ana = "U0ANA";
export const ben = "U0BEN";
export const gpu = "C0GPU";

export function startLab(options: Partial<SlackOptions> = {}): Promise<SlackSimulator> {
  return startSlack({
    manifest,
    users: [
      { id: ana, name: "ana", title: "student" },
      { id: ben, name: "ben", title: "student" },
      { id: "U0GUEST", name: "guest", isGuest: true },
    ],
    channels: [
      { id: gpu, name: "gpu" },
      { id: "C0OTHER", name: "other", hasApp: false },
    ],
    ...options,
  });
}

/** Bolt with short waits; `stop` ends it. */
export async function startApp(slack: SlackSimulator, listen: (app: App) => void): Promise<App> {
  const clientOptions: AppOptions["clientOptions"] = {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 2, minTimeout: 50, maxTimeout: 100 },
  };
  const app = new App({
    token: slack.botToken,
    receiver: new SocketModeReceiver({
      appToken: slack.appToken,
      clientPingTimeout: 1_500,
      installerOptions: { clientOptions: { slackApiUrl: slack.apiUrl } },
      logLevel: LogLevel.ERROR,
    }),
    clientOptions,
    logLevel: LogLevel.ERROR,
  });
  listen(app);
  await app.start();
  await slack.waitFor(() => slack.isAppConnected(), 10_000, "the app's socket");
  return app;
}

export const signingSecret = "sim-signing-secret";

/** The same app behind signed HTTP; the simulator must have been started with this port. */
export async function startHttpApp(
  slack: SlackSimulator,
  port: number,
  listen: (app: App) => void,
): Promise<App> {
  const app = new App({
    token: slack.botToken,
    receiver: new HTTPReceiver({ signingSecret, logLevel: LogLevel.ERROR }),
    clientOptions: { slackApiUrl: slack.apiUrl },
    logLevel: LogLevel.ERROR,
  });
  listen(app);
  await app.start(port);
  return app;
}

export function plain(text: string) {
  return { type: "plain_text" as const, text };
}

export function section(text: string) {
  return { type: "section" as const, text: { type: "mrkdwn" as const, text } };
}
