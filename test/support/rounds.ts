import type { Job } from "../../src/jobs/runner.ts";

/** Counts the rounds of a job, so that a test can have a whole one. */
export type Rounds = {
  of(job: Job): Job;
  /** Wakes it, and waits for a round that begins from now on; `until` is the test's own way to wait. */
  whole(until: (look: () => Promise<boolean>, what: string) => Promise<unknown>): Promise<void>;
};

export function rounds(): Rounds {
  let begun = 0;
  let done = 0;
  let ring = () => {};
  return {
    of: (job) => ({
      ...job,
      wakeBy(wake) {
        ring = wake;
      },
      async run(...given) {
        const round = ++begun;
        await job.run(...given);
        done = round;
      },
    }),
    async whole(until) {
      const before = begun;
      ring();
      await until(async () => done > before, "a whole round");
    },
  };
}
