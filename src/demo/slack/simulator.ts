import { parse } from "node:querystring";
import fastify, { type FastifyInstance } from "fastify";
import type { z } from "zod";
import { type Acknowledged, linkApp } from "./app-link/deliver.ts";
import { deliverByHttp } from "./app-link/http.ts";
import { eventCallback } from "./app-link/payloads.ts";
import { serveSocketMode } from "./app-link/socket-mode.ts";
import { type Clock, realClock } from "./clock.ts";
import { type Faults, makeFaults } from "./faults.ts";
import { type Journal, openJournal } from "./journal.ts";
import { readManifest } from "./manifest.ts";
import { type Person, personAt } from "./person/person.ts";
import { servePeople } from "./person/serve.ts";
import { servePage } from "./person/serve-page.ts";
import type { Stage } from "./person/stage.ts";
import { waitFor } from "./person/wait.ts";
import type { Extras, UserId } from "./person-api.ts";
import { type Keeper, keepInFile } from "./saved.ts";
import { type ChannelOptions, settingsSchema, type UserOptions } from "./settings.ts";
import { serveWebApi } from "./web-api/serve.ts";
import { serveUrls } from "./web-api/serve-urls.ts";
import { addChannel } from "./workspace/conversations.ts";
import { addUser, slackbotId, userForApi } from "./workspace/users.ts";
import { changed, type User, type Workspace } from "./workspace/workspace.ts";

export type SlackOptions = z.input<typeof settingsSchema> & {
  /** The app's manifest as JSON: its commands, scopes and events, and nothing else, are what the app has. */
  manifest: unknown;
  /** 0, the default: any free port. */
  port?: number;
  clock?: Clock;
  /** Where the workspace is kept between starts. Without it everything is gone at the end. */
  stateFile?: string;
  /** A line above the page. */
  banner?: string;
  /** What the demo has to say to a person, shown by the page. */
  extras?: Extras | ((user: UserId) => Extras | undefined);
};

/** What may change about a user while it runs. */
type UserChange = Partial<
  Pick<User, "name" | "realName" | "title" | "email" | "tz" | "isGuest" | "isAdmin" | "deleted">
>;

export type SlackSimulator = {
  /** `http://127.0.0.1:<port>`: the page for a browser. */
  readonly url: string;
  /** For `SLACK_API_URL`, with a slash at the end. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly teamId: string;
  readonly botUserId: string;
  readonly faults: Faults;
  readonly journal: Journal;
  /** Someone at a screen; throws for bots and people who can't sign in. */
  as(user: UserId): Person;
  /** Adds someone; the app hears nothing of it until they do something, as in Slack (`team_join` is not simulated). */
  addUser(user: UserOptions): void;
  /** Changes someone and tells the app by `user_change`. */
  updateUser(id: UserId, change: UserChange): void;
  addChannel(channel: ChannelOptions): void;
  setBanner(text: string | undefined): void;
  /** Everything the app did that real Slack lets pass unseen or answers where the app can't see it; a good app has none. */
  complaints(): string[];
  /** Sends the app a payload as it is, also one real Slack would never make (a forged user id, a second copy). */
  deliver(
    type: "slash_commands" | "interactive" | "events_api",
    payload: Record<string, unknown>,
  ): Promise<Acknowledged>;
  /** Whether an app is connected (Socket Mode); over HTTP always true. */
  isAppConnected(): boolean;
  /** Resolves when `look` finds something: looks after every change, rejects after `timeoutMs` of real time. */
  waitFor<T>(look: () => T | undefined | false | null, timeoutMs?: number, what?: string): Promise<T>;
  close(): Promise<void>;
};

/**
 * A local Slack for one workspace, on loopback only. It is as strict as Slack's reference pages; where real Slack is known
 * to differ, the place says so. Throws if the manifest or an option is one Slack would not take, or the port is taken.
 */
export async function startSlack(options: SlackOptions): Promise<SlackSimulator> {
  const { manifest, port = 0, clock = realClock, stateFile, banner, extras, ...rest } = options;
  const settings = settingsSchema.parse(rest);
  const workspace: Workspace = {
    settings,
    manifest: readManifest(manifest),
    clock,
    journal: openJournal(() => clock.now(), settings.journalEntries),
    faults: makeFaults(),
    url: "",
    users: new Map(),
    conversations: new Map(),
    modals: new Map(),
    homes: new Map(),
    triggers: new Map(),
    responseUrls: new Map(),
    files: new Map(),
    banner,
    extras,
    appConnected: () => false,
    version: 0,
    lastTsMicros: 0,
    lastId: 0,
    onChange: new Set(),
  };
  const keeper = people(workspace, stateFile);

  const http = openHttp();
  const socketMode = serveSocketMode(workspace, http.server);
  const carrier = settings.delivery.kind === "http" ? deliverByHttp(settings.delivery) : socketMode;
  const link = linkApp(workspace, carrier);
  workspace.appConnected = () => link.isConnected();
  const stage: Stage = { workspace, link };
  serveWebApi(http, workspace, () => socketMode.issueUrl());
  serveUrls(http, workspace);
  servePeople(http, stage);
  servePage(http);
  workspace.url = await http.listen({ host: "127.0.0.1", port });

  return {
    url: workspace.url,
    apiUrl: `${workspace.url}/api/`,
    botToken: settings.botToken,
    appToken: settings.appToken,
    teamId: settings.teamId,
    botUserId: settings.botUserId,
    faults: workspace.faults,
    journal: workspace.journal,
    as: (user) => personAt(stage, user),
    addUser(user) {
      const added = addUser(workspace, user);
      if (!added.isBot) joinOpenChannels(workspace, added.id);
    },
    updateUser(id, change) {
      const user = workspace.users.get(id);
      if (!user) throw new Error(`There is no ${id} in this workspace.`);
      Object.assign(user, change, { updatedMs: clock.now() });
      if (workspace.manifest.settings.event_subscriptions.bot_events.includes("user_change"))
        link.tell(
          eventCallback(workspace, {
            type: "user_change",
            user: userForApi(workspace, user),
            cache_ts: Math.floor(clock.now() / 1000),
          }),
        );
      changed(workspace);
    },
    addChannel: (channel) => void addChannel(workspace, channel),
    setBanner(text) {
      workspace.banner = text;
      changed(workspace);
    },
    complaints: () => workspace.journal.complaints(),
    deliver: (type, payload) => link.ask(type, payload),
    isAppConnected: () => link.isConnected(),
    waitFor: (look, timeoutMs = 10_000, what = "what the test looks for") =>
      waitFor(workspace, look, timeoutMs, () => what),
    async close() {
      await link.close();
      await socketMode.close();
      http.server.closeAllConnections();
      await http.close();
      keeper?.close();
    },
  };
}

/** Who and what is there at the start: the options, and over them what was saved. */
function people(workspace: Workspace, stateFile: string | undefined): Keeper | undefined {
  const { settings, manifest } = workspace;
  const appName = manifest.features.bot_user.display_name;
  addUser(workspace, { id: slackbotId, name: "Slackbot", isBot: false, color: "#4a154b" });
  for (const user of settings.users) addUser(workspace, user);
  for (const channel of settings.channels) addChannel(workspace, channel);
  const keeper = stateFile ? keepInFile(workspace, stateFile) : undefined;
  addUser(workspace, {
    id: settings.botUserId,
    name: appName.toLowerCase(),
    realName: appName,
    isBot: true,
    color: manifest.display_information.background_color,
  });
  return keeper;
}

/** Someone new is in every public channel that everybody is in. */
function joinOpenChannels(workspace: Workspace, id: UserId): void {
  for (const { id: channelId, members } of workspace.settings.channels)
    if (members === "all") workspace.conversations.get(channelId)?.members.add(id);
  changed(workspace);
}

/** Pages of other sites must not be able to act here: only loopback names as Host, and JSON bodies that a plain form can't send. */
function openHttp(): FastifyInstance {
  const http = fastify({ logger: false, bodyLimit: 2 * 1024 * 1024, forceCloseConnections: true });
  http.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (_request, body, done) => done(null, parse(body as string)),
  );
  http.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  http.addHook("onRequest", async (request, reply) => {
    const name = (request.headers.host ?? "").replace(/:\d+$/, "");
    if (name !== "127.0.0.1" && name !== "localhost" && name !== "[::1]")
      return reply.code(403).send("The simulated Slack answers on loopback names only.");
  });
  return http;
}
