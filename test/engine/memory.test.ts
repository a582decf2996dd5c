import { describe, expect, test } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { memoryEngine } from "../../src/engine/memory.ts";
import type { MemoryEngine } from "../../src/engine/memory-engine.ts";
import { EngineRefused, EngineSilent } from "../../src/errors.ts";
import { type Bench, engineContract } from "./contract.ts";
import { type ImageBench, imageContract } from "./image-contract.ts";

const image = "house/demo:1";

engineContract("in memory", async () => {
  const engine = memoryEngine({
    clock: wallClock,
    images: [image],
    mountRoots: { writable: ["/srv/berth"], readOnly: [] },
  });
  return {
    engine,
    image,
    mountable: "/srv/berth/ana/vision",
    forbidden: "/etc",
    sshBind: "127.0.0.1",
    device: "GPU-5a1c9d1e-0000-4000-8000-000000000000",
    async write(id, _path, bytes) {
      engine.now.wrote(id, bytes);
      return bytes;
    },
    async silence() {
      engine.now.silent(true);
      return async () => engine.now.silent(false);
    },
    async clear() {
      for (const { id } of await engine.list()) await engine.remove(id);
    },
  } satisfies Bench;
});

imageContract("in memory", async () => {
  const engine = memoryEngine({ clock: wallClock, instance: "contract", images: [image] });
  return {
    engine,
    image,
    container: async (imageId) => engine.now.planted({ name: "made", image: imageId }),
    async silence() {
      engine.now.silent(true);
      return async () => engine.now.silent(false);
    },
    async clear() {
      for (const { id } of await engine.list()) await engine.remove(id);
    },
  } satisfies ImageBench;
});

describe("the engine in memory, told to misbehave", () => {
  function withOne(): { engine: MemoryEngine; id: string } {
    const engine = memoryEngine({ clock: wallClock, images: [image], pullable: ["some/image:1"] });
    const id = engine.now.planted({ name: "one", running: true, labels: { "berth.container": "1" } });
    return { engine, id };
  }

  test("a trouble before the effect leaves everything as it was, one after it does not", async () => {
    const { engine, id } = withOne();
    engine.now.trouble({ verb: "stop", when: "before", error: "silent" });
    await expect(engine.stop(id, 1)).rejects.toThrow(EngineSilent);
    expect((await engine.inspect(id))?.state).toBe("running");
    engine.now.trouble({ verb: "stop", when: "after", error: "refused" });
    await expect(engine.stop(id, 1)).rejects.toThrow(EngineRefused);
    expect((await engine.inspect(id))?.state).toBe("exited");
    expect(await engine.stop(id, 1)).toBe("already");
  });

  test("a restart ends its containers, unless it restores them live", async () => {
    const { engine, id } = withOne();
    engine.now.restarted({ liveRestore: true });
    expect((await engine.inspect(id))?.state).toBe("running");
    engine.now.restarted({ liveRestore: false });
    expect((await engine.inspect(id))?.state).toBe("exited");
  });

  test("another one goes on from what was saved, by way of JSON", async () => {
    const { engine, id } = withOne();
    const from = JSON.parse(JSON.stringify(engine.saved()));
    const next = memoryEngine({ clock: wallClock, images: [image], from });
    expect(await next.inspect("one")).toEqual(await engine.inspect(id));
    expect(next.now.planted({ name: "two" })).not.toBe(id);
  });

  test("a pull finds only what can be pulled", async () => {
    const { engine } = withOne();
    const quiet = new AbortController().signal;
    await expect(engine.pull("nobody/has-this:1", () => {}, quiet)).rejects.toThrow(EngineRefused);
    await engine.pull("some/image:1", () => {}, quiet);
    expect(await engine.image("some/image:1")).toBeDefined();
  });
});
