import { describe, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { containerView } from "../../src/containers/list.ts";
import { move } from "../../src/containers/move.ts";
import { run } from "../../src/containers/run.ts";
import { freeGpu, retire, stop } from "../../src/containers/stop.ts";
import { Refusal } from "../../src/errors.ts";
import { carriedLabels } from "../../src/images/carried.ts";
import { watchNode } from "../../src/jobs/watch-node.ts";
import { containerByRequest } from "../../src/ledger/queries/containers.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import type { World } from "../../src/world.ts";
import { settledAndSound } from "../containers/invariants.ts";
import { sentences, settled, story } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { type Life, life } from "./mortal.ts";

/**
 * A bot does a deploy, a stop, a run, a retire, and is killed before or after every single thing that it does to the
 * engine, the host and the ledger, one after the other. A second bot on the same machine and database goes on, whoever
 * asked asks again as Slack would, and in the end all is as if nobody had been killed.
 */
const never = new AbortController().signal;
const project = { project: "vision" };

type Act = {
  /** What the person did before, in peace. If that is a member, they have a container by then as well. */
  before: (world: MemoryWorld, by: ActiveMember) => Promise<unknown>;
  ask: (world: World, by: ActiveMember) => Promise<unknown>;
  end: {
    state: "running" | "stopped" | "retired";
    engine: "running" | "exited" | undefined;
    devices: number;
    /** Images that carry what was changed in it. */
    carried?: number;
  };
  leastSteps: number;
  /**
   * Its bot is killed after each thing that changed something, and nowhere else: until the next such thing all is the same, and
   * these acts are long.
   */
  afterChanges?: true;
};

const ofMember = (by: ActiveMember) => `of-${by.handle}`;
const deployed = (world: World, by: ActiveMember) =>
  deploy(world, { by, requestId: ofMember(by), ...project }).then(({ container }) => container.id);

async function bringTo(world: World, containerId: number): Promise<void> {
  for (let tries = 0; tries < 50; tries++) if ((await move(world, containerId, never)) === "done") return;
  throw new Error(`container ${containerId} does not come to rest`);
}

async function runs(world: World, by: ActiveMember): Promise<void> {
  await bringTo(world, await deployed(world, by));
}

async function rests(world: World, by: ActiveMember): Promise<void> {
  await runs(world, by);
  await stop(world, { by, which: project });
  await bringTo(world, await deployed(world, by));
}

const written = 3_000_000_000;

/** Stopped, and somebody else has its GPU by now: of two one is left. */
async function restsBeside(world: MemoryWorld, by: ActiveMember, bytes: number): Promise<ActiveMember> {
  await rests(world, by);
  world.engine.now.wrote(`vision._.${by.handle}`, bytes);
  await freeGpu(world, { by, which: project });
  await bringTo(world, await deployed(world, by));
  const other = await world.member(`${by.handle}-other`);
  await runs(world, other);
  return other;
}

/** And there was too much in it to be brought to the other. */
async function restsTooLarge(world: MemoryWorld, by: ActiveMember): Promise<ActiveMember> {
  const other = await restsBeside(world, by, 60 * 2 ** 30);
  await run(world, { by, which: project });
  await bringTo(world, await deployed(world, by));
  return other;
}

const acts: Record<string, Act> = {
  deploy: {
    before: async () => {},
    ask: deployed,
    end: { state: "running", engine: "running", devices: 1 },
    leastSteps: 22,
  },
  stop: {
    before: runs,
    ask: (world, by) => stop(world, { by, which: project }),
    end: { state: "stopped", engine: "exited", devices: 1 },
    leastSteps: 12,
  },
  run: {
    before: rests,
    ask: (world, by) => run(world, { by, which: project }),
    end: { state: "running", engine: "running", devices: 1 },
    leastSteps: 12,
  },
  "run, on another GPU": {
    before: (world, by) => restsBeside(world, by, written),
    ask: (world, by) => run(world, { by, which: project }),
    end: { state: "running", engine: "running", devices: 1, carried: 1 },
    leastSteps: 34,
    afterChanges: true,
  },
  "start fresh, on another GPU": {
    before: restsTooLarge,
    ask: (world, by) => run(world, { by, which: project, fresh: true }),
    end: { state: "running", engine: "running", devices: 1 },
    leastSteps: 28,
    afterChanges: true,
  },
  "run, with too much in it for another GPU": {
    before: (world, by) => restsBeside(world, by, 60 * 2 ** 30),
    // Slack delivers nothing twice that was answered: else it would ask for its own GPU then, and wait.
    async ask(world, by) {
      const view = await containerView(world, await deployed(world, by));
      if (view?.container.run === 1) await run(world, { by, which: project });
    },
    end: { state: "stopped", engine: "exited", devices: 0 },
    leastSteps: 24,
    afterChanges: true,
  },
  "retire, running": {
    before: runs,
    ask: (world, by) => retire(world, { by, which: project }),
    end: { state: "retired", engine: undefined, devices: 0 },
    leastSteps: 14,
  },
  "retire, stopped": {
    before: rests,
    ask: (world, by) => retire(world, { by, which: project }),
    end: { state: "retired", engine: undefined, devices: 0 },
    leastSteps: 8,
  },
};

const changes = new Set(
  ["commit", "create", "remove", "rename", "start", "untagImage", "ensureWorkspace"].map(
    (verb) => `after ${verb}`,
  ),
);

/** A machine of its own for each act, so that they can be played beside each other. */
type Scene = {
  database: TestDatabase;
  /** Keeps engine and host; writes nothing. */
  machine: MemoryWorld;
};

async function onScene(play: (scene: Scene) => Promise<void>): Promise<void> {
  const database = await freshDatabase();
  const machine = await memoryWorld(database.url, { checkEpoch: false, gpus: 2 });
  try {
    await play({ database, machine });
  } finally {
    await machine.end();
    await database.drop();
  }
}

/** A bot that is not started: it does only what the act asks, so that its steps are the same each time. */
async function bot({ database, machine }: Scene, mind: Life): Promise<MemoryWorld> {
  const world = await memoryWorld(database.url, { share: machine, node: mind.node, ledger: mind.ledger });
  await watchNode(world.node, 1000).run(world, never);
  return world;
}

let members = 0;

async function live(scene: Scene, act: Act, dieAt?: number) {
  const { database, machine } = scene;
  const mind = life();
  const first = await bot(scene, mind);
  members += 1;
  const by = await first.member(`m${members}`);
  const other = (await act.before(first, by)) as ActiveMember | undefined;
  const before = machine.engine.saved().made;
  mind.arm(dieAt);
  const whole = (async () => {
    await act.ask(first, by);
    await bringTo(first, await deployedId(scene, by));
  })();
  await Promise.race([whole, mind.death]);
  first.die();

  const second = await memoryWorld(database.url, { share: machine, watchEveryMs: 50 });
  second.start();
  // Slack delivers again what was not answered; by then it may be done.
  await act.ask(second, by).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
  });
  const id = await deployedId(scene, by);
  await settled(second, id, act.end.state);
  await settledAndSound(second, [ofMember(by)]);
  const view = await containerView(second, id);
  const made = machine.engine.saved().containers.filter(({ name }) => name === view?.container.name);
  const carried = carriedOf(machine, id);
  const seen = {
    end: {
      state: view?.container.state,
      engine: made[0]?.state,
      devices: view?.devices.length,
      ...(carried === 0 ? {} : { carried }),
    },
    // Of what it is made, and how much is in it.
    image: machine.engine.imageNamed(made[0]?.imageId ?? "")?.sizeBytes,
    written: made[0]?.layerBytes ?? 0,
    isElsewhere: made[0]?.devices[0] !== machine.host.deviceIds()[0],
    names: machine.engine.saved().containers.length,
    made: machine.engine.saved().made - before,
    story: await story(second, id),
    notes: await sentences(second, by.slackUserId),
  };
  for (const one of [by, ...(other ? [other] : [])]) {
    const its = await deployedId(scene, one);
    if ((await containerView(second, its))?.container.state === "retired") continue;
    await retire(second, { by: one, which: project });
    await settled(second, its, "retired");
  }
  expect(carriedOf(machine, id)).toBe(0);
  await second.end();
  return { seen, steps: mind.steps };
}

function carriedOf({ engine }: MemoryWorld, containerId: number): number {
  const images = engine.saved().images?.images ?? [];
  return images.filter(({ labels }) => labels[carriedLabels.container] === String(containerId)).length;
}

/** By its request id, which the act used. */
async function deployedId({ machine }: Scene, by: ActiveMember): Promise<number> {
  const rows = await machine.ledger.read((tx) => containerByRequest(tx, ofMember(by)));
  if (!rows) throw new Error("the request is lost");
  return rows.id;
}

describe.concurrent("at every step", () => {
  test.each(Object.entries(acts))("%s", { timeout: 180_000 }, async (_name, act) => {
    await onScene(async (scene) => {
      const { seen: expected, steps } = await live(scene, act);
      expect(expected.end).toEqual(act.end);
      expect(steps.length).toBeGreaterThanOrEqual(act.leastSteps);
      for (const change of act.afterChanges ? ["after commit", "after create", "after rename"] : [])
        if (act.end.state === "running") expect(steps).toContain(change);
      for (let at = 0; at < steps.length; at++) {
        if (act.afterChanges && !changes.has(steps[at] ?? "")) continue;
        const { seen } = await live(scene, act, at);
        expect(seen, `killed at step ${at}, ${steps[at]}`).toEqual(expected);
      }
    });
  });
});
