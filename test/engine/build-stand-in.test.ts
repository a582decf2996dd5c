import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BuildOrder } from "../../src/engine/build.ts";
import { dockerEngine } from "../../src/engine/docker.ts";
import { EngineSilent } from "../../src/errors.ts";
import type { Clock } from "../../src/world.ts";
import { jumpingClock } from "../support/jumping-clock.ts";

const imageId = `sha256:${"5eefe65f".repeat(8)}`;

/** What an engine may say about a build, and a real one can't be made to say at the right moment. */
describe("a build on an engine", () => {
  let dir: string;
  let asked: string[];
  let building: (response: ServerResponse, request: IncomingMessage) => void;
  let hasImage: boolean;
  let answersPing: boolean;
  const server = createServer((request, response) => {
    const { method, url = "" } = request;
    asked.push(`${method} ${url}`);
    if (url.startsWith("/build?")) return building(response, request);
    request.resume();
    if (url === "/_ping") return answersPing ? response.end("OK") : undefined;
    response.setHeader("content-type", "application/json");
    if (url.startsWith("/build/cancel")) return response.writeHead(204).end();
    if (url.startsWith("/images/json"))
      return response.end(JSON.stringify(hasImage ? [{ Id: imageId }] : []));
    if (url.startsWith("/containers/json")) return response.end("[]");
    if (!hasImage || !url.startsWith("/images/"))
      return response.writeHead(404).end('{"message":"no such thing"}');
    if (method === "DELETE") hasImage = false;
    response.end(
      JSON.stringify({ Id: imageId, Size: 77, Created: "2026-01-01T00:00:00Z", RepoTags: ["t:1"] }),
    );
  });

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "berth-build-"));
    asked = [];
    hasImage = true;
    answersPing = true;
    await new Promise<void>((listening) => server.listen(join(dir, "engine.sock"), listening));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    await rm(dir, { recursive: true });
  });

  function build(over: Partial<BuildOrder> = {}, signal = AbortSignal.timeout(30_000), clock?: Clock) {
    const engine = dockerEngine({
      dockerHost: join(dir, "engine.sock"),
      instance: "test",
      network: { name: "berth", bridge: "br-berth" },
      cgroupParent: "berth",
      gpus: "nvidia",
      mountRoots: () => ({ writable: [], readOnly: [] }),
      clock: clock ?? jumpingClock(),
      log: pino({ level: "silent" }),
    });
    const order: BuildOrder = {
      id: "test-7-1",
      dockerfile: "FROM scratch\n",
      files: new Map(),
      labels: { "berth.instance": "test", "berth.build": "7" },
      tags: ["t:1", "t:2"],
      buildArgs: {},
      registryLogins: {},
      ...over,
    };
    return engine.build(order, () => {}, signal);
  }

  function says(...lines: object[]) {
    building = (response, request) => {
      request.resume();
      response.end(lines.map((line) => `${JSON.stringify(line)}\r\n`).join(""));
    };
  }

  const named = { id: "moby.image.id", aux: { ID: imageId } };

  test("is asked for by BuildKit, under a name that cancels it, never in the host's network", async () => {
    says(named);
    expect(await build({ noCache: true })).toEqual({ is: "ready", imageId, sizeBytes: 77 });
    const query = new URL(asked.find((one) => one.includes("/build?"))?.slice(5) ?? "", "http://engine")
      .searchParams;
    expect([...query]).toEqual([
      ["version", "2"],
      ["buildid", "test-7-1"],
      ["dockerfile", ".berth.Dockerfile"],
      ["t", "t:1"],
      ["t", "t:2"],
      ["labels", '{"berth.instance":"test","berth.build":"7"}'],
      ["buildargs", "{}"],
      ["nocache", "true"],
      ["networkmode", "default"],
    ]);
  });

  test("is ready only if the image that was named is there", async () => {
    hasImage = false;
    says(named);
    expect(await build()).toMatchObject({ is: "failed", error: expect.stringContaining(imageId) });
  });

  test.each([
    ["errorDetail", { errorDetail: { message: "the registry took it back" } }],
    ["error", { error: "the registry took it back" }],
  ])("that named an image and ends in %s has failed, and the image is taken away", async (_what, line) => {
    says(named, line);
    expect(await build()).toEqual({ is: "failed", step: undefined, error: "the registry took it back" });
    expect(asked).toContain(`DELETE /images/${imageId}?force=false&noprune=false`);
  });

  test("that is refused before it began has failed", async () => {
    building = (response, request) => {
      request.resume();
      response.writeHead(400, { "content-type": "application/json" }).end('{"message":"no such option"}');
    };
    expect(await build()).toMatchObject({ is: "failed", error: expect.stringContaining("no such option") });
  });

  test.each([
    ["ends without a word", (response: ServerResponse) => response.end()],
    [
      "breaks off",
      (response: ServerResponse) => {
        response.write('{"stream":"half a li');
        setImmediate(() => response.destroy());
      },
    ],
    [
      "ends because the engine is stopped",
      (response: ServerResponse) => response.end('{"error":"context canceled"}\r\n'),
    ],
  ])("whose stream %s is silence", async (_what, end) => {
    building = (response, request) => {
      request.resume();
      end(response);
    };
    await expect(build()).rejects.toThrow(EngineSilent);
  });

  test("that fails with an engine's words in its own output has failed all the same", async () => {
    const error = "executor failed running [/bin/sh -c echo context canceled]: exit code: 1";
    says({ error });
    expect(await build()).toMatchObject({ is: "failed", error });
  });

  test("may be quiet for hours while the engine answers, and is silence when it does not", async () => {
    const clock = jumpingClock();
    let finish = () => {};
    building = (response, request) => {
      request.resume();
      response.writeHead(200);
      response.write("\r\n");
      finish = () => void response.end(`${JSON.stringify(named)}\r\n`);
    };
    const pings = () => asked.filter((one) => one === "GET /_ping").length;
    const quiet = build({}, undefined, clock);
    await expect.poll(() => asked.some((one) => one.includes("/build?"))).toBe(true);
    for (const hours of [1, 2, 3]) {
      clock.jump(3_600_000);
      await expect.poll(pings).toBeGreaterThanOrEqual(hours);
    }
    finish();
    expect(await quiet).toMatchObject({ is: "ready" });

    answersPing = false;
    const before = pings();
    const hung = build({ id: "test-7-2" }, undefined, clock).catch((error: unknown) => error);
    await expect.poll(() => asked.some((one) => one.includes("buildid=test-7-2"))).toBe(true);
    clock.jump(3_600_000);
    await expect.poll(pings).toBeGreaterThan(before);
    clock.jump(60_000);
    expect(await hung).toBeInstanceOf(EngineSilent);
  });

  test("that is given up is cancelled by its name, and an image it made meanwhile is taken away", async () => {
    const given = new AbortController();
    building = (response, request) => {
      request.resume();
      response.write(`${JSON.stringify(named)}\r\n`);
      setImmediate(() => given.abort(new Error("enough")));
    };
    await expect(build({}, given.signal)).rejects.toThrow("enough");
    expect(asked).toContain("POST /build/cancel?id=test-7-1");
    const search = asked.find((one) => one.startsWith("GET /images/json"));
    expect(decodeURIComponent(search ?? "")).toContain('{"label":["berth.instance=test","berth.build=7"]}');
    expect(hasImage).toBe(false);
  });

  test("whose context can't be read to its end rejects with what went wrong there", async () => {
    building = (_response, request) => void text(request).catch(() => {});
    const tar = () => {
      throw new Error("the workspace is gone");
    };
    await expect(build({ context: { tar } })).rejects.toThrow("the workspace is gone");
  });
});
