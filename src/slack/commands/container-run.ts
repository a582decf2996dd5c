import { z } from "zod";
import { run } from "../../containers/run.ts";
import { onlyToCaller } from "../answer.ts";
import { active } from "../caller.ts";
import { defineCommand } from "../define-command.ts";
import { deployedNow } from "../deployed-now.ts";
import { signInOf } from "../sign-in.ts";
import { card } from "../views/card.ts";

export const containerRun = defineCommand({
  name: "container-run",
  summary: "Start a stopped container again, and see how to sign in",
  for: "members",
  changes: true,
  args: z.object({ project: z.string() }),
  byPlace: ["project"],
  examples: ["/container-run vision"],
  async run({ world, caller, args, prefix }) {
    const view = await run(world, { by: active(caller.member), which: { project: args.project } });
    const isUp = view.container.state === "running" && view.container.wanted === "running";
    if (!isUp) return onlyToCaller(await deployedNow(world, view, prefix));
    return onlyToCaller(card({ ...view, now: world.clock.now(), signIn: signInOf(world, view) }));
  },
});
