import { z } from "zod";
import { installedNow } from "../../containers/installed.ts";
import { ownContainers } from "../../containers/list.ts";
import { onlyToCaller } from "../answer.ts";
import { defineCommand } from "../define-command.ts";
import { namedBy } from "../named-by.ts";
import { page } from "../views/blocks.ts";
import { retireQuestion } from "../views/retire.ts";

/** Answers with a button whose question names the loss: a word typed by mistake destroys nothing. */
export const containerRetire = defineCommand({
  name: "container-retire",
  summary: "Stop a container, free its GPU and remove it; your files stay",
  for: "members",
  args: z.object({ project: z.string() }),
  byPlace: ["project"],
  examples: ["/container-retire vision"],
  async run({ world, caller, args }) {
    const view = namedBy(args.project, await ownContainers(world, caller.member));
    if (view.container.state !== "running" || view.container.wanted !== "running")
      return onlyToCaller(retireQuestion(view));
    // What is installed in it is known to the container alone, and no answer waits for that.
    return {
      kind: "show-later",
      title: "Retire",
      view: async () => page("Retire", retireQuestion(view, await installedNow(world, view)).blocks),
    };
  },
});
