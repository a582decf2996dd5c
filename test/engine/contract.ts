import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ContainerSpec, Engine, EngineChange } from "../../src/engine/engine.ts";
import { EngineSilent } from "../../src/errors.ts";

/** What the contract needs of the engine it is tried on. */
export type Bench = {
  engine: Engine;
  /** An image that is there and has /bin/sh. */
  image: string;
  /** A directory that may be mounted, and one that may not. */
  mountable: string;
  forbidden: string;
  sshBind: string;
  /** A device that can be given. */
  device: string;
  /** Puts so many bytes, at least, into a file of a running container; answers how many. */
  write(id: string, path: string, bytes: number): Promise<number>;
  /** The engine answers nothing until the returned function was called. */
  silence(): Promise<() => Promise<void>>;
  clear(): Promise<void>;
};

/** What every engine must do: run against the real one and against the one in memory. */
export function engineContract(name: string, makeBench: () => Promise<Bench>): void {
  describe(`the contract of an engine: ${name}`, () => {
    let bench: Bench;
    let engine: Engine;

    beforeAll(async () => {
      bench = await makeBench();
      engine = bench.engine;
    });
    beforeEach(() => bench.clear());

    function spec(over: Partial<ContainerSpec> = {}): ContainerSpec {
      return {
        name: "vision._.ana",
        hostName: "vision",
        image: bench.image,
        labels: { "berth.instance": "contract", "berth.container": "7", "berth.run": "1" },
        env: { GREETING: "hello there" },
        entrypoint: ["/bin/sh", "-c", "trap 'exit 0' TERM; echo up and running; sleep 600 & wait"],
        workingDir: "/workspace",
        cpus: 1,
        memoryBytes: 256 * 2 ** 20,
        shmBytes: 64 * 2 ** 20,
        pids: 64,
        sudo: true,
        ptrace: false,
        devices: [],
        mounts: [{ source: bench.mountable, target: "/workspace", readOnly: false }],
        ssh: { bind: bench.sshBind, port: 22931 },
        stopGraceSeconds: 2,
        ...over,
      };
    }

    async function made(over: Partial<ContainerSpec> = {}): Promise<string> {
      const made = await engine.create(spec(over));
      if (!("id" in made)) throw new Error(`not made: ${made.is}`);
      return made.id;
    }

    async function running(over: Partial<ContainerSpec> = {}): Promise<string> {
      const id = await made(over);
      expect(await engine.start(id)).toBe("started");
      return id;
    }

    test("tells what it is", async () => {
      const facts = await engine.facts();
      expect(facts.kind).toBe("docker");
      expect(facts.cpus).toBeGreaterThan(0);
      expect(facts.memoryBytes).toBeGreaterThan(2 ** 28);
      expect(["1", "2"]).toContain(facts.cgroupVersion);
      expect(facts.rootDir).toMatch(/^\//);
      // Learnt, and then known.
      for (const _time of [1, 2]) expect(await engine.imagesDir()).toBe(facts.rootDir);
    });

    test("makes a container once: the same making is found, another under its name is not touched", async () => {
      const first = await engine.create(spec());
      expect(first).toMatchObject({ is: "created" });
      expect(await engine.create(spec())).toEqual({ ...first, is: "there" });
      const rerun = { "berth.instance": "contract", "berth.container": "7", "berth.run": "2" };
      expect(await engine.create(spec({ labels: rerun }))).toEqual({ is: "name-taken" });
      expect(await engine.list()).toHaveLength(1);
    });

    test("says when the image is not there", async () => {
      expect(await engine.create(spec({ image: "nobody/has-this:1" }))).toEqual({ is: "no-image" });
      expect(await engine.image("nobody/has-this:1")).toBeUndefined();
      expect((await engine.image(bench.image))?.id).toMatch(/^sha256:[0-9a-f]{64}$/);
    });

    test("takes an image by its id", async () => {
      const image = await engine.image(bench.image);
      expect(await engine.create(spec({ image: image?.id ?? "" }))).toMatchObject({ is: "created" });
    });

    test("lists and looks at a container, by id and by name", async () => {
      const id = await made({ devices: [bench.device] });
      const asItIs = {
        id,
        name: "vision._.ana",
        state: "created",
        devices: [bench.device],
        labels: expect.objectContaining({ "berth.container": "7" }),
        imageId: (await engine.image(bench.image))?.id,
      };
      expect(await engine.list()).toEqual([expect.objectContaining(asItIs)]);
      expect(await engine.inspect(id)).toMatchObject(asItIs);
      expect(await engine.inspect("vision._.ana")).toMatchObject(asItIs);
      expect(await engine.inspect("vision._.ben")).toBeUndefined();
    });

    test("starts, stops and removes, and says so when that was done before", async () => {
      const id = await made();
      expect(await engine.stop(id, 1)).toBe("already");
      expect(await engine.start(id)).toBe("started");
      expect(await engine.start(id)).toBe("already");
      const now = await engine.inspect(id);
      expect(now).toMatchObject({ state: "running", pid: expect.any(Number), startedAt: expect.any(Date) });
      expect(now?.finishedAt).toBeUndefined();

      expect(await engine.stop(id, 5)).toBe("stopped");
      expect(await engine.stop(id, 5)).toBe("already");
      const ended = await engine.inspect(id);
      expect(ended).toMatchObject({ state: "exited", exitCode: 0, finishedAt: expect.any(Date) });
      expect(ended?.pid).toBeUndefined();
      expect(await engine.start(id)).toBe("started");

      expect(await engine.remove(id)).toBe("removed");
      expect(await engine.remove(id)).toBe("gone");
      expect(await engine.inspect(id)).toBeUndefined();
    });

    test("says of one that is gone that it is gone", async () => {
      const id = "0".repeat(64);
      expect(await engine.start(id)).toBe("gone");
      expect(await engine.stop(id, 1)).toBe("gone");
      expect(await engine.remove(id)).toBe("gone");
      expect(await engine.exec(id, ["true"], 5)).toBe("gone");
      expect(await engine.lastWords(id, 3)).toBe("");
      expect(await engine.layerBytes(id)).toBe("gone");
      expect(await engine.rename(id, "vision._.ana")).toBe("gone");
      expect(await engine.commit(id, { ref: "contract:gone", labels: {} }, patient())).toEqual({
        is: "gone",
      });
    });

    test("says when the port is taken, and starts it once the port is free", async () => {
      const holder = await running({ name: "holder._.ben" });
      const id = await made();
      expect(await engine.start(id)).toBe("port-taken");
      expect((await engine.inspect(id))?.state).not.toBe("running");
      await engine.remove(holder);
      expect(await engine.start(id)).toBe("started");
    });

    test("runs nothing in a container that is stopped", async () => {
      const id = await running();
      expect(await engine.exec(id, ["true"], 20)).toMatchObject({ exitCode: 0 });
      await engine.stop(id, 5);
      expect(await engine.exec(id, ["true"], 20)).toBe("gone");
    });

    /** Until nothing is left of it. */
    async function removeImage(id: string): Promise<void> {
      expect(await engine.removeImage(id)).toBe("removed");
    }
    const patient = () => AbortSignal.timeout(120_000);

    test("makes an image of a container that was stopped, again and again, each on the one before", async () => {
      const ref = "contract-committed:resume-7";
      const base = await engine.image(bench.image);
      const id = await running({ image: base?.id ?? "" });
      const bytes = await bench.write(id, "/opt/by-hand", 3_000_000);
      await engine.stop(id, 5);
      expect(await engine.layerBytes(id)).toBeGreaterThanOrEqual(bytes);
      const before = await engine.inspect(id);

      const first = await engine.commit(id, { ref, labels: { "berth.resume.run": "2" } }, patient());
      if (first.is === "gone") throw new Error("it is gone");
      const seen = await engine.image(ref);
      expect(seen).toMatchObject({
        id: first.imageId,
        labels: { "berth.instance": "contract", "berth.container": "7", "berth.resume.run": "2" },
      });
      expect(seen?.layers.slice(0, -1)).toEqual(base?.layers);
      expect(seen?.sizeBytes).toBeGreaterThanOrEqual((base?.sizeBytes ?? 0) + bytes);
      // The container is what it was.
      expect(await engine.inspect(id)).toEqual(before);

      const labels = { "berth.instance": "contract", "berth.container": "7", "berth.run": "2" };
      const next = await made({ name: "vision._.ana.next", image: first.imageId, labels });
      expect(await engine.layerBytes(next)).toBeLessThan(bytes);
      const second = await engine.commit(next, { ref, labels: { "berth.resume.run": "3" } }, patient());
      if (second.is === "gone") throw new Error("it is gone");
      const again = await engine.image(ref);
      expect(again).toMatchObject({ id: second.imageId, labels: { "berth.resume.run": "3" } });
      // Nothing was written in that one.
      expect(again?.layers).toEqual(seen?.layers);

      // The name moved; what it named goes with the last that stands on it.
      await engine.remove(id);
      await engine.remove(next);
      expect((await engine.image(first.imageId))?.id).toBe(first.imageId);
      await removeImage(second.imageId);
      expect(await engine.image(first.imageId)).toBeUndefined();
      expect((await engine.image(bench.image))?.id).toBe(base?.id);
    });

    test("a commit that is given up ends with the reason", async () => {
      const id = await made();
      const wanted = { ref: "contract-committed:given-up", labels: {} };
      const given = AbortSignal.abort(new Error("enough"));
      await expect(engine.commit(id, wanted, given)).rejects.toThrow("enough");
      expect(await engine.image(wanted.ref)).toBeUndefined();
    });

    test("renames a container, and not to what another is called", async () => {
      const id = await made({ name: "vision._.ana.next" });
      const other = await made({ name: "audio._.ben" });
      expect(await engine.rename(id, "audio._.ben")).toBe("name-taken");
      expect(await engine.rename(id, "vision._.ana")).toBe("renamed");
      expect(await engine.rename(id, "vision._.ana")).toBe("renamed");
      expect((await engine.inspect("vision._.ana"))?.id).toBe(id);
      expect(await engine.inspect("vision._.ana.next")).toBeUndefined();
      expect((await engine.list()).map(({ name }) => name).toSorted()).toEqual([
        "audio._.ben",
        "vision._.ana",
      ]);
      await engine.remove(other);
    });

    describe("watching", () => {
      const stop = new AbortController();
      afterEach(() => stop.abort());

      test("hears of a start, an end and a removal, and nothing after it was told to stop", async () => {
        const heard: EngineChange[] = [];
        engine.watch((change) => heard.push(change), stop.signal);
        // The stream may need a moment to open: a start that comes before it is not heard.
        const id = await made();
        await vi.waitFor(
          async () => {
            await engine.start(id);
            await engine.stop(id, 5);
            expect(heard.map((change) => change.what)).toEqual(expect.arrayContaining(["start", "die"]));
          },
          { timeout: 60_000, interval: 200 },
        );
        await engine.remove(id);
        await vi.waitFor(() => expect(heard.at(-1)).toEqual({ what: "destroy", id, name: "vision._.ana" }), {
          timeout: 20_000,
        });
        stop.abort();
        const before = heard.length;
        const other = await running({ name: "other._.ben", ssh: { bind: bench.sshBind, port: 22932 } });
        await engine.remove(other);
        expect(heard).toHaveLength(before);
      });
    });

    test.each([
      [
        "a directory of the host outside the roots",
        (b: Bench) => ({ mounts: [{ source: b.forbidden, target: "/data/x", readOnly: true }] }),
      ],
      [
        "a way out of the roots",
        (b: Bench) => ({ mounts: [{ source: `${b.mountable}/../..`, target: "/data/x", readOnly: true }] }),
      ],
      [
        "a newline in a label",
        () => ({
          labels: { "berth.instance": "contract", "berth.container": "7\nberth.member=1", "berth.run": "1" },
        }),
      ],
      ["an escape in the environment", () => ({ env: { A: "\u001b[2J" } })],
      ["a strange name", () => ({ name: "../vision" })],
      ["every GPU", () => ({ devices: ["all"] })],
      ["no address to publish on", () => ({ ssh: { bind: "", port: 22931 } })],
      ["no memory limit", () => ({ memoryBytes: 0 })],
    ])("never asks for %s", async (_what, over) => {
      await expect(engine.create(spec(over(bench)))).rejects.toThrow("held back");
      expect(await engine.list()).toEqual([]);
    });

    test("silence is told apart from gone, for every verb", async () => {
      const id = await running();
      const heal = await bench.silence();
      try {
        const verbs: Promise<unknown>[] = [
          engine.facts(),
          engine.imagesDir(),
          engine.list(),
          engine.inspect(id),
          engine.create(spec({ name: "other._.ben" })),
          engine.start(id),
          engine.stop(id, 1),
          engine.remove(id),
          engine.layerBytes(id),
          engine.commit(id, { ref: "contract:silent", labels: {} }, patient()),
          engine.rename(id, "other._.ben"),
          engine.image(bench.image),
          engine.exec(id, ["true"], 5),
          engine.lastWords(id, 3),
          engine.pull("some/image:1", () => {}, AbortSignal.timeout(10_000)),
          engine.ensureNetwork(),
        ];
        for (const outcome of await Promise.allSettled(verbs)) {
          expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(EngineSilent) });
        }
      } finally {
        await heal();
      }
      expect((await engine.inspect(id))?.id).toBe(id);
    });
  });
}
