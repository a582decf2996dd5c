import { weekOf } from "../health/week.ts";
import { print } from "./admin.ts";
import { shellCommand } from "./command.ts";
import { withWorld } from "./open-world.ts";

export const reportCommand = shellCommand({
  summary: "the last seven days: GPU-hours held and used, waits, what was told in the line, idleness",
  usage: ["report"],
  examples: ["berth report"],
  async run() {
    await withWorld(async (world) => {
      const { text, lines } = await world.ledger.read((tx) => weekOf(tx, world));
      print([text, ...lines]);
    });
    return undefined;
  },
});
