import { z } from "zod";
import { limits } from "./limits.ts";

const most = limits.manifest;

const command = z.object({
  command: z
    .string()
    .min(most.commandMin)
    .max(most.command)
    .regex(/^\/[a-z0-9_-]+$/, "a command is a slash and lower-case letters, digits, - and _"),
  description: z.string().min(1).max(most.commandDescription),
  usage_hint: z.string().max(most.usageHint).optional(),
  should_escape: z.boolean().default(false),
  url: z.string().optional(),
});

const manifestSchema = z.object({
  display_information: z.object({
    name: z.string().min(1).max(most.name),
    description: z.string().max(most.description).default(""),
    background_color: z.string().default("#4a154b"),
  }),
  features: z.object({
    app_home: z
      .object({
        home_tab_enabled: z.boolean().default(false),
        messages_tab_enabled: z.boolean().default(false),
        messages_tab_read_only_enabled: z.boolean().default(true),
      })
      .prefault({}),
    bot_user: z.object({ display_name: z.string().min(1).max(80), always_online: z.boolean().optional() }),
    slash_commands: z.array(command).max(most.commands).default([]),
  }),
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()).default([]) }) }),
  settings: z
    .object({
      event_subscriptions: z.object({ bot_events: z.array(z.string()).default([]) }).prefault({}),
      interactivity: z.object({ is_enabled: z.boolean().default(false) }).prefault({}),
      socket_mode_enabled: z.boolean().default(false),
    })
    .prefault({}),
});

/** What the app is allowed and listens to. Commands, scopes and events of the simulator come from here and nowhere else. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Reads a manifest as Slack's app pages would; throws one error that names every problem. */
export function readManifest(json: unknown): Manifest {
  const read = manifestSchema.safeParse(json);
  if (!read.success) throw new Error(`Slack would not take this manifest:\n${z.prettifyError(read.error)}`);
  const names = read.data.features.slash_commands.map((c) => c.command);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0)
    throw new Error(`Slack would not take this manifest: ${twice.join(", ")} stands in it twice.`);
  return read.data;
}
