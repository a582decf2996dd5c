import { afterEach, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { settled } from "../containers/steps.ts";
import { type EndsLab, endsLab } from "./lab.ts";

let lab: EndsLab;
afterEach(() => lab?.end());

const gpu = { kind: "gpu", count: 1 } as const;

/** A night that begins 90 minutes from now and ends 5 hours from now; nine o'clock is an hour after it. */
function tonight(): string {
  const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16);
  return `night: { from: "${at(90)}", to: "${at(300)}", moved_to: "${at(360)}" }`;
}

const policy = () =>
  `enrol: open\n${tonight()}\ndefaults: { max_containers: 50, max_waiting: 50, max_gpu_equivalents: 8, memory_gib: 1, cpus: 1 }`;

test("nobody waits: it goes on through the night, and both notices come in the morning", async () => {
  lab = await endsLab({ policy: policy() });
  const id = await lab.running(2, gpu);
  lab.passes(61);
  await lab.world.until(
    async () => (await lab.ends(id)).join() === "end moved,end armed",
    "it to be put off",
  );
  const left = await lab.minutesLeft(id);
  expect(left).toBeGreaterThan(295);
  expect(left).toBeLessThan(301);
  expect(await lab.told(id)).toEqual([]);
  const row = await lab.row(id);
  expect((row.endsAt!.getTime() - lab.clock.now().getTime()) / 60_000).toBeCloseTo(left, -1);
  const [moved] = await lab.happened(id, "end-moved");
  expect(moved?.because).toMatch(
    /^Its 2 hours are over\. It would have been ⟦\d+⟧: nobody waited for it, so it was put off until the morning\.$/,
  );
  expect(moved?.evidence).toMatchObject({ putOffAtNight: { from: expect.any(String) } });
  lab.passes(left - 59);
  await lab.untilTold(id, ["first 1 accepted"]);
  lab.passes(45);
  await lab.untilTold(id, ["first 1 accepted", "last 1 accepted"]);
  lab.passes(16);
  await settled(lab.world, id, "stopped");
});

test("somebody waits for what it holds: it is told at night, and ends", async () => {
  lab = await endsLab({ policy: policy(), gpus: 1 });
  const id = await lab.running(2, gpu);
  const ben = await lab.world.member("ben");
  const { container } = await deploy(lab.world, {
    by: ben,
    requestId: "b",
    project: "b",
    hours: 1,
    wish: gpu,
  });
  expect(container.state).toBe("waiting");
  lab.passes(61);
  await lab.untilTold(id, ["first 1 accepted"]);
  lab.passes(45);
  await lab.untilTold(id, ["first 1 accepted", "last 1 accepted"]);
  lab.passes(16);
  await settled(lab.world, id, "stopped");
  await settled(lab.world, container.id, "running");
});

test("what is stopped is removed by day", async () => {
  lab = await endsLab({
    policy: `${policy()}\nnotices: { remove_first_h: 1 }`.replace(
      "memory_gib",
      "container_hold_after_stop_h: 3, memory_gib",
    ),
  });
  const id = await lab.running(1);
  await lab.untilTold(id, ["first 1 accepted"]);
  lab.passes(46);
  await lab.untilTold(id, ["first 1 accepted", "last 1 accepted"]);
  lab.passes(16);
  await settled(lab.world, id, "stopped");
  lab.passes(121);
  await lab.world.until(
    async () => (await lab.happened(id, "end-moved")).length === 1,
    "the removal to be put off",
  );
  expect(await lab.minutesLeft(id)).toBeGreaterThan(150);
});
