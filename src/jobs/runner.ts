import { LedgerUnreachable } from "../ledger/errors.ts";
import type { World } from "../world.ts";

/** Background work is level-triggered: rows say what is wanted, a job looks and makes it so. */
export type Job = {
  name: string;
  /** The slow tick that catches what a wake missed, such as what another process wrote. */
  everyMs: number;
  /** Also after every commit of this process. */
  onCommit?: boolean;
  /** Hands over a function that wakes this job, for news from outside the ledger. */
  wakeBy?: (wake: () => void, signal: AbortSignal) => void;
  run(world: World, signal: AbortSignal): Promise<void>;
};

const pauseAfterFaultMs = 1000;

/** Told of every round that is over, one that was cut off by the end among them. */
export type NoteRound = (job: string, seconds: number, isFault: boolean) => void;

/** Runs every job until the signal aborts; resolves when all have come to rest. A job never runs twice at a time. */
export async function runJobs(
  world: World,
  jobs: readonly Job[],
  signal: AbortSignal,
  noteRound: NoteRound = () => undefined,
): Promise<void> {
  await Promise.all(jobs.map((job) => repeat(world, job, signal, noteRound)));
}

async function repeat(world: World, job: Job, signal: AbortSignal, noteRound: NoteRound): Promise<void> {
  const bell = makeBell();
  const stopListening = job.onCommit ? world.ledger.onCommit(bell.ring) : () => undefined;
  job.wakeBy?.(bell.ring, signal);
  try {
    while (!signal.aborted) {
      bell.reset();
      const beganMs = world.clock.monotonicMs();
      // The only catch around a job: a fault in one round must not end the next.
      const rested = await job.run(world, signal).then(
        () => true,
        (err: unknown) => {
          if (signal.aborted) return false;
          if (err instanceof LedgerUnreachable) world.log.warn({ job: job.name }, err.message);
          else world.log.error({ job: job.name, err }, "a job failed; it tries again");
          return false;
        },
      );
      noteRound(job.name, (world.clock.monotonicMs() - beganMs) / 1000, !rested && !signal.aborted);
      if (rested) await bell.heard(world, job.everyMs, signal);
      else await world.clock.sleep(pauseAfterFaultMs, signal);
    }
  } finally {
    stopListening();
  }
}

/** Remembers a ring that came while nobody listened, so that no commit is missed. */
function makeBell() {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring(): void {
      rung = true;
      wake?.();
    },
    reset(): void {
      rung = false;
    },
    async heard(world: World, atMostMs: number, signal: AbortSignal): Promise<void> {
      if (rung) return;
      const early = new AbortController();
      wake = () => early.abort();
      await world.clock.sleep(atMostMs, AbortSignal.any([signal, early.signal]));
      wake = undefined;
    },
  };
}
