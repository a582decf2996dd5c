import { boardOf } from "../waitlist/shown.ts";
import { shellCommand } from "./command.ts";
import { withWorld } from "./open-world.ts";
import { statusLines } from "./status-lines.ts";

export const status = shellCommand({
  summary: "every GPU: who has it, since when, until when; and who waits",
  usage: ["status"],
  examples: ["berth status"],
  async run() {
    await withWorld(async (world) => {
      for (const line of statusLines(await boardOf(world))) console.log(line);
    });
    return undefined;
  },
});
