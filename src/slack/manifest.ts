import { commands } from "./commands/index.ts";
import { usageHintOf } from "./define-command.ts";

/** What each is for: docs/install.md tells the admin who is asked to grant them. */
export const botScopes = [
  "commands",
  "chat:write",
  "users:read",
  "pins:write",
  "files:read",
  "files:write",
] as const;

export type ManifestOptions = {
  /** Stands before every command's name. */
  prefix?: string;
  /** Where Slack sends signed requests; left out: Socket Mode, which needs no public address. */
  requestUrl?: string;
};

/** The app as Slack's page "Create an app from a manifest" takes it: everything in it comes from what is declared here. */
export function manifest({ prefix = "", requestUrl }: ManifestOptions = {}) {
  const url = requestUrl ? { url: requestUrl } : {};
  return {
    display_information: {
      name: "Berth",
      description: "The front desk of a shared GPU server: ask for a container, get an SSH command back.",
      background_color: "#1f3a5f",
    },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: "Berth", always_online: true },
      slash_commands: commands.map((command) => {
        const hint = usageHintOf(command);
        return {
          command: `/${prefix}${command.name}`,
          ...url,
          description: command.summary,
          ...(hint ? { usage_hint: hint } : {}),
          should_escape: false,
        };
      }),
    },
    oauth_config: { scopes: { bot: [...botScopes] } },
    settings: {
      event_subscriptions: {
        ...(requestUrl ? { request_url: requestUrl } : {}),
        bot_events: ["app_home_opened", "user_change"],
      },
      interactivity: {
        is_enabled: true,
        ...(requestUrl ? { request_url: requestUrl, message_menu_options_url: requestUrl } : {}),
      },
      org_deploy_enabled: false,
      socket_mode_enabled: requestUrl === undefined,
      token_rotation_enabled: false,
    },
  };
}

/** As it stands in `manifests/slack-app.json`. */
export function manifestText(options: ManifestOptions = {}): string {
  return `${JSON.stringify(manifest(options), undefined, 2)}\n`;
}
