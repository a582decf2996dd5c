import { z } from "zod";
import { type UseOfLate, useNow, useOfLate } from "../../containers/use.ts";
import { type Call, onlyToCaller } from "../answer.ts";
import { active } from "../caller.ts";
import { defineCommand } from "../define-command.ts";
import { pictureOfUse } from "../use-picture.ts";
import { type PictureSent, statsMessage } from "../views/stats.ts";

export const containerStats = defineCommand({
  name: "container-stats",
  summary: "CPU, memory, GPU memory and use of a container: now, and a picture of the last hours",
  for: "anyone",
  args: z.object({ project: z.string() }),
  byPlace: ["project"],
  examples: ["/container-stats vision"],
  async run({ args, ...call }) {
    const { world, caller } = call;
    // An admin sees anybody's, also one who has no containers of their own.
    const by = caller.isAdmin ? caller.member : active(caller.member);
    const use = await useOfLate(world, { by, isAdmin: caller.isAdmin, name: args.project });
    const [now, picture] = await Promise.all([useNow(world, use.view), sendPicture(call, use)]);
    return onlyToCaller(statsMessage(use, now, picture, caller.member.id));
  },
});

/** The figures are told, whatever becomes of it. */
async function sendPicture({ world, caller, sendFile }: Call, use: UseOfLate): Promise<PictureSent> {
  if (use.minutes.length === 0) return "too-early";
  const { name } = use.view.project;
  try {
    await sendFile(await pictureOfUse(use, caller.member.timeZone), `What ${name} used in its last hours:`);
    return "sent";
  } catch (err) {
    world.log.warn({ project: name, err }, "a picture of what a container used was not sent");
    return "failed";
  }
}
