import type { Measured } from "./measured.ts";

/** A part of the table that is measured in one go. */
export type Bench = {
  /** The names of its rows. */
  rows: readonly string[];
  /** Measures those of its rows that are wanted. What it starts it hands to `cleanUp`, which is done in reverse at the end. */
  run(
    wanted: readonly string[],
    say: (sentence: string) => void,
    cleanUp: (close: () => Promise<unknown>) => void,
  ): Promise<Measured[]>;
};
