import { type ChildProcess, spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { beforeStopCommand, noticeCommand } from "../../src/access/notices.ts";
import { type Bed, bed } from "../support/bed.ts";
import { type Berth, berthOn, type Started } from "./berth.ts";
import { type Laptop, laptop, paste } from "./laptop.ts";

const host = "vision.berth";
const ana = { handle: "ana", uid: 20_011 };
const endsAt = "2026-11-27T18:00:00Z";

describe("what is said in a real container before its end", () => {
  let here: Bed;
  let berth: Berth;
  let mine: Laptop;
  let vision: Started;
  const sessions: ChildProcess[] = [];

  beforeAll(async () => {
    here = await bed();
    await here.clear();
    berth = await berthOn(here);
    mine = await laptop();
    await berth.keys(mine.publicKey);
    // Without sudo there is less that root may do: whatever works here works with it.
    vision = await berth.start({ project: "vision", port: 22_141, sudo: false });
    await paste(mine, vision.instructions);
  });
  afterAll(async () => {
    for (const session of sessions) session.kill("SIGKILL");
    await here?.clear();
    await mine?.close();
    await berth?.close();
  });

  /** A signed-in person: what their terminal shows. */
  async function signIn(command: string): Promise<{ screen: () => string; ssh: ChildProcess }> {
    const ssh = spawn("ssh", ["-F", mine.config, "-tt", host, command], { timeout: 120_000 });
    sessions.push(ssh);
    let shown = "";
    ssh.stdout.on("data", (chunk: Buffer) => {
      shown += chunk.toString();
    });
    await seen(() => shown.includes("ready"), `the terminal of “${command}”`);
    return { screen: () => shown, ssh };
  }

  async function does(command: string): Promise<string> {
    const { code, out, err } = await mine.ssh(host, command);
    expect({ command, code, err: code === 0 ? "" : err }).toEqual({ command, code: 0, err: "" });
    return out;
  }

  const say = (text: string) => berth.engine.exec(vision.id, noticeCommand(ana, { endsAt, text }), 5);
  const beforeStop = async (endId: number, limitSeconds?: number) => {
    const argv = beforeStopCommand(ana, { endId, endsAt });
    if (limitSeconds !== undefined) argv[argv.length - 1] = String(limitSeconds);
    const done = await berth.engine.exec(vision.id, argv, 5);
    return done === "gone" ? done : done.output.trim();
  };

  test("every terminal of the member's shows it, and one that is held keeps nobody waiting", async () => {
    const [one, other] = [await signIn("echo ready; cat"), await signIn("echo ready; exec sleep 100")];
    const held = await signIn("echo ready; exec sleep 100");
    held.ssh.stdin?.write("\x13");
    await does("tmux new-session -d -s job 'sleep 100'");
    const text =
      "\r\n\x07*** Berth: vision stops in 15 minutes, at 18:00 UTC. $(touch /workspace/ran) `id` %s \\n\r\n";
    expect(await say(text)).toMatchObject({ exitCode: 0 });
    for (const terminal of [one, other])
      await seen(() => plain(terminal.screen()).includes(plain(text)), "the notice on the terminal");
    expect((await does("tmux capture-pane -p -t job")).trim()).toContain("vision stops in 15 minutes");
    expect((await mine.ssh(host, "ls /workspace/ran")).code).not.toBe(0);
  });

  test("the end stands in ~/.berth/ends-at, the member's own, and a newer one replaces it", async () => {
    await say("");
    expect(await does("cat ~/.berth/ends-at; stat -c %U ~/.berth ~/.berth/ends-at")).toBe(
      `${endsAt}\nana\nana\n`,
    );
    await berth.engine.exec(vision.id, noticeCommand(ana, { endsAt: "2026-11-27T22:00:00Z", text: "" }), 5);
    expect(await does("cat ~/.berth/ends-at")).toBe("2026-11-27T22:00:00Z\n");
  });

  test("a link that a member puts there leads root nowhere", async () => {
    await does(
      "rm -rf ~/.berth && mkdir ~/.berth && ln -s /etc/passwd ~/.berth/ends-at && ln -s /etc/shadow ~/.berth/ends-at.new",
    );
    await say("");
    expect(await does("head -c4 /etc/passwd; ls -l /etc/shadow | cut -d' ' -f3")).toBe("root" + "root\n");
    await does("rm -rf ~/.berth");
  });

  test("before-stop runs as the member, signed in as ever, once for each end, and its output is kept", async () => {
    expect(await beforeStop(1)).toBe("none");
    await does(
      `mkdir -p ~/.berth && printf '%s\\n' '#!/bin/sh' 'echo "$(id -un) $PWD $BERTH_ENDS_AT $(command -v pip)"; echo oh >&2; echo x >> ~/rounds' > ~/.berth/before-stop`,
    );
    expect(await beforeStop(2)).toBe("begun");
    await logged("It was not run: it is not executable.");
    await does("chmod +x ~/.berth/before-stop");
    expect(await beforeStop(2)).toBe("before");
    expect(await beforeStop(3)).toBe("begun");
    expect(await beforeStop(3)).toBe("before");
    expect(await logged("It ended with exit code 0.")).toBe(
      `ana /workspace ${endsAt} /opt/venv/bin/pip\noh\nIt ended with exit code 0.\n`,
    );
    expect(await does("cat ~/rounds")).toBe("x\n");
  });

  test("before-stop has its time and no more, with all that it started", async () => {
    await does(
      `printf '%s\\n' '#!/bin/sh' 'sleep 1234 & sleep 1234' > ~/.berth/before-stop && chmod +x ~/.berth/before-stop`,
    );
    expect(await beforeStop(4, 1)).toBe("begun");
    await logged("It was killed: 1 seconds were over.");
    expect((await mine.ssh(host, "pgrep -f 'sleep 1234'")).out).toBe("");
  });

  /** The log, once it holds these words. */
  async function logged(words: string): Promise<string> {
    for (let tries = 0; tries < 100; tries++) {
      const { out } = await mine.ssh(host, "cat ~/.berth/before-stop.log");
      if (out.includes(words)) return out;
      await new Promise((wake) => setTimeout(wake, 100));
    }
    throw new Error(`before-stop.log never said: ${words}`);
  }
});

/** A terminal adds carriage returns of its own. */
function plain(text: string): string {
  return text.replaceAll("\r", "");
}

async function seen(look: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (look()) return;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error(`waited 30 s in vain: ${what}`);
}
