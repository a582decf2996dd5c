import { type UserOptions, userOptions } from "../settings.ts";
import { changed, type User, type Workspace } from "./workspace.ts";

const colors = ["#2b6cb0", "#b7791f", "#2f855a", "#6b46c1", "#c53030", "#0987a0", "#97266d", "#4a5568"];

export const slackbotId = "USLACKBOT";

export function addUser(workspace: Workspace, options: UserOptions): User {
  const { id, name, realName, color, ...rest } = userOptions.parse(options);
  const user: User = {
    ...rest,
    id,
    name,
    realName: realName ?? name.charAt(0).toUpperCase() + name.slice(1),
    color: color ?? colors[workspace.users.size % colors.length] ?? "#4a5568",
    updatedMs: workspace.clock.now(),
  };
  workspace.users.set(id, user);
  changed(workspace);
  return user;
}

/** Making one costs far more than asking it. */
const offsetFormats = new Map<string, Intl.DateTimeFormat>();

export function tzOffsetSeconds(tz: string, atMs: number): number {
  const format =
    offsetFormats.get(tz) ?? new Intl.DateTimeFormat("en", { timeZone: tz, timeZoneName: "longOffset" });
  offsetFormats.set(tz, format);
  const parts = format.formatToParts(atMs);
  const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "";
  const match = /GMT([+-])(\d{2}):(\d{2})/.exec(name);
  if (!match) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60;
  return match[1] === "-" ? -seconds : seconds;
}

/** A user as `users.info` and `user_change` show one; the e-mail address only with its scope. */
export function userForApi(workspace: Workspace, user: User): Record<string, unknown> {
  const withEmail = workspace.manifest.oauth_config.scopes.bot.includes("users:read.email");
  const [firstName = "", ...rest] = user.realName.split(" ");
  const common = { id: user.id, team_id: workspace.settings.teamId, name: user.name, deleted: user.deleted };
  const profile = {
    title: user.title ?? "",
    phone: "",
    skype: "",
    real_name: user.realName,
    real_name_normalized: user.realName,
    display_name: user.name,
    display_name_normalized: user.name,
    first_name: firstName,
    last_name: rest.join(" "),
    status_text: "",
    status_emoji: "",
    status_emoji_display_info: [],
    status_expiration: 0,
    avatar_hash: "",
    fields: null,
    ...(withEmail && user.email ? { email: user.email } : {}),
    ...(user.id === workspace.settings.botUserId
      ? { api_app_id: workspace.settings.appId, bot_id: workspace.settings.botId, always_active: true }
      : {}),
    team: workspace.settings.teamId,
  };
  const flags = {
    is_bot: user.isBot,
    is_app_user: false,
    updated: Math.floor(user.updatedMs / 1000),
  };
  // Slack leaves out most of a deactivated user's fields.
  if (user.deleted) return { ...common, profile, ...flags, is_forgotten: false };
  return {
    ...common,
    color: user.color.replace("#", ""),
    real_name: user.realName,
    tz: user.tz,
    tz_label: user.tz,
    tz_offset: tzOffsetSeconds(user.tz, workspace.clock.now()),
    profile,
    is_admin: user.isAdmin,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: user.isGuest,
    is_ultra_restricted: false,
    ...flags,
    is_email_confirmed: true,
    locale: "en-GB",
    who_can_share_contact_card: "EVERYONE",
  };
}
