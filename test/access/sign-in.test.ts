import { spawn } from "node:child_process";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { connectionCheck } from "../../src/access/connection-check.ts";
import { endSessionsCommand } from "../../src/access/end-sessions.ts";
import { ensureHostKey } from "../../src/access/host-key.ts";
import { probeSsh } from "../../src/access/probe.ts";
import { wallClock } from "../../src/clock.ts";
import { type Bed, bed } from "../support/bed.ts";
import { type Berth, berthOn, type Started } from "./berth.ts";
import { type Laptop, laptop, paste } from "./laptop.ts";

const host = "vision.berth";

describe("signing in to a real container with real OpenSSH", () => {
  let here: Bed;
  let berth: Berth;
  let mine: Laptop;
  let vision: Started;

  beforeAll(async () => {
    here = await bed();
    await here.clear();
    berth = await berthOn(here);
    mine = await laptop();
    await writeFile(join(berth.dataDir, "labels.csv"), "cat,1\n");
    await berth.keys(mine.publicKey);
    vision = await berth.start({
      project: "vision",
      port: 22_101,
      devices: here.gpus.devices.slice(0, 1),
      change: (spec) => ({
        ...spec,
        env: { ...spec.env, ODD: `a "b" 'c' $d \\e #f`, LONG: "x".repeat(20_000) },
      }),
    });
    await paste(mine, vision.instructions);
  });
  afterAll(async () => {
    await here?.clear();
    await mine?.close();
    await berth?.close();
  });

  async function says(command: string): Promise<string> {
    const { code, out, err } = await mine.ssh(host, command);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    return out.trim();
  }

  test("the one line works as it stands", async () => {
    const [program, ...args] = vision.instructions.command.split(" ");
    expect(program).toBe("ssh");
    const { out, err } = await mine.ssh(...args, "id -un");
    expect({ out, err }).toEqual({ out: "ana\n", err: "" });
  });

  test("one is oneself, and the workspace is one's own", async () => {
    expect(await says("id -un; id -u; id -gn; hostname; echo $HOME")).toBe(
      "ana\n20011\nberth\nvision\n/home/ana",
    );
    await says("echo kept > /workspace/notes.txt");
    expect(await readFile(join(vision.workspace, "notes.txt"), "utf8")).toBe("kept\n");
    expect((await stat(join(vision.workspace, "notes.txt"))).uid).toBe(20_011);
  });

  test("nvidia-smi shows the granted device and no other", async () => {
    const shown = (await says("nvidia-smi -L")).split("\n").filter((line) => line.includes("UUID"));
    expect(shown).toHaveLength(1);
    expect(shown[0]).toContain(here.gpus.devices[0]);
  });

  test("data is there to read, not to write", async () => {
    expect(await says("cat /data/sets/labels.csv")).toBe("cat,1");
    expect((await mine.ssh(host, "sudo touch /data/sets/mine")).code).not.toBe(0);
  });

  test("the limits are real", async () => {
    const cgroup = (v1: string, v2: string) =>
      says(`cat /sys/fs/cgroup/${v1} 2>/dev/null || cat /sys/fs/cgroup/${v2}`);
    expect(await cgroup("memory/memory.limit_in_bytes", "memory.max")).toBe(String(2 ** 29));
    expect(await cgroup("pids/pids.max", "pids.max")).toBe("200");
    expect((await cgroup("cpu/cpu.cfs_quota_us", "cpu.max")).split(" ")[0]).toBe("100000");
    expect(await says("df -B1 --output=size /dev/shm | tail -1")).toBe(String(2 ** 27));
    expect(await says("ulimit -c")).toBe("0");
    // More memory than that is not to be had, and only the program that asks for it ends.
    const greedy = await mine.ssh(host, "python3 -c 'x = bytearray(700 * 2**20)'");
    expect(greedy.code).not.toBe(0);
    expect(await says("echo still here")).toBe("still here");
  });

  test("the environment is the image's in a command, a login shell, a terminal and under sudo", async () => {
    const wanted = `/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
    const print = `printf '%s|%s|%s|%s' "$PATH" "$VIRTUAL_ENV" "$HF_HOME" "$ODD"`;
    const expected = `${wanted}|/opt/venv|/workspace/.home/.cache/huggingface|a "b" 'c' $d \\e #f`;
    await writeFile(join(vision.workspace, "print.sh"), print, { mode: 0o755 });
    expect(await says("sh /workspace/print.sh")).toBe(expected);
    expect(await says("bash -lc 'sh /workspace/print.sh'")).toBe(expected);
    expect(await says("sudo sh /workspace/print.sh")).toBe(expected);
    const terminal = await mine.ssh("-tt", host, "bash -lic 'sh /workspace/print.sh'");
    expect(terminal.out.trim()).toBe(expected);
    expect(await says('printf %s "$LONG" | wc -c')).toBe("20000");
    expect(await says("env | grep -c BERTH_ || true")).toBe("0");
  });

  test("a terminal opens in the workspace, with the prompt that says where one is", async () => {
    const typed = spawn("ssh", ["-F", mine.config, "-tt", host], { stdio: "pipe", timeout: 60_000 });
    let seen = "";
    typed.stdout.on("data", (chunk) => {
      seen += chunk;
    });
    await vi.waitFor(() => expect(seen).toContain("ana@vision:/workspace$ "), { timeout: 40_000 });
    typed.stdin.write("history -s remember-me; history -w; exit\n");
    expect(await new Promise((ended) => typed.once("close", ended))).toBe(0);
    expect(await readFile(join(vision.workspace, ".home/.bash_history"), "utf8")).toContain("remember-me");
  });

  test("what the tools keep in the home lies in the workspace", async () => {
    await says("mkdir -p ~/.vscode-server/bin && touch ~/.vscode-server/bin/x ~/.cache/y ~/.config/z");
    for (const name of [".vscode-server/bin/x", ".cache/y", ".config/z"])
      await stat(join(vision.workspace, ".home", name));
  });

  test("scp, sftp and rsync bring files there and back", async () => {
    const file = join(mine.dir, "data.bin");
    await writeFile(file, "0123456789".repeat(10_000));
    expect((await mine.scp(file, `${host}:/workspace/by-scp`)).code).toBe(0);
    expect((await mine.scp(file, `${host}:beside`)).code).toBe(0);
    expect((await mine.sftp(`put ${file} by-sftp\nget /workspace/by-scp ${mine.dir}/back`, host)).code).toBe(
      0,
    );
    expect((await mine.rsync("-a", `${file}`, `${host}:/workspace/by-rsync`)).code).toBe(0);
    const sizes = await Promise.all(
      ["by-scp", "beside", "by-sftp", "by-rsync"].map((name) => stat(join(vision.workspace, name))),
    );
    expect(sizes.map(({ size }) => size)).toEqual([100_000, 100_000, 100_000, 100_000]);
    expect(await readFile(join(mine.dir, "back"), "utf8")).toHaveLength(100_000);
  });

  test("the rsync line works as it stands", async () => {
    const from = join(mine.dir, "folder");
    await mkdir(from);
    await writeFile(join(from, "train.py"), "print(1)\n");
    const line = vision.instructions.rsyncLine.replace('"ssh ', `"ssh -F ${mine.config} `);
    const ran = spawn("sh", ["-c", line], { cwd: from, timeout: 60_000 });
    expect(await new Promise((ended) => ran.once("close", ended))).toBe(0);
    expect(await readFile(join(vision.workspace, "train.py"), "utf8")).toBe("print(1)\n");
  });

  test("a port of the container can be had on the laptop", async () => {
    await says(
      "cd /workspace && (setsid python3 -m http.server 8888 --bind 127.0.0.1 > /dev/null 2>&1 < /dev/null &)",
    );
    const port = await freePort();
    const tunnel = spawn("ssh", ["-F", mine.config, "-N", "-L", `${port}:localhost:8888`, host], {
      timeout: 60_000,
    });
    try {
      await vi.waitFor(
        async () => expect(await (await fetch(`http://127.0.0.1:${port}/notes.txt`)).text()).toBe("kept\n"),
        { timeout: 40_000 },
      );
    } finally {
      tunnel.kill();
    }
  });

  test("one long connection carries many at once, as VS Code wants it", async () => {
    const socket = join(mine.dir, "master");
    const master = spawn("ssh", ["-F", mine.config, "-N", "-M", "-S", socket, host], { timeout: 90_000 });
    try {
      await vi.waitFor(async () => expect((await mine.ssh("-S", socket, "-O", "check", host)).code).toBe(0), {
        timeout: 40_000,
      });
      const channels = await Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          mine.ssh("-S", socket, host, `sleep 1; echo ${n} $SSH_CONNECTION`),
        ),
      );
      expect(channels.map(({ code }) => code)).toEqual(Array.from({ length: 12 }, () => 0));
      expect(channels.map(({ out }) => Number(out.split(" ")[0]))).toEqual(
        Array.from({ length: 12 }, (_, n) => n),
      );
      // All over one connection: one port on the laptop's side.
      expect(new Set(channels.map(({ out }) => out.split(" ")[2])).size).toBe(1);
      expect((await mine.sftp("ls /workspace", host)).code).toBe(0);
    } finally {
      master.kill();
    }
  });

  test("pip installs without sudo, into the image's own environment", async () => {
    await says(`cd /workspace && python3 - <<'P'
import zipfile
with zipfile.ZipFile("tiny_thing-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr("tiny_thing.py", "WORD = 'hello'\\n")
    wheel.writestr("tiny_thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny-thing\\nVersion: 1.0\\n")
    wheel.writestr("tiny_thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr("tiny_thing-1.0.dist-info/RECORD", "")
P`);
    await says(
      "pip install --no-index --quiet --disable-pip-version-check /workspace/tiny_thing-1.0-py3-none-any.whl",
    );
    expect(
      await says(
        "python -c 'import tiny_thing; print(tiny_thing.WORD, tiny_thing.__file__.startswith(\"/opt/venv\"))'",
      ),
    ).toBe("hello True");
  });

  test("sudo works, with the capabilities of the table and no more", async () => {
    expect(await says("sudo id -u")).toBe("0");
    // chown, dac_override, fowner, fsetid, kill, setgid, setuid, sys_chroot, audit_write; no net_raw, no mknod.
    expect(await says("sudo grep CapEff /proc/self/status")).toBe(
      `CapEff:\t${mask([0, 1, 3, 4, 5, 6, 7, 18, 29])}`,
    );
    expect(
      (
        await mine.ssh(
          host,
          "sudo python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'",
        )
      ).err,
    ).toContain("PermissionError");
    expect((await mine.ssh(host, "sudo mknod /tmp/sda b 8 0")).code).not.toBe(0);
    expect((await mine.ssh(host, "ls /var/run/docker.sock")).code).not.toBe(0);
  });

  test("only good algorithms are offered, and only keys are asked for", async () => {
    const { err } = await mine.ssh("-vv", "-o", "LogLevel=DEBUG2", host, "true");
    const server = err.split("peer server KEXINIT proposal")[1] ?? "";
    const offered = (what: string) => new RegExp(`debug2: ${what}: (\\S+)`).exec(server)?.[1]?.split(",");
    expect(offered("KEX algorithms")?.filter((name) => !name.startsWith("kex-strict"))).toEqual([
      "sntrup761x25519-sha512@openssh.com",
      "curve25519-sha256",
      "curve25519-sha256@libssh.org",
    ]);
    expect(offered("host key algorithms")).toEqual(["ssh-ed25519"]);
    expect(offered("ciphers ctos")).toEqual([
      "chacha20-poly1305@openssh.com",
      "aes256-gcm@openssh.com",
      "aes128-gcm@openssh.com",
    ]);
    expect(offered("MACs ctos")).toEqual(["hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com"]);
    expect(err).toContain("Authentications that can continue: publickey\n".trim());
    expect((await mine.ssh("-l", "root", host, "true")).err).toContain("Permission denied (publickey)");
  });

  test("agent and X11 forwarding are off, and no port is opened for others", async () => {
    expect((await mine.ssh("-A", host, "echo agent:$SSH_AUTH_SOCK display:$DISPLAY")).out).toBe(
      "agent: display:\n",
    );
    const open = await mine.ssh(
      "-o",
      "ExitOnForwardFailure=yes",
      "-R",
      "0.0.0.0:9999:localhost:22",
      host,
      "ss -ltn 2>/dev/null || cat /proc/net/tcp",
    );
    expect(open.out).not.toMatch(/00000000:270F/);
  });

  test("keys come and go without a restart, and open sessions end with them", async () => {
    const other = await laptop();
    try {
      await paste(other, vision.instructions);
      expect((await other.ssh(host, "true")).err).toContain("Permission denied");
      await berth.keys(mine.publicKey, other.publicKey);
      expect((await other.ssh(host, "true")).code).toBe(0);

      await says("tmux new-session -d -s job 'sleep 1000'");
      const open = spawn("ssh", ["-F", other.config, host, "echo in; sleep 1000"], { timeout: 90_000 });
      await new Promise((begun) => open.stdout.once("data", begun));
      await berth.keys(mine.publicKey);
      const ended = new Promise((done) => open.once("close", done));
      expect(await berth.engine.exec(vision.id, endSessionsCommand("ana"), 10)).toMatchObject({
        exitCode: 0,
      });
      expect(await ended).toBe(255);
      expect((await other.ssh(host, "true")).err).toContain("Permission denied");
      expect(await says("tmux list-sessions -F '#S'")).toBe("job");
    } finally {
      await other.close();
    }
  });

  test("the list for somebody who can't connect tells what is so", async () => {
    const probe = (target: Parameters<typeof probeSsh>[0]) => probeSsh(target, wallClock);
    const target = { address: here.sshAddress, port: 22_101, hostKey: vision.hostKey };
    const asked = {
      node: { engine: berth.engine, probeSsh: probe },
      engineId: vision.id,
      target,
      stateDir: berth.settings.stateDir,
      memberId: 11,
    };
    await says("true");
    const check = await connectionCheck(asked);
    expect(check).toMatchObject({
      running: "yes",
      ssh: "ready",
      wellHere: true,
      keys: [{ type: "ssh-ed25519", comment: "ana@laptop" }],
    });
    expect(check.lastSignIn).toBeInstanceOf(Date);
    expect(await connectionCheck({ ...asked, engineId: "0".repeat(64), memberId: 99 })).toMatchObject({
      running: "no",
      keys: "unknown",
      wellHere: false,
    });
  });

  test("the probe tells the wrong key and nobody apart", async () => {
    const target = { address: here.sshAddress, port: 22_101, hostKey: vision.hostKey };
    const another = await ensureHostKey(berth.settings.stateDir, 999);
    expect(await probeSsh({ ...target, hostKey: another.publicKey }, wallClock)).toBe("wrong-key");
    expect(await probeSsh({ ...target, port: 22_199 }, wallClock)).toBe("no-answer");
  });
});

/** Capability numbers as the kernel prints a set of them. */
function mask(numbers: number[]): string {
  return numbers
    .reduce((sum, n) => sum | (1n << BigInt(n)), 0n)
    .toString(16)
    .padStart(16, "0");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}
