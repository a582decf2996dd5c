import { afterEach, beforeEach, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { containerView, ownContainers } from "../../src/containers/list.ts";
import { run } from "../../src/containers/run.ts";
import { freeGpu, retire, stop } from "../../src/containers/stop.ts";
import { why, whyNamed } from "../../src/containers/why.ts";
import { gpuOverview } from "../../src/gpu/overview.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { settledAndSound } from "./invariants.ts";
import { ready, settled } from "./steps.ts";

let database: TestDatabase;
let world: MemoryWorld;

beforeEach(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url);
  world.start();
});

afterEach(async () => {
  await settledAndSound(world).finally(() => world.end());
  await database.drop();
});

test("a deploy is granted, brought up and answers on its port with exactly its GPU", async () => {
  await ready(world);
  const ana = await world.member("ana");
  const asked = await deploy(world, { by: ana, requestId: "r1", project: "vision" });
  expect(asked.container.state).toBe("starting");
  expect(asked.devices).toHaveLength(1);

  const { container, devices, project } = await settled(world, asked.container.id, "running");
  const made = await world.engine.inspect("vision._.ana");
  expect(made?.state).toBe("running");
  expect(made?.devices).toEqual(devices.map((device) => device.id));
  expect(world.engine.sshAnswers(project.sshPort ?? 0)).toBe(true);
  expect(container.endsAt?.getTime()).toBe((container.runningAt?.getTime() ?? 0) + 8 * 3_600_000);
  expect(project.hostKey).toMatch(/^ssh-ed25519 /);
});

test("the same request twice is one container", async () => {
  await ready(world);
  const ana = await world.member("ana");
  const request = { by: ana, requestId: "r1", project: "vision" };
  const [first, second] = [await deploy(world, request), await deploy(world, request)];
  expect(second.container.id).toBe(first.container.id);
});

test("stop keeps the GPU for a while and run gives the same one back with the same end", async () => {
  await ready(world);
  const ana = await world.member("ana");
  const { container } = await deploy(world, { by: ana, requestId: "r1", project: "vision" });
  const running = await settled(world, container.id, "running");
  await stop(world, { by: ana, which: { project: "vision" } });
  const stopped = await settled(world, container.id, "stopped");
  expect(stopped.devices).toEqual(running.devices);
  expect(stopped.container.gpuKeptUntil).not.toBeNull();

  await run(world, { by: ana, which: { project: "vision" } });
  const again = await settled(world, container.id, "running");
  expect(again.devices.map((device) => device.id)).toEqual(running.devices.map((device) => device.id));
  expect(again.container.endsAt).toEqual(running.container.endsAt);
});

test("a GPU that was freed by hand goes to the next in the line, and run then waits for whatever is free first", async () => {
  await ready(world);
  const members = await Promise.all(
    ["ana", "ben", "chloe", "dmitri", "eve"].map((handle) => world.member(handle)),
  );
  const ana = members[0]!;
  const asked = [];
  for (const [n, by] of members.entries())
    asked.push(await deploy(world, { by, requestId: `r${n}`, project: "vision" }));
  expect(asked[4]?.container.state).toBe("waiting");
  expect(asked[4]?.container.waitsFor).toBe("No GPU is free.");
  await settled(world, asked[0]!.container.id, "running");

  await stop(world, { by: ana, which: { project: "vision" } });
  await settled(world, asked[0]!.container.id, "stopped");
  await freeGpu(world, { by: ana, which: { project: "vision" } });
  const eves = await settled(world, asked[4]!.container.id, "running");

  const waits = await run(world, { by: ana, which: { project: "vision" } });
  expect(waits.container.state).toBe("waiting");
  expect(waits.container.waitsFor).toBe("No GPU is free.");
  const bens = await settled(world, asked[1]!.container.id, "running");
  await retire(world, { by: members[1]!, which: { project: "vision" } });
  const back = await settled(world, asked[0]!.container.id, "running");
  expect(back.devices).toEqual(bens.devices);
  expect(eves.devices).toEqual(expect.not.arrayContaining(back.devices));
});

test("after retire the same project comes back with the same port, host key and workspace", async () => {
  await ready(world);
  const ana = await world.member("ana");
  const first = await deploy(world, { by: ana, requestId: "r1", project: "vision" });
  const before = await settled(world, first.container.id, "running");
  await retire(world, { by: ana, which: { project: "vision" } });
  await settled(world, first.container.id, "retired");
  expect(await world.engine.inspect("vision._.ana")).toBeUndefined();
  expect(await ownContainers(world, ana)).toEqual([]);

  const second = await deploy(world, { by: ana, requestId: "r2", project: "vision" });
  const after = await settled(world, second.container.id, "running");
  expect(after.project).toEqual({ ...before.project, portReleasedAt: null });
  expect(after.container.id).not.toBe(before.container.id);
});

test("a start that the engine refuses is cleaned up, failed and told, and its GPU is free", async () => {
  await ready(world);
  const ana = await world.member("ana");
  world.engine.now.trouble({ verb: "start", when: "before", error: "refused" });
  const { container } = await deploy(world, { by: ana, requestId: "r1", project: "vision" });
  await settled(world, container.id, "failed");
  expect(await world.engine.inspect("vision._.ana")).toBeUndefined();
  expect((await gpuOverview(world)).devices.every((shown) => !shown.holder)).toBe(true);
  const [last] = await why(world, { by: ana, isAdmin: false, containerId: container.id });
  expect(last?.what).toBe("failed");
});

test("while the engine is silent nothing ends, and afterwards it goes on", async () => {
  await ready(world);
  const ana = await world.member("ana");
  const { container } = await deploy(world, { by: ana, requestId: "r1", project: "vision" });
  await settled(world, container.id, "running");
  world.engine.now.silent(true);
  await retire(world, { by: ana, which: { project: "vision" } });
  const stuck = await world.until(async () => {
    const view = await containerView(world, container.id);
    return view?.container.trouble ? view : undefined;
  }, "the trouble to be noted");
  expect(stuck.devices).toHaveLength(1);
  world.engine.now.silent(false);
  await settled(world, container.id, "retired");
});

test("why is answered of a container that is gone too: to its owner by project, to admins by owner and project", async () => {
  await ready(world);
  const [ana, ben] = [await world.member("ana"), await world.member("ben")];
  const { container } = await deploy(world, { by: ana, requestId: "r1", project: "vision" });
  await settled(world, container.id, "running");
  await retire(world, { by: ana, which: { project: "vision" } });
  await settled(world, container.id, "retired");

  const own = await whyNamed(world, { by: ana, isAdmin: false, name: "vision" });
  expect(own[0]?.what).toBe("retired");
  expect(await whyNamed(world, { by: ben, isAdmin: true, name: "ana/vision" })).toEqual(own);
  const reason = "no-container";
  for (const name of ["ana/vision", "vision", "eve/vision", "/", ""])
    await expect(whyNamed(world, { by: ben, isAdmin: false, name })).rejects.toMatchObject({ reason });
});
