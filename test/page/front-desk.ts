import { App, LogLevel, SocketModeReceiver } from "@slack/bolt";
import type { KnownBlock, ModalView, Option } from "@slack/types";
import { type SlackOptions, type SlackSimulator, startSlack } from "../../src/demo/slack/simulator.ts";
import { gallery } from "./gallery.ts";

/** A workspace and a small app of the tests' own, which asks, answers, refuses and keeps silent on purpose. */

export const ana = "U0ANA";
export const ben = "U0BEN";
export const dmitri = "U0DMITRI";
export const gpuChannel = "C0GPU";

export const publicKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMadeForThisTestOnlyMadeForThisTestOnlyMadeFor ana@demo";

const commands = [
  {
    command: "/container-deploy",
    usage_hint: "[project] [--gpus N] [--hours H]",
    description: "Get an environment with GPUs and an SSH command",
  },
  { command: "/container-list", usage_hint: "", description: "Your containers: state, devices, end" },
  { command: "/gpu-status", usage_hint: "", description: "Every GPU: who has it, since when, until when" },
  { command: "/ssh-key", usage_hint: "add | list | remove", description: "Your public keys" },
  { command: "/gallery", usage_hint: "", description: "Everything a message may be made of" },
  { command: "/silent", usage_hint: "", description: "Never answers" },
];

const manifest = {
  display_information: {
    name: "Berth",
    description: "The front desk of our GPU server",
    background_color: "#0b6e6e",
  },
  features: {
    app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
    bot_user: { display_name: "Berth", always_online: true },
    slash_commands: commands,
  },
  oauth_config: { scopes: { bot: ["commands", "chat:write", "users:read", "pins:write"] } },
  settings: {
    event_subscriptions: { bot_events: ["app_home_opened"] },
    interactivity: { is_enabled: true },
    socket_mode_enabled: true,
  },
};

export function startWorkspace(options: Partial<SlackOptions> = {}): Promise<SlackSimulator> {
  return startSlack({
    manifest,
    workspaceName: "Vision Lab",
    users: [
      { id: ana, name: "ana", realName: "Ana", title: "student", color: "#2f7d5b" },
      { id: ben, name: "ben", realName: "Ben", title: "student", color: "#c2571a" },
      { id: "U0CHLOE", name: "chloe", realName: "Chloe", title: "researcher", color: "#3a5fc8" },
      {
        id: dmitri,
        name: "dmitri",
        realName: "Dmitri",
        title: "admin",
        color: "#8e44ad",
        isAdmin: true,
        tz: "America/New_York",
      },
      { id: "U0EVE", name: "eve", realName: "Eve", title: "newcomer", color: "#a8324a" },
    ],
    channels: [
      { id: gpuChannel, name: "gpu", topic: "gpu1.example.org: who has what" },
      { id: "C0LAB", name: "lab", topic: "Everything else", hasApp: false },
      { id: "C0THESES", name: "theses", topic: "For those who write one", members: [ana], hasApp: false },
    ],
    extras: {
      demoKey: { publicKey, privateKeyPath: "/home/ana/.berth/demo-key" },
      notes: ["In a terminal: ssh -i /home/ana/.berth/demo-key …"],
    },
    ...options,
  });
}

export type Desk = {
  app: App;
  /** What members did, in order: `stop by U0ANA`. */
  heard: string[];
  stop(): Promise<void>;
};

export async function startDesk(slack: SlackSimulator): Promise<Desk> {
  const app = new App({
    token: slack.botToken,
    receiver: new SocketModeReceiver({
      appToken: slack.appToken,
      installerOptions: { clientOptions: { slackApiUrl: slack.apiUrl } },
      logLevel: LogLevel.ERROR,
    }),
    clientOptions: { slackApiUrl: slack.apiUrl },
    logLevel: LogLevel.ERROR,
  });
  const heard: string[] = [];
  listenToCommands(app);
  listenToForm(app, heard);
  listenToCard(app, heard);
  app.event("app_home_opened", async ({ event, client }) => {
    if (event.tab === "home")
      await client.views.publish({ user_id: event.user, view: { type: "home", blocks: homeOf(event.user) } });
  });
  await app.start();
  await slack.waitFor(() => slack.isAppConnected(), 10_000, "the app's socket");
  return {
    app,
    heard,
    async stop() {
      await app.stop();
    },
  };
}

function listenToCommands(app: App): void {
  app.command("/container-deploy", async ({ ack, body, client }) => {
    await ack();
    await client.views.open({ trigger_id: body.trigger_id, view: deployForm("none") });
  });
  app.command("/ssh-key", async ({ ack, body, client }) => {
    await ack();
    await client.views.open({ trigger_id: body.trigger_id, view: keyForm });
  });
  app.command("/gpu-status", async ({ ack, respond }) => {
    await ack();
    await respond({ response_type: "ephemeral", text: "GPU 0 is ana's until 18:00; GPU 1 is free." });
  });
  app.command("/container-list", async ({ ack, client, body }) => {
    await ack();
    await client.chat.postMessage({ channel: body.user_id, text: "vision is ready", blocks: card("vision") });
  });
  app.command("/gallery", async ({ ack, client, body }) => {
    await ack();
    const posted = await client.chat.postMessage({
      channel: body.channel_id,
      text: "Everything",
      blocks: gallery(body.user_id),
    });
    await client.pins.add({ channel: body.channel_id, timestamp: posted.ts ?? "" });
  });
  app.command("/silent", async () => {});
}

function listenToForm(app: App, heard: string[]): void {
  app.options("image", async ({ ack, payload }) => {
    const found = ["vision:latest", "vision:paper", "speech:latest", "house/pytorch:2.8"].filter((name) =>
      name.includes(payload.value),
    );
    await ack({ options: found.map((name) => option(name, name)) });
  });
  app.action("gpus", async ({ ack, body, client, action }) => {
    await ack();
    if (body.type !== "block_actions" || action.type !== "static_select" || !body.view) return;
    await client.views.update({
      view_id: body.view.id,
      hash: body.view.hash,
      view: deployForm(action.selected_option.value),
    });
  });
  app.action("explain", async ({ ack, body, client }) => {
    await ack();
    if (body.type !== "block_actions") return;
    await client.views.push({
      trigger_id: body.trigger_id,
      view: {
        type: "modal",
        title: plain("What is MIG?"),
        close: plain("Back"),
        blocks: [section("A slice of a GPU, with memory of its own.")],
      },
    });
  });
  app.view("deploy", async ({ ack, view, body, client }) => {
    const { values } = view.state;
    const project = values.project?.name?.value ?? "";
    if (!/^[a-z][a-z0-9-]*$/.test(project))
      return ack({
        response_action: "errors",
        errors: { project: 'Small letters, digits and "-" only. Try "my-project".' },
      });
    const image = values.image?.image?.selected_option?.value ?? "none";
    const keep = (values.keep?.keep?.selected_options ?? []).map((one) => one.value).join("+") || "nothing";
    const hours = values.hours?.hours?.value ?? "none";
    heard.push(
      `deploy ${project} of ${image} with ${values.gpus?.gpus?.selected_option?.value} for ${hours} h, ${values.where?.where?.selected_option?.value}, ${keep}`,
    );
    await ack({ response_action: "clear" });
    await client.chat.postMessage({
      channel: body.user.id,
      text: `${project} is ready`,
      blocks: card(project),
    });
  });
  app.view("key", async ({ ack, view }) => {
    if (view.state.values.key?.key?.value === "never answer") return;
    heard.push(`key ${view.state.values.key?.key?.value}`);
    await ack();
  });
}

function listenToCard(app: App, heard: string[]): void {
  app.action("stop", async ({ ack, body, respond }) => {
    await ack();
    heard.push(`stop by ${body.user.id}`);
    await respond({
      replace_original: true,
      text: "vision was stopped",
      blocks: [section(`*vision* was stopped by <@${body.user.id}>.`)],
    });
  });
  app.action("more", async ({ ack, action }) => {
    await ack();
    if (action.type === "overflow") heard.push(`more ${action.selected_option.value}`);
  });
  app.action("again", async ({ ack, body }) => {
    await ack();
    heard.push(`again by ${body.user.id}`);
  });
  app.action("unheard", async () => {});
  app.action("pick", ({ ack }) => ack());
}

function homeOf(user: string): KnownBlock[] {
  return [
    { type: "header", text: plain("Your containers") },
    section(
      `*vision*  ·  running for <@${user}>\nGPU 0, ends <!date^1893456000^{date_short} {time}|in 2030>`,
    ),
    {
      type: "actions",
      elements: [
        { type: "button", action_id: "again", text: plain("New container"), style: "primary" },
        { type: "button", action_id: "gone", text: plain("GPU status") },
      ],
    },
    { type: "divider" },
    { type: "header", text: plain("Your limits") },
    section("GPUs  `▓▓▓▓▓▓▓░░░░░░░`  1 of 2\nContainers  `▓▓▓▓▓░░░░░░░░░`  1 of 3"),
  ];
}

function deployForm(gpus: string): ModalView {
  const amounts = [
    option("none", "No GPU"),
    option("1", "1 GPU", "A100, 80 GB"),
    option("2", "2 GPUs", "more than your limit leaves now"),
    option("slice", "A slice", "1g.10gb"),
  ];
  return {
    type: "modal",
    callback_id: "deploy",
    title: plain("New container"),
    submit: plain("Deploy"),
    close: plain("Cancel"),
    blocks: [
      {
        type: "input",
        block_id: "project",
        label: plain("Project"),
        hint: plain("Its container, workspace and SSH alias get this name."),
        element: {
          type: "plain_text_input",
          action_id: "name",
          placeholder: plain("vision"),
          max_length: 40,
        },
      },
      {
        type: "input",
        block_id: "image",
        optional: true,
        label: plain("Image"),
        element: {
          type: "external_select",
          action_id: "image",
          min_query_length: 2,
          placeholder: plain("Search images"),
        },
      },
      {
        type: "input",
        block_id: "gpus",
        dispatch_action: true,
        label: plain("GPUs"),
        element: {
          type: "static_select",
          action_id: "gpus",
          options: amounts,
          initial_option: amounts.find((one) => one.value === gpus)!,
        },
      },
      {
        type: "context",
        block_id: "said",
        elements: [
          {
            type: "mrkdwn",
            text: gpus === "none" ? "Without a GPU it starts at once." : `Of these, *3* are free (${gpus}).`,
          },
        ],
      },
      {
        type: "input",
        block_id: "hours",
        label: plain("Hours"),
        element: {
          type: "number_input",
          action_id: "hours",
          is_decimal_allowed: false,
          initial_value: "8",
          min_value: "1",
          max_value: "48",
        },
      },
      {
        type: "input",
        block_id: "where",
        label: plain("Workspace"),
        element: {
          type: "radio_buttons",
          action_id: "where",
          options: [
            option("own", "Its own", "/srv/berth/ana/vision"),
            option("shared", "That of another project"),
          ],
          initial_option: option("own", "Its own", "/srv/berth/ana/vision"),
        },
      },
      {
        type: "input",
        block_id: "keep",
        optional: true,
        label: plain("When it stops"),
        element: {
          type: "checkboxes",
          action_id: "keep",
          options: [option("gpu", "Keep its GPU for a while"), option("tell", "Tell me an hour before")],
        },
      },
      {
        type: "actions",
        block_id: "help",
        elements: [{ type: "button", action_id: "explain", text: plain("What is a slice?") }],
      },
    ],
  };
}

const keyForm: ModalView = {
  type: "modal",
  callback_id: "key",
  title: plain("Add an SSH key"),
  submit: plain("Add"),
  close: plain("Cancel"),
  blocks: [
    section("Paste the *public* half, the line in a file that ends in `.pub`."),
    {
      type: "input",
      block_id: "key",
      label: plain("Public key"),
      element: {
        type: "plain_text_input",
        action_id: "key",
        multiline: true,
        placeholder: plain("ssh-ed25519 AAAA… you@laptop"),
      },
    },
    {
      type: "input",
      block_id: "name",
      optional: true,
      label: plain("Name of the key"),
      element: { type: "plain_text_input", action_id: "name" },
    },
  ],
};

export function card(project: string): KnownBlock[] {
  return [
    section(`:white_check_mark: *${project}* is ready  ·  after 6 s`),
    {
      type: "section",
      fields: [
        mrkdwn("*GPU*\nGPU 1, A100 80 GB"),
        mrkdwn("*CPU and memory*\n8 cores, 32 GB"),
        mrkdwn("*Asked for*\n8 hours"),
        mrkdwn("*Since*\n<!date^1893456000^{date_short_pretty} {time}|then>"),
      ],
    },
    {
      type: "rich_text",
      elements: [
        {
          type: "rich_text_preformatted",
          border: 0,
          elements: [{ type: "text", text: "ssh -p 20022 ana@gpu1.example.org" }],
        },
      ],
    },
    { type: "context", elements: [mrkdwn("Host key `SHA256:2u1yQGk0Yd0bTqfJ3mPz`")] },
    {
      type: "actions",
      elements: [
        { type: "button", action_id: "again", text: plain("SSH config") },
        { type: "button", action_id: "unheard", text: plain("Why?") },
        {
          type: "button",
          action_id: "stop",
          style: "danger",
          text: plain("Stop"),
          value: project,
          confirm: {
            title: plain(`Stop ${project}?`),
            text: mrkdwn("What runs in it ends. Its files in `/workspace` stay."),
            confirm: plain("Stop it"),
            deny: plain("Leave it"),
            style: "danger",
          },
        },
        { type: "overflow", action_id: "more", options: [option("retire", "Retire"), option("why", "Why?")] },
      ],
    },
  ];
}

export function plain(text: string) {
  return { type: "plain_text" as const, text };
}

export function mrkdwn(text: string) {
  return { type: "mrkdwn" as const, text };
}

export function section(text: string) {
  return { type: "section" as const, text: mrkdwn(text) };
}

export function option(value: string, text: string, description?: string) {
  return {
    text: plain(text),
    value,
    ...(description ? { description: plain(description) } : {}),
  } satisfies Option;
}
