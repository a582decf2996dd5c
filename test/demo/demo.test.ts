import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type DemoOptions, startDemo } from "../../src/demo/demo.ts";
import { demoKey } from "../../src/demo/lab/keys.ts";
import { layout } from "../../src/ledger/postgres/layout.ts";

/** The demo as it is without root: everything but the engine is real. */

const chloe = "U0CHLOE";
let stateDir: string;
let said: string[];

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "berth-demo-"));
  // As root the ledger runs as a user of its own.
  await chmod(stateDir, 0o755);
  said = [];
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

const options = (): DemoOptions => ({
  stateDir,
  cacheDir: join(stateDir, "cache"),
  kind: "memory",
  dockerHost: "",
  port: 0,
  say: (sentence) => said.push(sentence),
});

test("a second start finds the workspace and the line as they were left", { timeout: 120_000 }, async () => {
  const first = await startDemo(options());
  const { publicKey } = await demoKey(stateDir, "chloe");
  await first.slack.as(chloe).type(`/ssh-key add ${publicKey}`);
  await first.slack.as(chloe).type("/container-deploy vision --gpus 1 --image python");
  await first.slack.as(chloe).waitForMessage("dm", /vision\* is (starting|ready)/, 30_000);
  await first.stop();

  const second = await startDemo(options());
  try {
    const { slack } = second;
    expect(
      slack
        .as(chloe)
        .messages("dm")
        .map(({ text }) => text)
        .join("\n"),
    ).toContain("vision");
    await slack.as(chloe).type("/container-list");
    await slack
      .as(chloe)
      .waitForMessage("dm", (message) => message.ephemeral && /vision/.test(JSON.stringify(message.blocks)));
    expect(slack.complaints()).toEqual([]);
  } finally {
    await second.stop();
  }
});

test("Ctrl-C before it is ready stops what was started by then", { timeout: 60_000 }, async () => {
  const interrupted = new AbortController();
  const start = startDemo({
    ...options(),
    signal: interrupted.signal,
    say: (sentence) => {
      if (sentence === "Opening the workspace") interrupted.abort(new Error("interrupted"));
    },
  });
  await expect(start).rejects.toThrow("interrupted");
  const running = join(layout(join(stateDir, "ledger"), process.getuid?.() === 0).data, "postmaster.pid");
  await expect(readFile(running)).rejects.toThrow("ENOENT");
});
