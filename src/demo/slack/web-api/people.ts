import { z } from "zod";
import { dmWith } from "../workspace/conversations.ts";
import { findMessage } from "../workspace/messages.ts";
import { userForApi } from "../workspace/users.ts";
import { type Conversation, changed } from "../workspace/workspace.ts";
import { ApiError, defineMethod, type Method } from "./method.ts";

export const peopleMethods: readonly Method[] = [
  defineMethod({
    name: "auth.test",
    token: "any",
    scopes: [],
    args: z.looseObject({}),
    run({ settings, manifest }, _args, { tokenKind }) {
      if (tokenKind === "app") return { app_name: manifest.display_information.name, app_id: settings.appId };
      return {
        url: `https://${settings.domain}.slack.com/`,
        team: settings.workspaceName,
        user: manifest.features.bot_user.display_name.toLowerCase(),
        team_id: settings.teamId,
        user_id: settings.botUserId,
        bot_id: settings.botId,
        is_enterprise_install: false,
      };
    },
  }),
  defineMethod({
    name: "apps.connections.open",
    token: "app",
    scopes: [],
    args: z.looseObject({}),
    run: (_workspace, _args, context) => ({ url: context.issueSocketUrl() }),
  }),
  defineMethod({
    name: "users.info",
    scopes: ["users:read"],
    args: z.looseObject({ user: z.string().min(1) }),
    run(workspace, args) {
      const user = workspace.users.get(args.user);
      if (!user) throw new ApiError("user_not_found");
      return { user: userForApi(workspace, user) };
    },
  }),
  defineMethod({
    name: "users.lookupByEmail",
    scopes: ["users:read.email"],
    args: z.looseObject({ email: z.string().min(1) }),
    run(workspace, args) {
      const wanted = args.email.toLowerCase();
      const user = [...workspace.users.values()].find(({ email }) => email?.toLowerCase() === wanted);
      if (!user) throw new ApiError("users_not_found");
      return { user: userForApi(workspace, user) };
    },
  }),
  defineMethod({
    name: "users.list",
    scopes: ["users:read"],
    args: z.looseObject({
      limit: z.coerce.number().int().min(0).max(1000).default(0),
      cursor: z.string().default(""),
    }),
    run(workspace, args) {
      const all = [...workspace.users.values()];
      const from = args.cursor === "" ? 0 : Number(Buffer.from(args.cursor, "base64").toString());
      if (!Number.isInteger(from)) throw new ApiError("invalid_cursor");
      const to = args.limit === 0 ? all.length : Math.min(from + args.limit, all.length);
      const cursor = to < all.length ? Buffer.from(String(to)).toString("base64") : "";
      return {
        members: all.slice(from, to).map((user) => userForApi(workspace, user)),
        cache_ts: Math.floor(workspace.clock.now() / 1000),
        response_metadata: { next_cursor: cursor },
      };
    },
  }),
  defineMethod({
    name: "pins.add",
    scopes: ["pins:write"],
    args: z.looseObject({ channel: z.string().min(1), timestamp: z.string().min(1) }),
    run(workspace, args) {
      const conversation = memberOf(workspace.conversations.get(args.channel), workspace.settings.botUserId);
      const message = findMessage(conversation, args.timestamp);
      if (!message) throw new ApiError("message_not_found");
      if (message.pinned) throw new ApiError("already_pinned");
      message.pinned = true;
      changed(workspace);
      return {};
    },
  }),
  defineMethod({
    name: "conversations.open",
    scopes: ["im:write"],
    args: z.looseObject({ users: z.string().min(1) }),
    run(workspace, args) {
      const user = workspace.users.get(args.users);
      if (!user) throw new ApiError("user_not_found");
      if (user.deleted) throw new ApiError("user_disabled");
      if (user.isBot) throw new ApiError("cannot_dm_bot");
      return { channel: { id: dmWith(workspace, user.id).id } };
    },
  }),
  defineMethod({
    name: "conversations.info",
    scopes: ["channels:read"],
    args: z.looseObject({ channel: z.string().min(1) }),
    run(workspace, args) {
      const found = workspace.conversations.get(args.channel);
      const isMember = found?.members.has(workspace.settings.botUserId) ?? false;
      if (!found || (found.isPrivate && !isMember)) throw new ApiError("channel_not_found");
      return {
        channel: {
          id: found.id,
          name: found.name,
          is_channel: found.kind === "channel",
          is_im: found.kind === "dm",
          is_private: found.isPrivate,
          is_archived: false,
          is_member: isMember,
          topic: { value: found.topic ?? "" },
        },
      };
    },
  }),
];

function memberOf(conversation: Conversation | undefined, bot: string): Conversation {
  if (!conversation) throw new ApiError("channel_not_found");
  if (!conversation.members.has(bot)) throw new ApiError("not_in_channel");
  return conversation;
}
