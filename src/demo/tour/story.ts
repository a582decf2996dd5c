/** A story that tells itself: each step is timed, each claim in it is checked, and the first that is not so ends it. */
export type Story = {
  /** `told` is what happened, in the past tense; what `act` returns is printed below it, indented. */
  step(told: string, act: () => Promise<string | undefined>): Promise<void>;
  readonly steps: readonly StepTold[];
};

export type StepTold = { told: string; seconds: number; ok: boolean; shown?: string; because?: string };

/** Something is not as it should be; the words say what was expected. */
export class NotSo extends Error {
  override readonly name = "NotSo";
}

export function expectSo(isSo: unknown, expected: string): asserts isSo {
  if (!isSo) throw new NotSo(expected);
}

export function tellStory(print: (line: string) => void): Story {
  const steps: StepTold[] = [];
  return {
    steps,
    async step(told, act) {
      const began = performance.now();
      const seconds = () => Math.round((performance.now() - began) / 10) / 100;
      try {
        const shown = await act();
        steps.push({ told, seconds: seconds(), ok: true, ...(shown ? { shown } : {}) });
        print(`${seconds().toFixed(2).padStart(7)} s  ✓ ${told}`);
        if (shown) print(shown.trimEnd().replace(/^/gm, "              "));
      } catch (error) {
        const because = error instanceof Error ? error.message : String(error);
        steps.push({ told, seconds: seconds(), ok: false, because });
        print(`${seconds().toFixed(2).padStart(7)} s  ✗ ${told}\n              ${because}`);
        throw error;
      }
    },
  };
}
