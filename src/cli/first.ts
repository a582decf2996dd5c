import { putFirstIn } from "../waitlist/put-first.ts";
import { requestName } from "../waitlist/wish.ts";
import { print, whoTyped, wordsAndFlags } from "./admin.ts";
import { shellCommand, UsageError } from "./command.ts";
import { withWorld } from "./open-world.ts";

export const firstCommand = shellCommand({
  summary: "put a request that waits before the others; all in the line read why",
  usage: ['first HANDLE/PROJECT "why"'],
  flags: { reason: "why" },
  examples: ['berth first ana/vision "demo for the visitors at 15:00"'],
  async run(typed) {
    const [request, ...reason] = wordsAndFlags(typed, "at");
    if (request === undefined) throw new UsageError("Put whom first, and why?");
    const { actor, name } = whoTyped();
    await withWorld(async (world) => {
      const asked = { request, reason: reason.join(" "), actor, byName: name };
      const put = await world.ledger.write((tx) => putFirstIn(tx, world.clock.now(), asked));
      print([`${requestName(put)} stands first; everyone in the line reads why.`]);
    });
    return undefined;
  },
});
