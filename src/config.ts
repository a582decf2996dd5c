import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { isAbsolute, resolve } from "node:path";
import { inspect } from "node:util";
import { z } from "zod";
import type { GpuBinding } from "./engine/body.ts";
import { nearest } from "./policy/nearest.ts";
import type { SlackSettings } from "./slack/settings.ts";
import type { Settings } from "./world.ts";

/** Everything the environment says: what needs a restart to change. Limits and times are policy. */
export type Config = {
  readonly slack: SlackSettings;
  /** May hold a password. undefined: a Postgres of our own below `stateDir`. */
  readonly databaseUrl: string | undefined;
  readonly dockerHost: string;
  readonly gpus: GpuBinding;
  /** The bridge of members' containers, as the engine and as the kernel name it. */
  readonly network: { readonly name: string; readonly bridge: string };
  readonly policyPath: string;
  readonly logLevel: string;
  /** Where /healthz and /metrics are answered on the loopback; undefined: nowhere. */
  readonly healthPort: number | undefined;
  readonly settings: Settings;
};

/** Every wrong or missing variable at once, by name; never a value: some are secrets. */
export class ConfigProblems extends Error {
  override readonly name = "ConfigProblems";
  readonly problems: readonly { variable: string; sentence: string }[];

  constructor(problems: readonly { variable: string; sentence: string }[]) {
    super(problems.map(({ sentence }) => sentence).join("\n"));
    this.problems = problems;
  }
}

/** Throws `ConfigProblems`. An empty variable is one that is not set. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => {
      const trimmed = value?.trim();
      return trimmed ? [[name, trimmed]] : [];
    }),
  );
  const parsed = variables.safeParse(given);
  const problems = [
    ...(parsed.success
      ? []
      : parsed.error.issues.map(({ path, message }) => said(String(path[0]), given, message))),
    ...togetherWrong(given),
    ...unknownNames(given),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigProblems(problems);
  return config(parsed.data);
}

/** What the rooms need of it. */
export function toSettings(config: Config): Settings {
  return config.settings;
}

const text = (pattern: RegExp, words: string) => z.string(words).regex(pattern, words);
const list = (pattern: RegExp, words: string) =>
  z
    .string(words)
    .transform((value) => value.split(/[\s,]+/).filter(Boolean))
    .refine((ids) => ids.length > 0 && ids.every((id) => pattern.test(id)), words);
const token = (words: string) => z.string(words).regex(/^\S+$/, words);
const channel = text(/^[CG][A-Z0-9]+$/, "the id of a channel, such as C0123456789");

const ports = z
  .string()
  .transform((value) => {
    const [, first, last] = /^(\d+)-(\d+)$/.exec(value) ?? [];
    return { first: Number(first), last: Number(last) };
  })
  .refine(({ first, last }) => first >= 1024 && last >= first, "two ports from 1024 up, such as 22000-22999")
  // Above, the kernel gives ports to outgoing connections: a start would fail by chance.
  .refine(({ last }) => !(last >= 32768), "below 32768, such as 22000-22999");

const variables = z.object({
  SLACK_BOT_TOKEN: token("the bot's token, from the app's page: Install App"),
  SLACK_APP_TOKEN: token("the app-level token, from the app's page: Basic Information").optional(),
  SLACK_SIGNING_SECRET: token("the signing secret, from the app's page: Basic Information").optional(),
  PORT: z.string().transform(Number).refine(isPort, "a port, 1 to 65535").optional(),
  SLACK_API_URL: z
    .string()
    .refine((url) => URL.canParse(url), "an address such as https://slack.com/api/")
    .refine(
      (url) => !URL.canParse(url) || isProtected(new URL(url)),
      "https, or http to this machine only: tokens would be readable on the way",
    )
    .optional(),
  DATABASE_URL: text(
    /^postgres(ql)?:\/\/\S+$/,
    "the address of a Postgres database, postgres://…",
  ).optional(),
  DOCKER_HOST: text(
    /^(unix:\/\/\/|tcp:\/\/|\/)\S+$/,
    "unix:///path/of/the/socket or tcp://host:port",
  ).default("unix:///var/run/docker.sock"),
  BERTH_ADMINS: list(
    /^[UW][A-Z0-9]+$/,
    "the Slack member ids of the first admins, such as U0123456789, with commas between",
  ),
  BERTH_ADMIN_CHANNEL: channel.optional(),
  BERTH_BOARD_CHANNEL: channel.optional(),
  BERTH_SSH_HOST: text(
    /^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/,
    "the name or address that members reach this server by, such as gpu1.example.org",
  ),
  BERTH_SSH_BIND: z
    .string()
    .refine((address) => isIP(address) !== 0, "an address of this server, or 0.0.0.0 for all")
    .default("0.0.0.0"),
  BERTH_SSH_PORTS: ports.default({ first: 22000, last: 22999 }),
  BERTH_SSH_JUMP: text(
    /^([A-Za-z0-9._-]+@)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d+)?$/,
    "a host to jump through as in ssh -J, such as login.example.org",
  ).optional(),
  BERTH_STATE_DIR: z
    .string()
    .refine(isPlainPath, "an absolute path without spaces, ':' or ','")
    .default("/var/lib/berth"),
  BERTH_POLICY: z.string().default("./policy.yaml"),
  BERTH_REGISTRY_AUTH: z
    .string()
    .refine(isPlainPath, "the absolute path of a config.json as docker login writes it")
    .optional(),
  BERTH_COMMAND_PREFIX: text(
    /^[a-z0-9][a-z0-9_-]{0,11}$/,
    "up to 12 lower-case letters, digits and dashes",
  ).default(""),
  BERTH_GPUS: z.enum(["nvidia", "cdi", "simulated"], "nvidia, cdi or simulated").default("nvidia"),
  BERTH_BRIDGE: text(
    /^[a-z][a-z0-9-]{0,14}$/,
    "the name of a network interface, up to 15 characters",
  ).default("br-berth"),
  // On by default: whoever looks after a machine asks it, and only this machine can; what it answers names nobody.
  BERTH_HEALTH_PORT: z
    .string()
    .refine((value) => value === "off" || isPort(Number(value)), "a port, 1 to 65535, or off")
    .transform((value) => (value === "off" ? undefined : Number(value)))
    .default(9480),
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal"], "trace, debug, info, warn, error or fatal")
    .default("info"),
});

/** Read by others than the bot: compose's file, the tests. */
const othersNames = ["BERTH_WORKSPACES", "BERTH_BUILD_BRIDGE", "BERTH_NO_ENGINE", "BERTH_TEST_REPORT"];

type Problem = { variable: string; sentence: string };
type Given = Readonly<Record<string, string>>;

function said(variable: string, given: Given, words: string): Problem {
  const sentence =
    given[variable] === undefined
      ? `${variable} is not set; it must be ${words}.`
      : `${variable} must be ${words}.`;
  return { variable, sentence };
}

function togetherWrong(given: Given): Problem[] {
  const problems: Problem[] = [];
  const wrong = (variable: string, sentence: string) => problems.push({ variable, sentence });
  const { SLACK_BOT_TOKEN: bot, SLACK_APP_TOKEN: app, SLACK_SIGNING_SECRET: secret, PORT: port } = given;
  if (bot?.startsWith("xapp-"))
    wrong("SLACK_BOT_TOKEN", "SLACK_BOT_TOKEN holds an app-level token; the bot's token begins with xoxb-.");
  if (app?.startsWith("xoxb-"))
    wrong("SLACK_APP_TOKEN", "SLACK_APP_TOKEN holds a bot's token; the app-level token begins with xapp-.");
  if (!app && !secret)
    wrong(
      "SLACK_APP_TOKEN",
      "SLACK_APP_TOKEN is not set. Set it, or SLACK_SIGNING_SECRET and PORT if Slack shall come by HTTPS.",
    );
  if (app && secret)
    wrong(
      "SLACK_SIGNING_SECRET",
      "SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both set; set one of them: a socket, or HTTPS.",
    );
  if (secret && !app && !port)
    wrong(
      "PORT",
      "PORT is not set; with SLACK_SIGNING_SECRET it must be the port that Slack's requests come to.",
    );
  return problems;
}

/** A misspelt name would silently mean the default. */
function unknownNames(given: Given): Problem[] {
  const known = [...Object.keys(variables.shape), ...othersNames];
  return Object.keys(given)
    .filter((name) => name.startsWith("BERTH_") && !known.includes(name))
    .map((variable) => {
      const [near] = nearest(variable, known);
      return {
        variable,
        sentence: `There is no setting ${variable}.${near ? ` Did you mean ${near}?` : ""}`,
      };
    });
}

function config(read: z.infer<typeof variables>): Config {
  const { SLACK_SIGNING_SECRET: signingSecret, SLACK_APP_TOKEN: appToken } = read;
  const stateDir = read.BERTH_STATE_DIR.replace(/(.)\/+$/, "$1");
  const bridge = read.BERTH_BRIDGE;
  const slack: SlackSettings = {
    botToken: read.SLACK_BOT_TOKEN,
    delivery:
      appToken !== undefined
        ? closed({ kind: "socket" as const, appToken }, "appToken")
        : closed(
            { kind: "http" as const, signingSecret: signingSecret ?? "", port: read.PORT ?? 0 },
            "signingSecret",
          ),
    ...(read.SLACK_API_URL ? { apiUrl: read.SLACK_API_URL } : {}),
    commandPrefix: read.BERTH_COMMAND_PREFIX,
  };
  const settings: Settings = {
    instance: instanceOf(stateDir),
    sshHost: read.BERTH_SSH_HOST,
    sshBind: read.BERTH_SSH_BIND,
    sshPorts: read.BERTH_SSH_PORTS,
    sshJump: read.BERTH_SSH_JUMP,
    stateDir,
    admins: read.BERTH_ADMINS,
    adminChannel: read.BERTH_ADMIN_CHANNEL,
    boardChannel: read.BERTH_BOARD_CHANNEL,
    ...(read.BERTH_REGISTRY_AUTH ? { registryAuth: read.BERTH_REGISTRY_AUTH } : {}),
  };
  return closed(
    {
      slack: closed(slack, "botToken"),
      databaseUrl: read.DATABASE_URL,
      dockerHost: read.DOCKER_HOST,
      gpus: read.BERTH_GPUS,
      network: { name: bridge === "br-berth" ? "berth" : bridge, bridge },
      policyPath: resolve(read.BERTH_POLICY),
      logLevel: read.LOG_LEVEL,
      healthPort: read.BERTH_HEALTH_PORT,
      settings,
    },
    "databaseUrl",
  );
}

/** Two installations on one engine have two state directories, and must never take each other's containers for theirs. */
function instanceOf(stateDir: string): string {
  if (stateDir === "/var/lib/berth") return "berth";
  return `berth-${createHash("sha256").update(stateDir).digest("hex").slice(0, 8)}`;
}

/** Used as ever, but printed, logged or turned to JSON it does not show its secret. */
function closed<T extends object>(object: T, secret: keyof T): T {
  const shown = () => ({ ...object, [secret]: object[secret] === undefined ? undefined : "[hidden]" });
  const hidden = { enumerable: false, writable: false };
  return Object.defineProperties(object, {
    toJSON: { ...hidden, value: shown },
    toString: { ...hidden, value: () => JSON.stringify(shown()) },
    [inspect.custom]: { ...hidden, value: shown },
  });
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65536;
}

function isProtected(url: URL): boolean {
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && loopback);
}

function isPlainPath(path: string): boolean {
  return isAbsolute(path) && !/[\s:,\p{Cc}]/u.test(path) && !path.split("/").includes("..");
}
