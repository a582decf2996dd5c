import { z } from "zod";
import { ownContainers } from "../../containers/list.ts";
import { onlyToCaller } from "../answer.ts";
import { defineCommand } from "../define-command.ts";
import { list } from "../views/list.ts";

export const containerList = defineCommand({
  name: "container-list",
  summary: "Your containers: how they are, what they hold, until when",
  for: "members",
  args: z.object({}),
  byPlace: [],
  examples: ["/container-list"],
  run: async ({ world, caller }) =>
    onlyToCaller(list(await ownContainers(world, caller.member), world.clock.now())),
});
