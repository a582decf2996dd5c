import { wallClock } from "../src/clock.ts";

/** Looks every 50 ms until there is something, for a minute. */
export async function until<T>(look: () => Promise<T | undefined | null | false>, what: string): Promise<T> {
  const began = performance.now();
  while (performance.now() - began < 60_000) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen;
    await wallClock.sleep(50);
  }
  throw new Error(`waited a minute in vain for ${what}`);
}
