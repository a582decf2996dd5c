import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import Docker from "dockerode";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { chooseAddresses, inNamespace } from "../../src/demo/engine/network.ts";
import type { BuildNow, BuildOrder } from "../../src/engine/build.ts";
import { dockerEngine } from "../../src/engine/docker.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { EngineRefused, EngineSilent } from "../../src/errors.ts";
import { endLeftSteps } from "../../src/host/left-steps.ts";
import { type Bed, bed, bedDir } from "../support/bed.ts";
import { type Registry, registryIn } from "../support/registry.ts";
import { type ImageBench, imageContract } from "./image-contract.ts";

function engineOn({ socketPath }: Bed): Engine {
  return dockerEngine({
    dockerHost: `unix://${socketPath}`,
    instance: "contract",
    network: { name: "berth-contract", bridge: "br-contract" },
    cgroupParent: "berth-contract",
    gpus: "simulated",
    mountRoots: () => ({ writable: [], readOnly: [] }),
    clock: wallClock,
    log: pino({ level: "silent" }),
  });
}

imageContract("Docker", async () => {
  const here = await bed();
  await here.clear();
  const docker = new Docker({ socketPath: here.socketPath });
  return {
    engine: engineOn(here),
    image: here.imageRef,
    container: async (Image) => (await docker.createContainer({ Image, Cmd: ["sleep", "1"] })).id,
    async silence() {
      await here.engine.kill();
      return () => here.engine.resume();
    },
    clear: () => here.clear(),
  } satisfies ImageBench;
});

describe("builds on Docker itself", () => {
  let here: Bed;
  let engine: Engine;
  let docker: Docker;
  let count = 0;

  beforeAll(async () => {
    here = await bed();
    engine = engineOn(here);
    docker = new Docker({ socketPath: here.socketPath });
  });
  beforeEach(() => here.clear());

  function order(steps: string, over: Partial<BuildOrder> = {}): BuildOrder {
    const id = `docker-${process.pid}-${++count}`;
    return {
      id,
      dockerfile: `FROM ${here.imageRef}\n${steps}\n`,
      files: new Map(),
      labels: { "berth.instance": "contract", "berth.build": id },
      tags: [`contract/built:${id}`],
      buildArgs: {},
      registryLogins: {},
      ...over,
    };
  }

  /** Builds without the cache, so that every step says again what it sees. */
  async function tried(steps: string, over: Partial<BuildOrder> = {}) {
    const one = order(steps, { noCache: true, ...over });
    const told: BuildNow[] = [];
    const result = await engine.build(one, (now) => void told.push(now), AbortSignal.timeout(120_000));
    if (result.is === "ready") await engine.removeImage(result.imageId);
    return { result, log: told.map((now) => now.log).join(""), steps: told.at(-1)?.steps ?? [] };
  }

  /** What is ours and has no name; containers of whatever kind. */
  async function leftOver(): Promise<unknown[]> {
    const filters = { dangling: ["true"], label: ["berth.instance=contract"] };
    return [...(await docker.listImages({ filters })), ...(await docker.listContainers({ all: true }))];
  }

  test("a step that fails is named, with what it printed; nothing is left of it", async () => {
    const { result, log, steps } = await tried(
      "RUN echo all well\nRUN echo out of luck >&2; exit 3\nRUN echo never",
    );
    expect(result).toEqual({
      is: "failed",
      step: "[3/4] RUN echo out of luck >&2; exit 3",
      error: expect.stringContaining("exit code: 3"),
    });
    expect(log).toContain("[3/4] RUN echo out of luck >&2; exit 3\nout of luck\n");
    expect(steps.at(-1)).toMatchObject({ error: expect.stringContaining("exit code: 3") });
    expect(await leftOver()).toEqual([]);
  });

  test("a Dockerfile that is none is a failure in the engine's words", async () => {
    const { result } = await tried("RUNN true");
    expect(result).toEqual({
      is: "failed",
      step: undefined,
      error: expect.stringMatching(/^dockerfile parse error.*RUNN/i),
    });
  });

  test("whatever a step prints, its log has an end", async () => {
    const { result, log } = await tried("RUN head -c 8000000 /dev/zero | tr '\\0' x; echo over");
    expect(result.is).toBe("ready");
    expect(log.length).toBeLessThan(3 * 2 ** 20);
  });

  test("a build that is given up ends its processes, at whatever step", async () => {
    const mark = `${process.pid}${Date.now() % 10_000}`;
    const given = new AbortController();
    const one = order(`RUN echo begun; sleep 9${mark}\nRUN echo over`);
    const building = engine.build(
      one,
      ({ log }) => log.includes("\nbegun") && given.abort(new Error("enough")),
      given.signal,
    );
    await expect(building).rejects.toThrow("enough");
    await expect.poll(() => running(`sleep 9${mark}`), { timeout: 20_000 }).toEqual([]);
    expect(await leftOver()).toEqual([]);
    expect(await docker.listImages({ filters: { label: [`berth.build=${one.id}`] } })).toEqual([]);
  });

  test("a limit of time is the signal's", async () => {
    const mark = `${process.pid}${Date.now() % 10_000}`;
    const limit = AbortSignal.timeout(3000);
    const building = engine.build(order(`RUN sleep 8${mark}`), () => {}, limit);
    await expect(building).rejects.toMatchObject({ name: "TimeoutError" });
    await expect.poll(() => running(`sleep 8${mark}`), { timeout: 20_000 }).toEqual([]);
  });

  test.each(["SIGTERM", "SIGKILL"] as const)(
    "an engine that ends by %s in the middle of a build is silence; what it leaves running is ended",
    async (how) => {
      const begun = Promise.withResolvers<void>();
      const mark = `sleep 7${process.pid}${Date.now() % 10_000}`;
      const building = engine.build(
        order(`RUN echo begun; ${mark}; echo over`),
        ({ log }) => log.includes("\nbegun") && begun.resolve(),
        AbortSignal.timeout(120_000),
      );
      const outcome = building.catch((error: unknown) => error);
      await Promise.race([begun.promise, outcome]);
      const itsEngine = () => running("dockerd", join(here.socketPath, ".."));
      // A step that has its engine is nobody else's.
      await endLeftSteps("/proc");
      expect(await running(mark)).not.toEqual([]);
      for (const pid of await itsEngine()) process.kill(pid, how);
      try {
        expect(await outcome).toBeInstanceOf(EngineSilent);
      } finally {
        await expect.poll(itsEngine, { timeout: 30_000 }).toEqual([]);
        await here.engine.resume();
      }
      expect(await leftOver()).toEqual([]);
      await expect
        .poll(() => endLeftSteps("/proc").then(() => running(mark)), { timeout: 20_000 })
        .toEqual([]);
    },
  );

  test("what a killed reading left is not listed, and a prune takes it; a member's container is never taken for it", async () => {
    const left = (labels: Record<string, string>) =>
      docker.createContainer({ Image: here.imageRef, Cmd: ["sleep", "60"], Labels: labels });
    const reads = {
      "berth.instance": "contract",
      "berth.container": "",
      "berth.reads": "sha256:of-something",
    };
    await left(reads);
    const started = await left(reads);
    await started.start();
    const anothers = await left({ ...reads, "berth.instance": "another" });
    // A member's container has what labels its image brings, and is theirs all the same.
    const ours = await left({ ...reads, "berth.container": "7" });
    const listed = (await engine.list()).map(({ id }) => id);
    expect(listed.toSorted()).toEqual([started.id, ours.id].toSorted());
    await engine.prune(24);
    const there = (await docker.listContainers({ all: true })).map(({ Id }) => Id);
    expect(there.toSorted()).toEqual([started.id, anothers.id, ours.id].toSorted());
  });

  test("a reader has no network, no mount and no program, and is gone whatever happens", async () => {
    const image = await engine.image(here.imageRef);
    const events = await docker.getEvents({
      filters: { type: ["container"], event: ["create", "start", "destroy"] },
    });
    let heard = "";
    events.on("data", (chunk) => {
      heard += chunk;
    });
    const read = await engine.readFiles(image?.id ?? "", [
      "/usr/bin/env",
      "/etc/os-release",
      "/etc",
      "/proc/1/environ",
    ]);
    await expect.poll(() => heard.includes('"destroy"'), { timeout: 20_000 }).toBe(true);
    (events as unknown as { destroy(): void }).destroy();
    expect(heard).not.toContain('"start"');
    expect(read.get("/etc/os-release")).toMatch(/^ID=/m);
    expect(read.get("/etc")).toBeUndefined();
    expect(read.get("/proc/1/environ")).toBeUndefined();
    expect(await docker.listContainers({ all: true })).toEqual([]);
  });

  describe("a private base", () => {
    const login = { username: "lab", password: "open sesame" };
    let closed: Registry;
    let open: Registry;

    beforeAll(async () => {
      const namespace = inNamespace(await chooseAddresses(await realpath(bedDir())));
      closed = await registryIn(namespace, `${login.username}:${login.password}`);
      open = await registryIn(namespace);
    });
    afterAll(() => Promise.all([closed?.close(), open?.close()]));

    test("is fetched with its registry's login, which no other registry is told", async () => {
      const dockerfile = [
        `FROM ${closed.host}/base:1 AS private`,
        `FROM ${open.host}/base:1`,
        "COPY --from=private /from-the-registry /private",
      ].join("\n");
      const registryLogins = { [closed.host]: login, "docker.io": { username: "other", password: "word" } };
      const one = order("", { dockerfile, registryLogins });
      const result = await engine.build(one, () => {}, AbortSignal.timeout(60_000));
      if (result.is !== "ready") throw new Error(result.error);
      expect(await engine.readFiles(result.imageId, ["/private", "/from-the-registry"])).toEqual(
        new Map([
          ["/private", "of the lab\n"],
          ["/from-the-registry", "of the lab\n"],
        ]),
      );
      await engine.removeImage(result.imageId);
      expect(new Set(closed.shown())).toEqual(new Set(["lab:open sesame"]));
      expect(open.shown()).toEqual([]);
    });

    test("is not fetched without it, nor with a wrong one: the engine's words say why", async () => {
      // Another name of the same machine: what was fetched before is there by its name.
      const dockerfile = `FROM ${closed.host.replace("127.0.0.1", "127.0.0.2")}/base:1\nCOPY a /a`;
      const files = new Map([["a", "a"]]);
      const wrong: BuildOrder["registryLogins"][] = [{}, { "127.0.0.2": login }];
      for (const logins of wrong) {
        const { result } = await tried("", { dockerfile, files, registryLogins: logins });
        expect(result).toMatchObject({
          is: "failed",
          error: expect.stringMatching(/authorization|credentials|401/i),
        });
      }
    });

    test("is pulled with it too", async () => {
      const ref = `${closed.host}/base:1`;
      const pull = (logins: Record<string, typeof login>) =>
        engine.pull(ref, () => {}, AbortSignal.timeout(60_000), logins);
      await expect(pull({})).rejects.toThrow(EngineRefused);
      await pull({ [closed.host]: login });
      expect(await engine.untagImage(ref)).toBe("untagged");
    });
  });

  describe("a step can't reach", () => {
    test("another build's files: each has its own context", async () => {
      const look = "RUN --mount=type=bind,target=/context ls -A /context; cat /context/* 2>/dev/null; true";
      const secret = { files: new Map([["of-ana.txt", "ana's secret"]]) };
      const [ana, ben] = await Promise.all([tried(`${look}; sleep 1`, secret), tried(`${look}; sleep 1`)]);
      expect(ana.log).toContain("ana's secret");
      expect(ben.result.is).toBe("ready");
      expect(ben.log).toContain(".berth.Dockerfile");
      expect(ben.log).not.toContain("ana");
    });

    test("another's cache mount, if its id is another", async () => {
      // A build without the cache is given a mount without anything in it: these are new by their words instead.
      const of = `${process.pid}-${Date.now()}`;
      const step = (id: string, does: string) =>
        tried(`RUN --mount=type=cache,id=${id}-${of},target=/cache ${does}; echo ${of}`, { noCache: false });
      expect((await step("ana", "echo wheel of ana > /cache/wheel")).result.is).toBe("ready");
      expect((await step("ana", "cat /cache/wheel")).log).toContain("\nwheel of ana\n");
      expect((await step("ben", "ls -A /cache")).log).toBe(
        `[stage-0 2/2] RUN --mount=type=cache,id=ben-${of},target=/cache ls -A /cache; echo ${of}\n${of}\n`,
      );
    });

    test("the engine's socket, the host's files, its processes or its devices", async () => {
      const { log } = await tried(
        "RUN find / -xdev -type s 2>/dev/null; ls /proc | grep -c '^[0-9]'; ls /dev; find / -name docker.sock -o -name 'berth-*' 2>/dev/null | head; echo looked",
      );
      expect(log).toMatch(/\nlooked\n$/);
      expect(log).not.toContain(".sock\n");
      expect(log).not.toMatch(/\n(sda|vda|nvidia|mem|kmsg|fuse)/);
      const [processes = "99"] = /^\d+$/m.exec(log) ?? [];
      expect(Number(processes)).toBeLessThan(8);
    });

    test("what listens on this host, on its loopback or beside it, nor a cloud's metadata", async () => {
      const namespace = inNamespace(await chooseAddresses(await realpath(bedDir())));
      const open = await listenIn(namespace);
      try {
        const reach = (address: string) =>
          `timeout 3 bash -c "exec 3<>/dev/tcp/${address}" 2>/dev/null && echo reached || echo not reached`;
        const gateway = `$(awk '$2 == "00000000" { print $3 }' /proc/net/route | sed 's/\\(..\\)\\(..\\)\\(..\\)\\(..\\)/0x\\4 0x\\3 0x\\2 0x\\1/' | xargs printf '%d.%d.%d.%d')`;
        const addresses = ["127.0.0.1", gateway, here.sshAddress, here.engine.hostAddress, "169.254.169.254"];
        const { log, result } = await tried(
          addresses.map((address) => `RUN ${reach(`${address}/${open.port}`)}`).join("\n"),
        );
        expect(result.is).toBe("ready");
        expect(log.match(/^(not )?reached$/gm)).toEqual(addresses.map(() => "not reached"));
      } finally {
        await open.close();
      }
    });

    test("another build beside it", async () => {
      const listen = `python3 -c "import http.server as h; h.ThreadingHTTPServer(('', 8000), h.SimpleHTTPRequestHandler).serve_forever()"`;
      const server = order(`RUN hostname -I; ${listen} & sleep 20; echo over`, { noCache: true });
      const address = Promise.withResolvers<string>();
      const given = new AbortController();
      const serving = engine
        .build(
          server,
          ({ log }) => {
            const found = /^(\d+\.\d+\.\d+\.\d+) *$/m.exec(log)?.[1];
            if (found) address.resolve(found);
          },
          given.signal,
        )
        .catch(() => "given up");
      const at = await Promise.race([address.promise, serving]);
      const { log } = await tried(
        `RUN for i in 1 2 3; do timeout 2 bash -c "exec 3<>/dev/tcp/${at}/8000" 2>/dev/null && echo reached || echo not reached; done`,
      );
      given.abort();
      await serving;
      expect(at).toMatch(/^\d+\./);
      expect(log.match(/^(not )?reached$/gm)).toEqual(["not reached", "not reached", "not reached"]);
    });

    test.each([
      ["the host's network", "RUN --network=host cat /proc/net/dev"],
      ["more rights", "RUN --security=insecure cat /proc/self/status"],
    ])("%s, by asking for it", async (_what, step) => {
      const { result } = await tried(step);
      expect(result).toMatchObject({
        is: "failed",
        error: expect.stringMatching(/not allowed|unknown flag/i),
      });
    });

    test("rights that no container has: it can't mount, and loads nothing into the kernel", async () => {
      const { log } = await tried(
        "RUN mkdir /m; mount -t tmpfs none /m && echo did mount || echo no mount; grep CapEff /proc/self/status; echo 1 > /proc/sys/kernel/sysrq && echo did write || echo no write",
      );
      expect(log).toContain("no mount");
      expect(log).toContain("no write");
      // The engine's own set; nothing can be taken from it for a build.
      expect(log).toMatch(/CapEff:\s00000000a80425fb/);
    });

    test("a secret or an agent: none is handed in", async () => {
      const { log } = await tried(
        "RUN --mount=type=ssh ssh-add -l 2>&1; env | sort; true\nRUN --mount=type=secret,id=token,target=/token cat /token 2>&1; true",
      );
      expect(log).toMatch(/Error connecting to agent|not open a connection/);
      expect(log).toContain("/token: No such file");
    });
  });

  describe("what the engine itself grants, so that a member's Dockerfile must be judged before", () => {
    test("COPY --from takes files of any image that is there", async () => {
      const hidden = await engine.build(
        order("COPY secret /secret", {
          files: new Map([["secret", "of ana's image"]]),
          tags: ["contract/of-ana:1"],
        }),
        () => {},
        AbortSignal.timeout(60_000),
      );
      expect(hidden.is).toBe("ready");
      const { log } = await tried("COPY --from=contract/of-ana:1 /secret /taken\nRUN cat /taken");
      expect(log).toContain("of ana's image");
      if (hidden.is === "ready") await engine.removeImage(hidden.imageId);
    });

    test("ADD fetches with the engine's own connections, its loopback too", async () => {
      const namespace = inNamespace(await chooseAddresses(await realpath(bedDir())));
      const open = await listenIn(namespace, "127.0.0.1");
      try {
        const { log } = await tried(`ADD http://127.0.0.1:${open.port}/ /fetched\nRUN cat /fetched`);
        expect(log).toContain("of the host alone");
      } finally {
        await open.close();
      }
    });
  });
});

/** Process ids by a part of their command line, and another. */
async function running(words: string, more = ""): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found: number[] = [];
  for (const pid of pids) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const plain = line.replaceAll("\0", " ");
    if (plain.includes(words) && plain.includes(more)) found.push(Number(pid));
  }
  return found;
}

/** A web server in the engine's network: "this host" is in there. */
async function listenIn(
  namespace: string[],
  address = "0.0.0.0",
): Promise<{ port: number; close(): Promise<void> }> {
  const [program = "", ...args] = namespace;
  const serve = `require("http").createServer((_, answer) => answer.end("of the host alone")).listen(0, "${address}", function () { console.log(this.address().port) })`;
  const child = spawn(program, [...args, process.execPath, "-e", serve], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 120_000,
  });
  const [line] = await once(child.stdout, "data");
  return {
    port: Number(line),
    async close() {
      child.kill();
      await once(child, "exit");
    },
  };
}
