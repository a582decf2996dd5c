import { inspect } from "node:util";
import { expect, test } from "vitest";
import { ConfigProblems, readConfig, toSettings } from "./config.ts";

const least = {
  SLACK_BOT_TOKEN: "bot-secret-1",
  SLACK_APP_TOKEN: "app-secret-2",
  BERTH_ADMINS: "U0DMITRI",
  BERTH_SSH_HOST: "gpu1.example.org",
};

test("the least that must be set gives everything else its default", () => {
  const config = readConfig({ ...least, PATH: "/usr/bin" });
  expect(config).toMatchObject({
    dockerHost: "unix:///var/run/docker.sock",
    gpus: "nvidia",
    network: { name: "berth", bridge: "br-berth" },
    databaseUrl: undefined,
  });
  expect(config.slack).toMatchObject({
    botToken: "bot-secret-1",
    delivery: { kind: "socket", appToken: "app-secret-2" },
    commandPrefix: "",
  });
  expect(toSettings(config)).toEqual({
    instance: "berth",
    sshHost: "gpu1.example.org",
    sshBind: "0.0.0.0",
    sshPorts: { first: 22000, last: 22999 },
    sshJump: undefined,
    stateDir: "/var/lib/berth",
    admins: ["U0DMITRI"],
    adminChannel: undefined,
    boardChannel: undefined,
  });
});

test("requests signed by Slack come to a port", () => {
  const config = readConfig({
    ...least,
    SLACK_APP_TOKEN: "",
    SLACK_SIGNING_SECRET: "sign-secret-3",
    PORT: "3000",
  });
  expect(config.slack.delivery).toMatchObject({ kind: "http", signingSecret: "sign-secret-3", port: 3000 });
});

test("another state directory is another installation, always the same one", () => {
  const one = toSettings(readConfig({ ...least, BERTH_STATE_DIR: "/srv/lab/" }));
  expect(one.stateDir).toBe("/srv/lab");
  expect(one.instance).toMatch(/^berth-[0-9a-f]{8}$/);
  expect(toSettings(readConfig({ ...least, BERTH_STATE_DIR: "/srv/lab" })).instance).toBe(one.instance);
});

test("everything wrong is told at once", () => {
  expect(
    problemsOf({ BERTH_SSH_PORTS: "many", LOG_LEVEL: "loud" })
      .map(({ variable }) => variable)
      .sort(),
  ).toEqual([
    "BERTH_ADMINS",
    "BERTH_SSH_HOST",
    "BERTH_SSH_PORTS",
    "LOG_LEVEL",
    "SLACK_APP_TOKEN",
    "SLACK_BOT_TOKEN",
  ]);
});

test.each<[string, Record<string, string>, RegExp]>([
  [
    "what is missing says what it must be",
    { BERTH_ADMINS: "" },
    /^BERTH_ADMINS is not set; it must be the Slack member ids/,
  ],
  ["a name instead of an id", { BERTH_ADMINS: "dmitri" }, /^BERTH_ADMINS must be the Slack member ids/],
  [
    "the two tokens changed places",
    { SLACK_BOT_TOKEN: "xapp-1-A", SLACK_APP_TOKEN: "x" },
    /holds an app-level token/,
  ],
  ["both ways of delivery", { SLACK_SIGNING_SECRET: "s", PORT: "1" }, /are both set; set one/],
  ["a signing secret without a port", { SLACK_APP_TOKEN: "", SLACK_SIGNING_SECRET: "s" }, /^PORT is not set/],
  [
    "tokens in the open",
    { SLACK_API_URL: "http://slack.example.org/api/" },
    /^SLACK_API_URL must be https, or http to this machine/,
  ],
  ["ports the kernel gives away", { BERTH_SSH_PORTS: "32000-33000" }, /^BERTH_SSH_PORTS must be below 32768/],
  ["ports the wrong way round", { BERTH_SSH_PORTS: "22999-22000" }, /two ports/],
  ["an ssh address of the engine", { DOCKER_HOST: "ssh://gpu1" }, /^DOCKER_HOST must be unix/],
  ["a path that is not absolute", { BERTH_STATE_DIR: "state" }, /^BERTH_STATE_DIR must be an absolute path/],
  [
    "a word to ssh that could be an option",
    { BERTH_SSH_JUMP: "-oProxyCommand=x" },
    /^BERTH_SSH_JUMP must be a host/,
  ],
  [
    "a misspelt name",
    { BERTH_SSH_HOTS: "x" },
    /^There is no setting BERTH_SSH_HOTS\. Did you mean BERTH_SSH_HOST\?$/,
  ],
])("%s", (_sentence, more, sentence) => {
  expect(problemsOf({ ...least, ...more }).map((problem) => problem.sentence)).toEqual([
    expect.stringMatching(sentence),
  ]);
});

test("http to this machine is allowed: that is where a stand-in for Slack lives", () => {
  expect(readConfig({ ...least, SLACK_API_URL: "http://127.0.0.1:8400/api/" }).slack.apiUrl).toBe(
    "http://127.0.0.1:8400/api/",
  );
});

test.each(["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "DATABASE_URL", "SLACK_API_URL"])(
  "no problem ever shows a value: %s",
  (name) => {
    const secret = "very secret\nvalue";
    expect(() => readConfig({ [name]: secret })).toThrow(ConfigProblems);
    try {
      readConfig({ [name]: secret });
    } catch (error) {
      expect(inspect(error)).not.toContain("very secret");
    }
  },
);

test("however it is printed, a secret is not in it, and it still works", () => {
  const config = readConfig({
    ...least,
    DATABASE_URL: "postgres://berth:db-secret-4@/berth?host=/run/postgresql",
  });
  const printed = [config, config.slack, config.slack.delivery]
    .flatMap((part) => [inspect(part, { depth: 9 }), JSON.stringify(part), String(part), `${part}`])
    .join();
  expect(printed).not.toMatch(/secret-\d/);
  expect(printed).toContain("[hidden]");
  expect(config.databaseUrl).toContain("db-secret-4");
});

function problemsOf(environment: Record<string, string>) {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigProblems) return error.problems;
    throw error;
  }
  return [];
}
