import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";

const lines = readFileSync(".env.example", "utf8")
  .split("\n")
  .flatMap((line) => {
    const [, name, value = ""] = /^#?([A-Z_]+)=(.*)$/.exec(line) ?? [];
    return name ? [{ name, value }] : [];
  });

test(".env.example has every setting once, and none that is not there", () => {
  const declared = [...readFileSync("src/config.ts", "utf8").matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(
    ([, name = ""]) => name,
  );
  // For tests and for who runs an imitation of Slack.
  const shown = declared.filter((name) => name !== "SLACK_API_URL");
  // Of compose, and of deploy/firewall.sh.
  const notBerths = ["BERTH_WORKSPACES", "POSTGRES_PASSWORD", "BERTH_BUILD_BRIDGE"];
  expect(shown.length).toBeGreaterThan(15);
  expect(lines.map(({ name }) => name).sort()).toEqual([...shown, ...notBerths].sort());
});

test("with what must be filled in, the values it shows are taken, and are the defaults it says they are", () => {
  const filled = {
    SLACK_BOT_TOKEN: "bot",
    SLACK_APP_TOKEN: "app",
    BERTH_ADMINS: "U0123456789",
    BERTH_SSH_HOST: "gpu1.example.org",
  };
  const alternatives = ["SLACK_SIGNING_SECRET", "PORT", "BERTH_POLICY"];
  const asShown = Object.fromEntries(
    lines.filter(({ name }) => !alternatives.includes(name)).map(({ name, value }) => [name, value]),
  );
  expect(JSON.stringify(readConfig({ ...asShown, ...filled }))).toBe(JSON.stringify(readConfig(filled)));
});

test("sh reads it as systemd and compose do: one plain value a line", () => {
  for (const { value } of lines) expect(value).not.toMatch(/[\s'"$`\\;&|<>()#]/);
  const read = execFileSync("sh", ["-c", "set -eu; set -a; . ./.env.example; set +a; echo $BERTH_SSH_HOST"], {
    encoding: "utf8",
    timeout: 10_000,
  });
  expect(read.trim()).toBe("gpu1.example.org");
});
