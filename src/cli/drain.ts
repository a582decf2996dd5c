import { allNodes } from "../ledger/queries/nodes.ts";
import { readDrain } from "../nodes/admin-words.ts";
import { drain, drainOff } from "../nodes/drain.ts";
import { drainEndedInWords, drainedInWords } from "../nodes/said.ts";
import { asUsage, machinesTimeZone, print, whoTyped, wordsAndFlags } from "./admin.ts";
import { shellCommand } from "./command.ts";
import { withWorld } from "./open-world.ts";

export const drainCommand = shellCommand({
  summary: "give nothing new out on a server, or on one GPU of it; off ends that",
  usage: ['drain [server] [gpu N] [from INSTANT] "why"', "drain [server] [gpu N] off"],
  flags: { from: "an instant", reason: "why" },
  examples: [
    'berth drain "new disks on Friday"',
    'berth drain gpu 3 "it gets too hot"',
    'berth drain from "friday 18:00" "new disks"',
    "berth drain off",
  ],
  async run(typed) {
    await withWorld(async (world) => {
      const nodes = (await world.ledger.read(allNodes)).map(({ id }) => id);
      const reader = { now: world.clock.now(), timeZone: machinesTimeZone(), nodes };
      const words = asUsage(() => readDrain(wordsAndFlags(typed, "from"), reader));
      const by = whoTyped();
      if (words.off) print(drainEndedInWords(await drainOff(world, { by, target: words.target })));
      else print(drainedInWords(await drain(world, { by, ...words })));
    });
    return undefined;
  },
});
