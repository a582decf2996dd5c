import { randomInt } from "node:crypto";
import type { Random } from "./world.ts";

const letters = "abcdefghijklmnopqrstuvwxyz0123456789";

/** From the system's own source; tests that want to repeat themselves bring another. */
export function makeRandom(): Random {
  return {
    token: (length) => Array.from({ length }, () => letters[randomInt(letters.length)]).join(""),
    number: () => randomInt(2 ** 47) / 2 ** 47,
  };
}
