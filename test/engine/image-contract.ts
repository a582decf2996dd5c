import tar from "tar-stream";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BuildNow, BuildOrder, BuildResult } from "../../src/engine/build.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { EngineSilent } from "../../src/errors.ts";

/** What the images' part of the contract needs of the engine it is tried on. Its instance is `contract`. */
export type ImageBench = {
  engine: Engine;
  /** An image that is there and has /bin/sh. */
  image: string;
  /** A container from an image, not started; answers its id. */
  container(imageId: string): Promise<string>;
  silence(): Promise<() => Promise<void>>;
  clear(): Promise<void>;
};

/** What every engine must do with images: run against the real one and against the one in memory. */
export function imageContract(name: string, makeBench: () => Promise<ImageBench>): void {
  describe(`the contract of an engine's images: ${name}`, () => {
    let bench: ImageBench;
    let engine: Engine;
    let count = 0;

    beforeAll(async () => {
      bench = await makeBench();
      engine = bench.engine;
      await removeOurs();
    });
    beforeEach(() => bench.clear());
    afterAll(async () => {
      await bench?.clear();
      await removeOurs();
    });

    async function removeOurs(): Promise<void> {
      for (const { id, labels } of (await engine.diskUse()).images)
        if (labels["berth.instance"] === "contract") await engine.removeImage(id);
    }

    function order(steps: string, over: Partial<BuildOrder> = {}): BuildOrder {
      const id = `contract-${process.pid}-${++count}`;
      return {
        id,
        dockerfile: `FROM ${bench.image}\n${steps}\n`,
        files: new Map(),
        labels: { "berth.instance": "contract", "berth.build": id },
        tags: [`contract/built:${id}`],
        buildArgs: {},
        registryLogins: {},
        ...over,
      };
    }

    async function build(
      one: BuildOrder,
      signal = AbortSignal.timeout(120_000),
    ): Promise<{ result: BuildResult; last: BuildNow; log: string }> {
      const told: BuildNow[] = [];
      const result = await engine.build(one, (now) => void told.push(now), signal);
      const last = told.at(-1);
      if (!last) throw new Error("nothing was told");
      return { result, last, log: told.map((now) => now.log).join("") };
    }

    async function made(steps: string, over: Partial<BuildOrder> = {}): Promise<string> {
      const { result } = await build(order(steps, over));
      if (result.is !== "ready") throw new Error(result.error);
      return result.imageId;
    }

    test("builds what a Dockerfile says, from the files it is given, with labels and names", async () => {
      const one = order("COPY greeting /greeting\nRUN cat /greeting", {
        files: new Map([["greeting", "hello, wörld\n"]]),
      });
      const { result, last } = await build(one);
      if (result.is !== "ready") throw new Error(result.error);
      expect(result.sizeBytes).toBeGreaterThan(1e6);
      expect((await engine.image(one.tags[0] ?? ""))?.id).toBe(result.imageId);
      const numbered = last.steps.filter((step) => step.name.startsWith("["));
      expect(numbered.map((step) => step.name)).toEqual([
        expect.stringMatching(/^\[1\/3\] FROM /),
        "[2/3] COPY greeting /greeting",
        "[3/3] RUN cat /greeting",
      ]);
      expect(numbered.every((step) => step.seconds !== undefined)).toBe(true);
      expect(last.of).toBe(last.steps.length);
      expect(await engine.readFiles(result.imageId, ["/greeting", "/nothing/here"])).toEqual(
        new Map([
          ["/greeting", "hello, wörld\n"],
          ["/nothing/here", undefined],
        ]),
      );
      const listed = (await engine.diskUse()).images.find((image) => image.id === result.imageId);
      expect(listed).toMatchObject({ refs: one.tags, labels: one.labels, containers: 0 });
      expect(listed?.sharedBytes).toBeLessThanOrEqual(listed?.bytes ?? 0);
    });

    test("takes from the cache what was built before; the same order is the same image", async () => {
      const one = order("RUN echo built before\nRUN echo and this");
      const first = await build(one);
      const again = await build({ ...one, id: `${one.id}-again` });
      expect(again.result).toEqual(first.result);
      const steps = again.last.steps.filter((step) => step.name.includes("RUN"));
      expect(steps.map((step) => step.cached)).toEqual([true, true]);
      const more = await build(order("RUN echo built before\nRUN echo and that"));
      const changed = more.last.steps.filter((step) => step.name.includes("RUN"));
      expect(changed.map((step) => step.cached)).toEqual([true, false]);
    });

    test("tells of an image's layers: the same for the same files, whatever it is called", async () => {
      const one = order("RUN echo in a layer > /layer");
      const built = await Promise.all([
        build(one),
        build({ ...one, id: `${one.id}-labelled`, labels: { ...one.labels, another: "label" } }),
        build(order("RUN echo in another > /layer")),
      ]);
      const [first, labelled, other] = await Promise.all(
        built.map(({ result }) => engine.image(result.is === "ready" ? result.imageId : "")),
      );
      expect(labelled?.id).not.toBe(first?.id);
      expect(labelled?.layers).toEqual(first?.layers);
      expect(other?.layers).not.toEqual(first?.layers);
    });

    test("a base that is not there is a failure in words", async () => {
      const one = order("", { dockerfile: "FROM localhost:1/nobody/has-this:1\nRUN true\n" });
      const { result } = await build(one);
      expect(result).toEqual({
        is: "failed",
        step: undefined,
        error: expect.stringContaining("nobody/has-this"),
      });
      expect(await engine.image(one.tags[0] ?? "")).toBeUndefined();
    });

    test("a build that is given up ends with the reason, and nothing of it is there", async () => {
      const given = new AbortController();
      const one = order(`RUN echo ${Date.now()} && sleep 300\nRUN echo over`);
      const building = engine.build(
        one,
        (now) => now.steps.some((step) => step.name.includes("sleep")) && given.abort(new Error("enough")),
        given.signal,
      );
      await expect(building).rejects.toThrow("enough");
      expect(await engine.image(one.tags[0] ?? "")).toBeUndefined();
      await expect(build(one, AbortSignal.abort(new Error("before it began")))).rejects.toThrow(
        "before it began",
      );
    });

    test("two builds at once know nothing of each other", async () => {
      const [one, other] = ["one", "other"].map((text) =>
        order("COPY secret /secret\nRUN sleep 1", { files: new Map([["secret", text]]) }),
      ) as [BuildOrder, BuildOrder];
      const [first, second] = await Promise.all([build(one), build(other)]);
      const ids = [first, second].map(({ result }) =>
        result.is === "ready" ? result.imageId : result.error,
      );
      const texts = await Promise.all(ids.map((id) => engine.readFiles(id, ["/secret"])));
      expect(texts.map((found) => found.get("/secret"))).toEqual(["one", "other"]);
    });

    test("names come, move and go; an image goes with its last one", async () => {
      const first = await made("RUN echo first");
      const second = await made("RUN echo second");
      const name = "contract/named:latest";
      expect(await engine.tagImage(first, name)).toBe("tagged");
      expect(await engine.tagImage(first, name)).toBe("tagged");
      expect((await engine.image(name))?.id).toBe(first);
      expect(await engine.tagImage(second, name)).toBe("tagged");
      expect((await engine.image("contract/named"))?.id).toBe(second);
      expect(await engine.untagImage(name)).toBe("untagged");
      expect(await engine.untagImage(name)).toBe("gone");
      expect((await engine.image(second))?.id).toBe(second);

      expect(await engine.removeImage(second)).toBe("removed");
      expect(await engine.removeImage(second)).toBe("gone");
      expect(await engine.image(second)).toBeUndefined();
      expect(await engine.tagImage(second, name)).toBe("gone");
      expect((await engine.image(first))?.id).toBe(first);
    });

    test("an image that a container is made from stays, with all its names, running or not", async () => {
      const one = order("RUN echo in use");
      const { result } = await build({
        ...one,
        tags: [...one.tags, "contract/used:one", "contract/used:two"],
      });
      if (result.is !== "ready") throw new Error(result.error);
      const { imageId } = result;
      const container = await bench.container(imageId);
      expect(await engine.removeImage(imageId)).toBe("in-use");
      const named = () =>
        engine.diskUse().then(({ images }) => images.find((image) => image.id === imageId)?.refs.toSorted());
      expect(await named()).toEqual([...one.tags, "contract/used:one", "contract/used:two"].toSorted());
      expect((await engine.diskUse()).images.find((image) => image.id === imageId)?.containers).toBe(1);

      expect(await engine.untagImage("contract/used:one")).toBe("untagged");
      expect(await engine.untagImage("contract/used:two")).toBe("untagged");
      expect(await engine.untagImage(one.tags[0] ?? "")).toBe("in-use");
      expect(await named()).toEqual(one.tags);
      await engine.remove(container);
      expect(await engine.untagImage(one.tags[0] ?? "")).toBe("untagged");
      expect(await engine.image(imageId)).toBeUndefined();
    });

    test("a prune takes what is ours and has no name, and nothing else", async () => {
      const nameless = await made("RUN echo nameless", { tags: [] });
      const used = await made("RUN echo nameless but used", { tags: [] });
      const named = await made("RUN echo named");
      const foreign = await made("RUN echo of somebody else", {
        tags: [],
        labels: { "berth.instance": "another", "berth.build": "1" },
      });
      await bench.container(used);
      await engine.prune(24);
      const left = (await engine.diskUse()).images.map((image) => image.id);
      expect(left).toEqual(expect.arrayContaining([used, named, foreign]));
      expect(left).not.toContain(nameless);
      await engine.removeImage(foreign);
    });

    test("a prune frees the cache that nobody used for so long, and a build makes it anew", async () => {
      const steps = "RUN head -c 3000000 /dev/urandom > /kept-in-the-cache";
      const one = order(steps);
      const { result } = await build(one);
      if (result.is !== "ready") throw new Error(result.error);
      expect(await engine.removeImage(result.imageId)).toBe("removed");
      const before = await engine.diskUse();
      expect(before.buildCacheUnusedBytes).toBeGreaterThan(3_000_000);
      await engine.prune(24);
      expect((await build(order(steps))).last.steps.at(1)?.cached).toBe(true);
      await removeOurs();
      expect((await engine.prune(0)).freedBytes).toBeGreaterThan(3_000_000);
      expect((await engine.diskUse()).buildCacheUnusedBytes).toBeLessThan(before.buildCacheUnusedBytes);
      expect((await build(order(steps))).last.steps.at(1)?.cached).toBe(false);
    });

    test("reading files of an image leaves no container, and of none that is not there", async () => {
      const image = await engine.image(bench.image);
      const read = await engine.readFiles(image?.id ?? "", ["/etc/os-release"]);
      expect(read.get("/etc/os-release")).toMatch(/^ID=/m);
      expect(await engine.readFiles(`sha256:${"0".repeat(64)}`, ["/etc/os-release"])).toEqual(
        new Map([["/etc/os-release", undefined]]),
      );
      expect((await engine.diskUse()).containers).toEqual([]);
    });

    test("what a context has stands below the order's own files, and never for the Dockerfile", async () => {
      const context = () => {
        const pack = tar.pack();
        pack.entry({ name: "data.txt" }, "of the workspace");
        pack.entry({ name: "own.txt" }, "of the workspace");
        pack.entry({ name: "./.berth.Dockerfile" }, "FROM scratch\n");
        pack.finalize();
        return pack as unknown as NodeJS.ReadableStream;
      };
      const one = order("COPY own.txt /own.txt", {
        files: new Map([["own.txt", "of the order"]]),
        context: { tar: context },
      });
      const { result } = await build(one);
      if (result.is !== "ready") throw new Error(result.error);
      expect((await engine.readFiles(result.imageId, ["/own.txt"])).get("/own.txt")).toBe("of the order");
    });

    test("silence is told apart from no, for every verb and in the middle of a build", async () => {
      const id = await made("RUN echo silence");
      const begun = Promise.withResolvers<void>();
      const broken = engine.build(
        order(`RUN echo ${Date.now()} && sleep 300`),
        (now) => now.steps.some((step) => step.name.includes("sleep")) && begun.resolve(),
        AbortSignal.timeout(120_000),
      );
      const outcome = broken.then(
        () => "ended",
        (error: unknown) => error,
      );
      // The one in memory would be through in no time if nothing held it.
      await Promise.race([begun.promise, outcome]);
      const heal = await bench.silence();
      try {
        expect(await outcome).toBeInstanceOf(EngineSilent);
        const verbs: Promise<unknown>[] = [
          build(order("RUN true")),
          engine.tagImage(id, "contract/silent:1"),
          engine.untagImage("contract/silent:1"),
          engine.removeImage(id),
          engine.readFiles(id, ["/etc/os-release"]),
          engine.diskUse(),
          engine.prune(24),
        ];
        for (const one of await Promise.allSettled(verbs)) {
          expect(one).toMatchObject({ status: "rejected", reason: expect.any(EngineSilent) });
        }
      } finally {
        await heal();
      }
      expect((await engine.image(id))?.id).toBe(id);
      expect((await build(order("RUN echo after it"))).result.is).toBe("ready");
    });
  });
}
