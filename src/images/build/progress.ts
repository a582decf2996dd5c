import type { BuildNow } from "../../engine/build.ts";
import type { BuildProgress } from "../../ledger/image-tables.ts";
import { noteProgress } from "../../ledger/queries/builds.ts";
import { tell } from "../../ledger/queries/outbox.ts";
import type { World } from "../../world.ts";
import { engineSteps } from "./step-names.ts";

type Steps = BuildProgress["steps"];

/** Slack takes no more edits of one message than about this. */
const writeEveryMs = 2000;

export type Reporter = {
  /** Something of ours that the build waits for: `Fetching the base image (40 %)`. */
  step(name: string): void;
  /** What the engine says of the steps of the build. */
  engine(now: BuildNow): void;
  /** Writes nothing any more, once what is under way is written. */
  close(): Promise<void>;
};

/**
 * Keeps what a build is doing in its row, for its living message: written every two seconds at most, and only if it changed.
 * A ledger that does not answer loses a drawing, not the build.
 */
export function reportProgress(world: World, build: { id: number; slackUserId: string }): Reporter {
  const ended = new AbortController();
  let done: Steps = [];
  let current: { own: boolean; steps: Steps; of: number } = { own: true, steps: [], of: 0 };
  let written = JSON.stringify(progress());
  const writing = write();
  return {
    step(name) {
      // One that counts up (40 %) stays the same step.
      if (!current.own || stem(current.steps.at(-1)?.name ?? name) !== stem(name)) rest();
      current = { own: true, steps: [{ name, seconds: null, cached: false }], of: 1 };
    },
    engine(now) {
      if (current.own) rest();
      current = { own: false, ...engineSteps(now) };
    },
    async close() {
      ended.abort();
      await writing;
    },
  };

  function rest(): void {
    done = [...done, ...current.steps];
    current = { own: true, steps: [], of: 0 };
  }

  function progress(): BuildProgress {
    const steps = [...done, ...current.steps];
    return { steps, of: Math.max(done.length + current.of, steps.length) };
  }

  async function write(): Promise<void> {
    while (!ended.signal.aborted) {
      await world.clock.sleep(writeEveryMs, ended.signal);
      const now = progress();
      const text = JSON.stringify(now);
      if (ended.signal.aborted || text === written) continue;
      try {
        await world.ledger.transaction(async (tx) => {
          if (!(await noteProgress(tx, build.id, now))) return;
          await tell(tx, build.slackUserId, { kind: "build", buildId: build.id }, world.clock.now());
        });
        written = text;
      } catch (err) {
        world.log.warn({ buildId: build.id, err }, "the progress of a build could not be written");
      }
    }
  }
}

function stem(name: string): string {
  return name.replace(/ \(\d+ %\)$/, "");
}
