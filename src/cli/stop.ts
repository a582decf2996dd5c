import { wallClock } from "../clock.ts";
import { stopByAdmin } from "../ends/stop-by-admin.ts";
import { readStop } from "../nodes/admin-words.ts";
import { stoppedInWords } from "../nodes/said.ts";
import { asUsage, machinesTimeZone, print, whoTyped, wordsAndFlags } from "./admin.ts";
import { shellCommand } from "./command.ts";
import { withWorld } from "./open-world.ts";

export const stopCommand = shellCommand({
  summary: "stop somebody's container: after two messages to them, at an instant, or now",
  usage: ['stop HANDLE/PROJECT [now | at INSTANT] "why"'],
  flags: { at: "an instant", reason: "why" },
  examples: [
    'berth stop ana/vision "the disk is nearly full"',
    'berth stop ana/vision at 18:00 "maintenance"',
    'berth stop ana/vision now "it mines coins"',
  ],
  async run(typed) {
    const reader = { now: wallClock.now(), timeZone: machinesTimeZone() };
    const words = asUsage(() => readStop(wordsAndFlags(typed, "at"), reader));
    await withWorld(async (world) => {
      print(stoppedInWords(await stopByAdmin(world, { by: whoTyped(), ...words })));
    });
    return undefined;
  },
});
