import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { type DockerEngineOptions, dockerEngine } from "../../src/engine/docker.ts";
import { EngineRefused, EngineSilent } from "../../src/errors.ts";

/** Answers over HTTP that a real engine can't be made to give here: another kind of engine, a registry, a failing runtime. */
describe("what engines may answer", () => {
  let dir: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const server = createServer((request, response) => answer(request, response));

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "berth-engine-"));
    await new Promise<void>((listening) => server.listen(join(dir, "engine.sock"), listening));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    await rm(dir, { recursive: true });
  });

  function engine(over: Partial<DockerEngineOptions> = {}) {
    return dockerEngine({
      dockerHost: join(dir, "engine.sock"),
      instance: "test",
      network: { name: "berth", bridge: "br-berth" },
      cgroupParent: "berth",
      gpus: "nvidia",
      mountRoots: () => ({ writable: [], readOnly: [] }),
      clock: wallClock,
      log: pino({ level: "silent" }),
      ...over,
    });
  }

  function says(status: number, body: unknown) {
    answer = (_request, response) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    };
  }

  test("podman is told by its name", async () => {
    answer = (request, response) => {
      const version = {
        Version: "4.3.1",
        ApiVersion: "1.41",
        Components: [{ Name: "Podman Engine", Version: "4.3.1" }],
      };
      const info = {
        CgroupDriver: "systemd",
        CgroupVersion: "2",
        NCPU: 8,
        MemTotal: 2 ** 34,
        Driver: "overlay",
      };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(request.url === "/version" ? version : info));
    };
    expect(await engine().facts()).toMatchObject({
      kind: "podman",
      version: "4.3.1",
      cgroupVersion: "2",
      cdi: false,
    });
  });

  test("an engine that enforces no limits gets no container", async () => {
    says(200, {
      Version: "24.0.7",
      ApiVersion: "1.43",
      CgroupDriver: "none",
      CgroupVersion: "1",
      NCPU: 8,
      MemTotal: 2 ** 34,
    });
    const anything = {} as Parameters<ReturnType<typeof engine>["create"]>[0];
    await expect(engine().create(anything)).rejects.toThrow("enforces no limits");
  });

  test.each([
    ["shutting down", 503, "daemon is shutting down", EngineSilent],
    [
      "its runtime being away",
      500,
      "failed to create task: connection error: desc = transport is closing",
      EngineSilent,
    ],
    [
      "a program that would not die",
      500,
      "cannot stop container: tried to kill container, but did not receive an exit event",
      EngineSilent,
    ],
    ["a runtime's no", 500, "OCI runtime create failed: error running hook: no such device", EngineRefused],
    ["a bad request", 400, "invalid mount config", EngineRefused],
  ])("%s", async (_what, status, message, kind) => {
    says(status, { message });
    await expect(engine().start("a1")).rejects.toThrow(kind);
    await expect(engine().start("a1")).rejects.toThrow(message.slice(0, 20));
  });

  test("an answer that breaks off in the middle is silence", async () => {
    answer = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"Id": "a1');
      response.socket?.destroy();
    };
    await expect(engine().inspect("a1")).rejects.toThrow(EngineSilent);
  });

  describe("a pull", () => {
    const signal = () => AbortSignal.timeout(20_000);
    const lines = (...told: object[]) => told.map((line) => `${JSON.stringify(line)}\r\n`).join("");
    const bytes = (id: string, current: number, total: number) => ({
      id,
      status: "Downloading",
      progressDetail: { current, total },
    });

    test("tells whole percent of the bytes, and asks for one tag only", async () => {
      let asked = "";
      answer = (request, response) => {
        asked = request.url ?? "";
        response.writeHead(200);
        response.end(
          lines({ status: "Pulling" }, bytes("aa", 25, 100), bytes("bb", 0, 100), {
            id: "aa",
            status: "Pull complete",
          }),
        );
      };
      const told: number[] = [];
      await engine().pull("house/demo", (percent) => told.push(percent), signal());
      expect(told.at(-1)).toBe(50);
      expect(asked).toBe("/images/create?fromImage=house%2Fdemo%3Alatest");
    });

    test.each([
      [
        "a name nobody has",
        { error: "manifest for house/demo:9 not found: manifest unknown" },
        EngineRefused,
      ],
      [
        "a registry that is away",
        { error: "Get https://registry: net/http: TLS handshake timeout" },
        EngineSilent,
      ],
    ])("of %s", async (_what, line, kind) => {
      says(200, lines(line));
      await expect(engine().pull("house/demo:9", () => {}, signal())).rejects.toThrow(kind);
    });

    test("is given up when its signal says so", async () => {
      answer = (_request, response) => {
        response.writeHead(200);
        response.write(lines(bytes("aa", 1, 100)));
      };
      const given = new AbortController();
      const pull = engine().pull("house/demo:1", () => given.abort(new Error("enough")), given.signal);
      await expect(pull).rejects.toThrow("enough");
    });
  });
});
