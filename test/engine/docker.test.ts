import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import Docker from "dockerode";
import pino from "pino";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { type DockerEngineOptions, dockerEngine } from "../../src/engine/docker.ts";
import type { ContainerSpec, Engine } from "../../src/engine/engine.ts";
import { EngineRefused, EngineSilent } from "../../src/errors.ts";
import { type Bed, bed } from "../support/bed.ts";
import { type Bench, engineContract } from "./contract.ts";

function engineOn({ socketPath, workspacesRoot }: Bed, over: Partial<DockerEngineOptions> = {}): Engine {
  return dockerEngine({
    dockerHost: `unix://${socketPath}`,
    instance: "contract",
    network: { name: "berth-contract", bridge: "br-contract" },
    cgroupParent: "berth-contract",
    gpus: "simulated",
    mountRoots: () => ({ writable: [workspacesRoot], readOnly: [] }),
    clock: wallClock,
    log: pino({ level: "silent" }),
    ...over,
  });
}

/** The bed keeps networks between runs: ours is made anew, so that what is tried is what the code makes today. */
async function withoutNetwork(here: Bed): Promise<Bed> {
  await here.clear();
  const network = new Docker({ socketPath: here.socketPath }).getNetwork("berth-contract");
  await network.remove().catch((error: { statusCode?: number }) => {
    if (error.statusCode !== 404) throw error;
  });
  return here;
}

engineContract("Docker", async () => {
  const here = await withoutNetwork(await bed());
  const mountable = join(here.workspacesRoot, "ana/vision");
  const engine = engineOn(here);
  await engine.ensureNetwork();
  return {
    engine,
    image: here.imageRef,
    mountable,
    forbidden: "/etc",
    sshBind: here.sshAddress,
    device: here.gpus.devices[0] ?? "",
    async write(id, path, bytes) {
      const said = await engine.exec(id, ["sh", "-c", `head -c ${bytes} /dev/urandom > ${path}`], 60);
      expect(said).toMatchObject({ exitCode: 0 });
      return bytes;
    },
    async silence() {
      await here.engine.kill();
      return () => here.engine.resume();
    },
    async clear() {
      await here.clear();
      await mkdir(mountable, { recursive: true });
    },
  } satisfies Bench;
});

describe("Docker itself", () => {
  let here: Bed;
  let engine: Engine;
  let docker: Docker;

  beforeAll(async () => {
    here = await withoutNetwork(await bed());
    engine = engineOn(here);
    await engine.ensureNetwork();
    docker = new Docker({ socketPath: here.socketPath });
  });
  beforeEach(() => here.clear());

  function spec(over: Partial<ContainerSpec> = {}): ContainerSpec {
    return {
      name: "vision._.ana",
      hostName: "vision",
      image: here.imageRef,
      labels: { "berth.instance": "contract", "berth.container": "7", "berth.run": "1" },
      env: {},
      entrypoint: ["/bin/sh", "-c", "echo up; echo and running >&2; sleep 600 & wait"],
      workingDir: "/workspace",
      cpus: 500,
      memoryBytes: 256 * 2 ** 20,
      shmBytes: 512 * 2 ** 20,
      pids: 64,
      sudo: true,
      ptrace: false,
      devices: [],
      mounts: [],
      ssh: { bind: here.sshAddress, port: 22933 },
      stopGraceSeconds: 2,
      ...over,
    };
  }

  async function running(over: Partial<ContainerSpec> = {}): Promise<string> {
    const made = await engine.create(spec(over));
    if (!("id" in made)) throw new Error(made.is);
    expect(await engine.start(made.id)).toBe("started");
    return made.id;
  }

  test("a process that the kernel ends for its memory is told of, and the container goes on", async () => {
    const id = await running({ memoryBytes: 64 * 2 ** 20 });
    const heard: string[] = [];
    const stop = new AbortController();
    engine.watch((change) => change.id === id && heard.push(change.what), stop.signal);
    try {
      await vi.waitFor(
        async () => {
          const ended = await engine.exec(id, ["python3", "-c", "b'x' * (256 << 20)"], 60);
          expect(ended).toMatchObject({ exitCode: 137 });
          expect(heard).toContain("oom");
        },
        { timeout: 60_000, interval: 500 },
      );
      expect((await engine.inspect(id))?.state).toBe("running");
    } finally {
      stop.abort();
    }
  });

  test("the engine keeps the limits it was asked for, cut to what the machine has", async () => {
    const id = await running({ devices: here.gpus.devices.slice(0, 1) });
    const { HostConfig, Config } = await docker.getContainer(id).inspect();
    const { cpus } = await engine.facts();
    expect(HostConfig).toMatchObject({
      Memory: 256 * 2 ** 20,
      MemorySwap: 256 * 2 ** 20,
      ShmSize: 128 * 2 ** 20,
      NanoCpus: cpus * 1e9,
      PidsLimit: 64,
      OomScoreAdj: 500,
      CapDrop: ["ALL"],
      Privileged: false,
      RestartPolicy: { Name: "no" },
      NetworkMode: "berth-contract",
      CgroupParent: "/berth-contract",
      Init: true,
    });
    expect(Config.Env).toContain(`NVIDIA_VISIBLE_DEVICES=${here.gpus.devices[0]}`);
  });

  test("a program's outputs and exit code come back, cut at 64 KiB, and it has a limit", async () => {
    const id = await running();
    const run = (script: string, seconds = 30) => engine.exec(id, ["/bin/sh", "-c", script], seconds);
    expect(await run("echo out; echo err >&2; exit 3")).toEqual({
      exitCode: 3,
      output: expect.stringMatching(/^(out\nerr|err\nout)\n$/),
    });
    const long = await run("head -c 200000 /dev/zero | tr '\\0' x");
    expect(long).toMatchObject({ exitCode: 0 });
    expect(long === "gone" ? 0 : long.output.length).toBe(64 * 1024);
    await expect(run("sleep 300", 1)).rejects.toThrow(EngineSilent);
  });

  test("the last words of a container are those it printed last", async () => {
    // The engine reads the two outputs side by side; only what is apart in time has an order.
    const made = await engine.create(
      spec({ entrypoint: ["/bin/sh", "-c", "seq 1 50; sleep 1; echo no such thing >&2; exit 71"] }),
    );
    if (!("id" in made)) throw new Error(made.is);
    await engine.start(made.id);
    await docker.getContainer(made.id).wait();
    expect((await engine.lastWords(made.id, 2)).split("\n")).toEqual(
      expect.arrayContaining(["no such thing"]),
    );
    expect((await engine.lastWords(made.id, 100)).split("\n")).toHaveLength(51);
    expect((await engine.inspect(made.id))?.exitCode).toBe(71);
  });

  test("a device that is not there is a refusal, not silence", async () => {
    const gone = here.gpus.devices[1] ?? "";
    const made = await engine.create(spec({ devices: [gone] }));
    if (!("id" in made)) throw new Error(made.is);
    here.gpus.takeAway(gone);
    await expect(engine.start(made.id)).rejects.toThrow(EngineRefused);
  });

  test("sees containers that others made, and what devices they were given", async () => {
    const all = { Driver: "nvidia", Count: -1, Capabilities: [["gpu"]] };
    await docker.createContainer({
      name: "byhand",
      Image: here.imageRef,
      Cmd: ["sleep", "1"],
      HostConfig: { DeviceRequests: [all] },
    });
    await docker.createContainer({ name: "plain", Image: here.imageRef, Cmd: ["sleep", "1"] });
    const found = new Map((await engine.list()).map((one) => [one.name, one.devices]));
    expect(found).toEqual(
      new Map<string, string[] | "all">([
        ["byhand", "all"],
        ["plain", []],
      ]),
    );
  });

  test("containers on the members' bridge can't reach each other", async () => {
    const one = await running();
    const other = await running({ name: "other._.ben", ssh: { bind: here.sshAddress, port: 22934 } });
    const { NetworkSettings } = await docker.getContainer(other).inspect();
    const address = NetworkSettings.Networks["berth-contract"]?.IPAddress ?? "";
    expect(address).toMatch(/^\d+\./);
    const listen = `python3 -c "import http.server as h; h.ThreadingHTTPServer(('', 8000), h.SimpleHTTPRequestHandler).serve_forever()"`;
    await engine
      .exec(other, ["/bin/sh", "-c", `cd /tmp; (${listen}) >/dev/null 2>&1 & sleep 1`], 20)
      .catch(() => {});
    const tryIt = (where: string) => [
      "python3",
      "-c",
      `import socket; socket.create_connection(('${where}', 8000), 2)`,
    ];
    // It listens, as it can tell itself.
    expect(await engine.exec(other, tryIt("127.0.0.1"), 20)).toMatchObject({ exitCode: 0 });
    expect(await engine.exec(one, tryIt(address), 20)).toMatchObject({ exitCode: 1 });
  });

  test("a bridge that lets containers reach each other is refused", async () => {
    const open = { name: "berth-open", bridge: "br-open" };
    const made = await docker.createNetwork({ Name: open.name, Driver: "bridge" });
    try {
      await expect(engineOn(here, { network: open }).ensureNetwork()).rejects.toThrow("reach each other");
    } finally {
      await made.remove();
    }
  });

  test("an engine that stands still is silence, once the limit is over", async () => {
    await here.engine.freeze();
    try {
      await expect(engine.inspect("vision._.ana")).rejects.toThrow(EngineSilent);
    } finally {
      await here.engine.resume();
    }
  });
});
