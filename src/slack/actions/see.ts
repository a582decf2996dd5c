import { ownContainers } from "../../containers/list.ts";
import { limitsAndUse } from "../../members/limits.ts";
import { onlyToCaller } from "../answer.ts";
import { boardNow } from "../board-now.ts";
import { active } from "../caller.ts";
import { defineAction } from "../define-action.ts";
import { seeContainers, seeGpus, seeHelp, seeLimits, seeQueue, seeStats } from "../pressables.ts";
import { queueNow } from "../queue-now.ts";
import { ownView } from "../sign-in.ts";
import { statsNow } from "../stats-now.ts";
import { page } from "../views/blocks.ts";
import { helpOverview, helpTopic } from "../views/help.ts";
import { limitsMessage } from "../views/limits.ts";
import { list } from "../views/list.ts";

export const seeContainersAction = defineAction({
  pressable: seeContainers,
  for: "members",
  run: async ({ world, caller }) =>
    onlyToCaller(list(await ownContainers(world, caller.member), world.clock.now())),
});

/** Pressed again under the answer, it refreshes it. */
export const seeGpusAction = defineAction({
  pressable: seeGpus,
  for: "anyone",
  run: async ({ world }) => ({ kind: "instead", message: await boardNow(world) }),
});

/** On a card it answers beside it; under an answer of its own it refreshes that. */
export const seeQueueAction = defineAction({
  pressable: seeQueue,
  for: "members",
  async run({ world, caller, value }) {
    const message = await queueNow(world, active(caller.member));
    return value.again ? { kind: "instead", message } : onlyToCaller(message);
  },
});

export const seeLimitsAction = defineAction({
  pressable: seeLimits,
  for: "anyone",
  run: async ({ world, caller }) =>
    onlyToCaller(limitsMessage(await limitsAndUse(world, caller.member), caller.member.group)),
});

export const seeHelpAction = defineAction({
  pressable: seeHelp,
  for: "anyone",
  async run({ value, commands, prefix, caller }) {
    const topic = value.topic ? helpTopic(value.topic, prefix) : undefined;
    return { kind: "instead", message: topic ?? helpOverview(commands, prefix, caller.isAdmin) };
  },
});

/** In a window that opens at once: what is used now takes a second to find out. */
export const seeStatsAction = defineAction({
  pressable: seeStats,
  for: "members",
  async run({ value, ...call }) {
    const { project } = await ownView(call.world, call.caller, value.containerId);
    const title = "What it uses";
    const view = async () => page(title, (await statsNow(call, project.name)).blocks);
    return { kind: "show-later", title, view };
  },
});
