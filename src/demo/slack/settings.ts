import { z } from "zod";
import { limits } from "./limits.ts";

const userId = z.string().regex(/^[UW][A-Z0-9]{2,}$/, "a user id is U and capital letters or digits");
const channelId = z.string().regex(/^C[A-Z0-9]{2,}$/, "a channel id is C and capital letters or digits");

/** Slack's tokens begin like this. The simulator has none of its own and takes none, so that a real one never gets here by mistake. */
export function looksReal(token: string): boolean {
  return /^x(ox[a-z]|app)[-.]/.test(token);
}

const madeUpToken = z
  .string()
  .min(1)
  .refine((token) => !looksReal(token), "a simulator's token must not look like a real one");

export const userOptions = z.strictObject({
  id: userId,
  /** The short name after the @. */
  name: z.string().min(1),
  realName: z.string().optional(),
  title: z.string().optional(),
  email: z.string().optional(),
  color: z.string().optional(),
  tz: z.string().default("Europe/Berlin"),
  isBot: z.boolean().default(false),
  isGuest: z.boolean().default(false),
  isAdmin: z.boolean().default(false),
  deleted: z.boolean().default(false),
});
export type UserOptions = z.input<typeof userOptions>;

export const channelOptions = z.strictObject({
  id: channelId,
  name: z.string().min(1),
  topic: z.string().optional(),
  isPrivate: z.boolean().default(false),
  /** `all`: everybody but bots, also people added later. */
  members: z.union([z.literal("all"), z.array(userId)]).default("all"),
  /** Whether the app's bot was invited. */
  hasApp: z.boolean().default(true),
});
export type ChannelOptions = z.input<typeof channelOptions>;

export const settingsSchema = z.strictObject({
  workspaceName: z.string().default("Simulated lab"),
  domain: z.string().default("simulated-lab"),
  teamId: z.string().default("T00SIMLAB"),
  appId: z.string().default("A00SIMAPP"),
  botUserId: userId.default("U00SIMBOT"),
  botId: z.string().default("B00SIMBOT"),
  botToken: madeUpToken.default("sim-bot-token"),
  appToken: madeUpToken.default("sim-app-token"),
  users: z.array(userOptions).default([]),
  channels: z.array(channelOptions).default([]),
  /** How commands, clicks and events reach the app. HTTP: every request goes to this one address, signed. */
  delivery: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("socket") }),
      z.strictObject({ kind: z.literal("http"), url: z.url(), signingSecret: z.string().min(1) }),
    ])
    .default({ kind: "socket" }),
  /** `slack`: calls above Slack's published rates get 429. */
  rates: z.enum(["off", "slack"]).default("off"),
  /** How long the app has to acknowledge. */
  ackMs: z.int().positive().default(limits.ackMs),
  /** Journal entries kept; the oldest go first. */
  journalEntries: z.int().positive().default(50_000),
});
export type Settings = z.infer<typeof settingsSchema>;
