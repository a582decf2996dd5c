import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { entryFailure } from "../../src/access/scripts.ts";
import { type Bed, bed } from "../support/bed.ts";
import { type Berth, berthOn } from "./berth.ts";
import { type Laptop, laptop, paste } from "./laptop.ts";

const host = "vision.berth";

describe("a container's life, from inside", () => {
  let here: Bed;
  let berth: Berth;
  let mine: Laptop;

  beforeAll(async () => {
    here = await bed();
    await here.clear();
    berth = await berthOn(here);
    mine = await laptop();
    await berth.keys(mine.publicKey);
  });
  afterEach(() => here.clear());
  afterAll(async () => {
    await mine?.close();
    await berth?.close();
  });

  /** Saves for two seconds when it is told to end; it would not survive a hang-up. */
  const job = `sh -c "trap 'sleep 2; echo told >> /workspace/said; exit' TERM; echo here > /workspace/said; while :; do sleep 0.2; done"`;

  async function startJobs(): Promise<void> {
    expect((await mine.ssh(host, `tmux new-session -d -s job ${JSON.stringify(job)}`)).code).toBe(0);
    expect(
      (
        await mine.ssh(
          host,
          "for n in $(seq 100); do [ -s /workspace/said ] && exit 0; sleep 0.1; done; exit 1",
        )
      ).code,
    ).toBe(0);
  }

  test.each([
    ["with sudo", true],
    ["without sudo", false],
  ])("a stop is heard by a job in tmux, %s", async (_how, sudo) => {
    const vision = await berth.start({ project: "vision", port: 22_111, sudo });
    await paste(mine, vision.instructions);
    await startJobs();
    // A shell that waits for somebody to type, over SSH and in tmux, is not waited for.
    await mine.ssh(host, "tmux new-session -d -s shell");
    const typing = spawn("ssh", ["-F", mine.config, "-tt", host], { timeout: 60_000 });
    await new Promise((begun) => typing.stdout.once("data", begun));
    expect(await berth.engine.stop(vision.id, 15)).toBe("stopped");
    expect(await readFile(join(vision.workspace, "said"), "utf8")).toBe("here\ntold\n");
    // It ended by itself, before the engine's patience was over.
    expect((await berth.engine.inspect(vision.id))?.exitCode).toBe(0);
  });

  test("one that does not listen is waited for as long as the grace, and no longer", async () => {
    const vision = await berth.start({ project: "vision", port: 22_111 });
    await paste(mine, vision.instructions);
    await mine.ssh(
      host,
      `tmux new-session -d "exec python3 -c 'import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)'"`,
    );
    // It has to be there before it can be waited for.
    expect(
      (
        await mine.ssh(
          host,
          "for n in $(seq 100); do pgrep -f SIG_IGN > /dev/null && sleep 1 && exit 0; sleep 0.1; done; exit 1",
        )
      ).code,
    ).toBe(0);
    const began = performance.now();
    expect(await berth.engine.stop(vision.id, 60)).toBe("stopped");
    const waited = performance.now() - began;
    expect(waited).toBeGreaterThan(4_900);
    expect(waited).toBeLessThan(50_000);
    expect((await berth.engine.inspect(vision.id))?.exitCode).toBe(0);
  });

  test("stopped and started again it is the same: user, home, what was installed, host key", async () => {
    const vision = await berth.start({ project: "vision", port: 22_111 });
    await paste(mine, vision.instructions);
    expect((await mine.ssh(host, "echo mine > ~/own && sudo touch /usr/local/bin/installed")).code).toBe(0);
    for (let round = 0; round < 2; round++) {
      await berth.engine.stop(vision.id, 15);
      await berth.start({ project: "vision", port: 22_111 });
      const { out, err } = await mine.ssh(
        host,
        "cat ~/own; ls /usr/local/bin/installed; grep -c ^ana: /etc/passwd; sudo id -u; ls -ld ~/.cache",
      );
      expect(err).toBe("");
      expect(out).toMatch(/^mine\n\/usr\/local\/bin\/installed\n1\n0\n.* -> \/workspace\/\.home\/\.cache\n$/);
    }
  });

  test("a new container of the project has the same alias, port, host key and files", async () => {
    const first = await berth.start({ project: "vision", port: 22_111 });
    await paste(mine, first.instructions);
    await mine.ssh(host, "echo kept > /workspace/kept");
    await berth.engine.remove(first.id);
    const next = await berth.start({ project: "vision", port: 22_111 });
    expect(next.id).not.toBe(first.id);
    expect(next.instructions).toEqual(first.instructions);
    // Nothing is pasted anew.
    expect((await mine.ssh(host, "cat /workspace/kept")).out).toBe("kept\n");
  });

  test("without sudo nobody becomes root, and all else works", async () => {
    const vision = await berth.start({ project: "vision", port: 22_111, sudo: false });
    await paste(mine, vision.instructions);
    expect((await mine.ssh(host, "sudo id -u")).code).not.toBe(0);
    expect((await mine.ssh(host, "grep NoNewPrivs /proc/self/status")).out).toBe("NoNewPrivs:\t1\n");
    expect((await mine.ssh("-tt", host, "id -un; touch /workspace/x && echo written")).out).toBe(
      "ana\r\nwritten\r\n",
    );
    expect((await mine.sftp("ls", host)).code).toBe(0);
    await berth.engine.stop(vision.id, 15);
    await berth.start({ project: "vision", port: 22_111, sudo: false });
    expect((await mine.ssh(host, "id -un")).out).toBe("ana\n");
  });

  test("an SSH server that was killed comes back, and jobs go on", async () => {
    const vision = await berth.start({ project: "vision", port: 22_111 });
    await paste(mine, vision.instructions);
    await startJobs();
    await mine.ssh(host, "sudo pkill -KILL -o sshd");
    await berth.start({ project: "vision", port: 22_111 });
    expect((await mine.ssh(host, "tmux list-sessions -F '#S'")).out).toBe("job\n");
    expect((await berth.engine.inspect(vision.id))?.exitCode).toBe(0);
  });

  test("an image that brings a user of that name or number along does not get in the way", async () => {
    const ref = await imageWith(
      "echo 'ana:x:1000:1000::/:/bin/false' >> /etc/passwd; echo 'guest:x:20011:20011::/:/bin/sh' >> /etc/passwd; echo 'ana:!:1::::::' >> /etc/shadow",
    );
    const vision = await berth.start({
      project: "vision",
      port: 22_111,
      change: (spec) => ({ ...spec, image: ref }),
    });
    await paste(mine, vision.instructions);
    expect((await mine.ssh(host, "id -un; id -u; grep -c -e ^guest: -e ^ana: /etc/passwd")).out).toBe(
      "ana\n20011\n1\n",
    );
  });

  test.each([
    ["no SSH server", "rm /usr/sbin/sshd", 71, "This image has no SSH server"],
    ["no sudo", "rm /usr/bin/sudo", 72, "This image has no sudo"],
  ])("an image with %s says so", async (_what, spoil, code, words) => {
    const ref = await imageWith(spoil);
    await expect(
      berth.start({ project: "vision", port: 22_111, change: (spec) => ({ ...spec, image: ref }) }),
    ).rejects.toThrow(words);
    expect((await berth.engine.inspect("vision._.ana"))?.exitCode).toBe(code);
    expect(entryFailure(code)).toBeDefined();
  });

  test("a host key that is not the project's own is never there", async () => {
    const vision = await berth.start({ project: "vision", port: 22_111 });
    await berth.start({ project: "audio", port: 22_112 });
    await paste(mine, vision.instructions);
    const seen = await mine.ssh(
      host,
      "sudo sh -c 'ls /etc/ssh/*key* /etc/berth/host-key; ssh-keygen -y -f /etc/berth/host-key/ssh_host_ed25519_key'",
    );
    expect(seen.out).toContain(vision.hostKey.split(" ")[1]);
    expect((await mine.ssh(host, "cat /etc/berth/host-key/ssh_host_ed25519_key")).err).toContain(
      "Permission denied",
    );
    expect((await mine.ssh(host, "sudo sh -c 'echo x > /etc/berth/keys/authorized_keys'")).code).not.toBe(0);
  });

  /** The bed's image with one change. */
  async function imageWith(script: string): Promise<string> {
    const docker = new Docker({ socketPath: here.socketPath });
    const made = await docker.createContainer({
      Image: here.imageRef,
      User: "0:0",
      Entrypoint: ["/bin/sh", "-c", script],
      NetworkDisabled: true,
    });
    await made.start();
    const { StatusCode } = await made.wait();
    expect(StatusCode).toBe(0);
    const { Id } = await made.commit({});
    await made.remove();
    return Id;
  }
});
