import { readPause } from "../nodes/admin-words.ts";
import { pause, pauseOff } from "../nodes/pause.ts";
import { pausedInWords, pauseEndedInWords } from "../nodes/said.ts";
import { asUsage, print, whoTyped, wordsAndFlags } from "./admin.ts";
import { shellCommand } from "./command.ts";
import { withWorld } from "./open-world.ts";

export const pauseCommand = shellCommand({
  summary: "grant nothing anywhere for a while; what runs goes on; off ends that",
  usage: ['pause "why"', "pause off"],
  flags: { reason: "why" },
  examples: ['berth pause "the new driver goes in"', "berth pause off"],
  async run(typed) {
    const words = asUsage(() => readPause(wordsAndFlags(typed, "at")));
    const by = whoTyped();
    await withWorld(async (world) => {
      if (words.off) print(pauseEndedInWords(await pauseOff(world, { by })));
      else print(pausedInWords(await pause(world, { by, reason: words.reason })));
    });
    return undefined;
  },
});
