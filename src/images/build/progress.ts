import type { BuildNow } from "../../engine/build.ts";
import type { BuildProgress } from "../../ledger/image-tables.ts";
import type { Tx } from "../../ledger/ledger.ts";
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
  /**
   * Writes nothing any more, once what is under way is written. Answers what it looks like in the end, for whoever writes how
   * it ended.
   */
  close(): Promise<BuildProgress>;
};

/**
 * Keeps what a build is doing in its row, for its living message: written every two seconds at most, and only if it changed.
 * A ledger that does not answer loses a drawing, not the build.
 */
export function reportProgress(world: World, build: { id: number; slackUserId: string }): Reporter {
  const ended = new AbortController();
  let done: Steps = [];
  let current: Current = { steps: [], of: 0 };
  let written = JSON.stringify(progress());
  const writing = write();
  return {
    step(name) {
      // One that counts up (40 %) stays the same step.
      const began = isSame(name) ? current.ownSinceMs : undefined;
      if (began === undefined) rest();
      current = {
        ownSinceMs: began ?? world.clock.monotonicMs(),
        steps: [{ name, seconds: null, cached: false }],
        of: 1,
      };
    },
    engine(now) {
      if (current.ownSinceMs !== undefined) rest();
      current = engineSteps(now);
    },
    async close() {
      ended.abort();
      await writing;
      rest();
      return progress();
    },
  };

  function isSame(name: string): boolean {
    const [own] = current.ownSinceMs === undefined ? [] : current.steps;
    return own !== undefined && stem(own.name) === stem(name);
  }

  function rest(): void {
    const { ownSinceMs, steps } = current;
    const seconds = ownSinceMs === undefined ? undefined : (world.clock.monotonicMs() - ownSinceMs) / 1000;
    done = [
      ...done,
      ...steps.map((step) => (seconds === undefined ? step : { ...step, name: stem(step.name), seconds })),
    ];
    current = { steps: [], of: 0 };
  }

  function progress(): BuildProgress {
    const steps = [...done, ...current.steps];
    return { steps, of: Math.max(done.length + current.of, steps.length) };
  }

  async function write(): Promise<void> {
    while (!ended.signal.aborted) {
      await world.clock.sleep(writeEveryMs, ended.signal);
      if (!ended.signal.aborted) await put(progress());
    }
  }

  async function put(now: BuildProgress): Promise<void> {
    const text = JSON.stringify(now);
    if (text === written) return;
    const work = async (tx: Tx) => {
      if (!(await noteProgress(tx, build.id, now))) return;
      await tell(tx, build.slackUserId, { kind: "build", buildId: build.id }, world.clock.now());
    };
    try {
      await world.ledger.transaction(work);
      written = text;
    } catch (err) {
      world.log.warn({ buildId: build.id, err }, "the progress of a build could not be written");
    }
  }
}

/** `ownSinceMs`: it is a step of ours and not the engine's. */
type Current = BuildProgress & { ownSinceMs?: number };

function stem(name: string): string {
  return name.replace(/ \(\d+ %\)$/, "");
}
