import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm, stat } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import Docker from "dockerode";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { mountPointsBelow } from "../../src/demo/engine/mounts.ts";
import { chooseAddresses } from "../../src/demo/engine/network.ts";
import { isAlive, pidsOf, signal } from "../../src/demo/engine/processes.ts";
import { type DemoEngine, startDemoEngine, stopDemoEngine } from "../../src/demo/engine/start.ts";
import { type Bed, bed, bedDir } from "../support/bed.ts";

const run = promisify(execFile);
let shared: Bed;

beforeAll(async () => {
  shared = await bed();
});
beforeEach(() => shared.clear());

describe("the shared bed", () => {
  test("publishes a container's port where the host can reach it", async () => {
    const docker = new Docker({ socketPath: shared.socketPath });
    const container = await docker.createContainer({
      Image: shared.imageRef,
      Cmd: ["python3", "-c", greeter],
      ExposedPorts: { "22/tcp": {} },
      HostConfig: { PortBindings: { "22/tcp": [{ HostIp: shared.sshAddress, HostPort: "22750" }] } },
    });
    await container.start();
    expect(await greeting(shared.sshAddress, 22750)).toBe("hello");
  });

  test("lets containers resolve names, and closes the host's own services to them", async () => {
    const service = createServer((socket) => socket.end("secret"));
    await new Promise<void>((resolve) => service.listen(0, "0.0.0.0", resolve));
    const { port } = service.address() as { port: number };
    try {
      const tried = await inContainer(["python3", "-c", opener(shared.engine.hostAddress, port)]);
      expect(tried).toContain("closed");
      // The same service does answer on the host itself.
      expect(await greeting("127.0.0.1", port)).toBe("secret");
    } finally {
      service.close();
    }
  });

  test("keeps members' folders on a mount where setuid files and device nodes do nothing", async () => {
    const table = await readFile("/proc/self/mountinfo", "utf8");
    const line = table.split("\n").find((one) => one.includes(` ${shared.workspacesRoot} `));
    expect(line).toMatch(/ \S*nosuid\S* /);
    expect(line).toMatch(/ \S*nodev\S* /);
    expect((await stat(shared.workspacesRoot)).mode & 0o777).toBe(0o700);
    expect(existsSync(join(shared.workspacesRoot, ".berth-workspaces"))).toBe(true);
  });

  test("comes back with its containers after the engine was killed", async () => {
    const docker = new Docker({ socketPath: shared.socketPath });
    const container = await docker.createContainer({ Image: shared.imageRef, Cmd: ["sleep", "600"] });
    await container.start();
    const before = await container.inspect();
    await shared.engine.kill();
    await expect(docker.ping()).rejects.toThrow();
    expect(isAlive(before.State.Pid)).toBe(true);
    await shared.engine.resume();
    const after = await container.inspect();
    expect(after.State).toMatchObject({ Running: true, Pid: before.State.Pid });
  });

  test("answers again after it stood still", async () => {
    const docker = new Docker({ socketPath: shared.socketPath });
    await shared.engine.freeze();
    const abort = AbortSignal.timeout(500);
    await expect(docker.listContainers({ abortSignal: abort })).rejects.toThrow();
    await shared.engine.resume();
    expect(String(await docker.ping())).toBe("OK");
  });
});

describe("another bed beside it", () => {
  let dir: string;
  let engine: DemoEngine;

  beforeAll(async () => {
    // Below the shared one's folder: what a killed run leaves here is found by the next.
    dir = join(bedDir(), "beside");
    await stopDemoEngine(dir);
  });
  afterAll(async () => {
    await engine?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  test("has containers, network and addresses of its own", async () => {
    engine = await startDemoEngine({ stateDir: dir });
    expect(engine.attached).toBe(false);
    expect(engine.sshAddress).not.toBe(shared.sshAddress);
    const docker = new Docker({ socketPath: shared.socketPath });
    await docker.createContainer({ name: "only-here", Image: shared.imageRef });
    expect(await new Docker({ socketPath: engine.socketPath }).listContainers({ all: true })).toEqual([]);
    // The first one's bridge is untouched: its containers still have a way out.
    expect(await inContainer(["sh", "-c", "getent hosts localhost"])).toContain("localhost");
  });

  test("is found again by a second start, quickly and with the same engine", async () => {
    const pids = pidsOf("dockerd", (await chooseAddresses(dir)).runDir);
    const again = await startDemoEngine({ stateDir: dir });
    expect(again.attached).toBe(true);
    expect(pidsOf("dockerd", (await chooseAddresses(dir)).runDir)).toEqual(pids);
  });

  test("starts from what a killed run left: processes dead, mounts and files there", async () => {
    const { runDir } = await chooseAddresses(dir);
    for (const program of ["dockerd", "containerd"] as const) {
      for (const pid of pidsOf(program, runDir)) signal(pid, "SIGKILL");
    }
    await run("ip", ["link", "delete", (await chooseAddresses(dir)).hostLink]);
    engine = await startDemoEngine({ stateDir: dir });
    expect(engine.attached).toBe(false);
    expect(String(await new Docker({ socketPath: engine.socketPath }).ping())).toBe("OK");
  });

  test("leaves nothing behind when it stops, and stopping twice is no fault", async () => {
    const place = await chooseAddresses(dir);
    await engine.stop();
    await engine.stop();
    expect(existsSync(place.runDir)).toBe(false);
    expect(existsSync(`/run/netns/${place.namespace}`)).toBe(false);
    expect(await mountPointsBelow(dir)).toEqual([]);
    expect(pidsOf("dockerd", place.runDir)).toEqual([]);
    const rules = (await run("iptables-save", { env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } }))
      .stdout;
    expect(rules).not.toContain(place.hostLink);
    expect(rules).not.toContain(place.hostAddress);
    // And the other one did not notice.
    expect(String(await new Docker({ socketPath: shared.socketPath }).ping())).toBe("OK");
  });
});

const greeter = `
import socket
s = socket.create_server(("0.0.0.0", 22))
while True:
    c, _ = s.accept()
    c.sendall(b"hello")
    c.close()
`;

function opener(address: string, port: number): string {
  return `
import socket
try:
    socket.create_connection(("${address}", ${port}), timeout=2)
    print("open")
except OSError as error:
    print("closed", error)
`;
}

/** What a service says first, tried for 20 s: the container may still be starting. */
async function greeting(host: string, port: number): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const said = await new Promise<string>((resolve) => {
      const socket = createConnection({ host, port, timeout: 2000 });
      let text = "";
      socket.on("data", (part) => {
        text += part;
      });
      socket.on("timeout", () => socket.destroy());
      socket.on("error", () => resolve(""));
      socket.on("close", () => resolve(text));
    });
    if (said) return said;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return "";
}

async function inContainer(argv: string[]): Promise<string> {
  const docker = new Docker({ socketPath: shared.socketPath });
  const container = await docker.createContainer({ Image: shared.imageRef, Cmd: argv, Tty: true });
  await container.start();
  await container.wait();
  return (await container.logs({ stdout: true, stderr: true })).toString();
}
