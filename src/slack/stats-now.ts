import { type UseOfLate, useNow, useOfLate } from "../containers/use.ts";
import type { Call } from "./answer.ts";
import { active } from "./caller.ts";
import { pictureOfUse } from "./use-picture.ts";
import type { Message } from "./views/blocks.ts";
import { type PictureSent, statsMessage } from "./views/stats.ts";

/**
 * What a container uses at this moment; the picture of its last hours goes to the caller's conversation with Berth. `name`: as
 * somebody types it. Takes a second.
 */
export async function statsNow(
  call: Pick<Call, "world" | "caller" | "sendFile">,
  name: string,
): Promise<Message> {
  const { world, caller } = call;
  // An admin sees anybody's, also one who has no containers of their own.
  const by = caller.isAdmin ? caller.member : active(caller.member);
  const use = await useOfLate(world, { by, isAdmin: caller.isAdmin, name });
  const [now, picture] = await Promise.all([useNow(world, use.view), sendPicture(call, use)]);
  return statsMessage(use, now, picture, caller.member.id);
}

/** The figures are told, whatever becomes of it. */
async function sendPicture(
  { world, caller, sendFile }: Pick<Call, "world" | "caller" | "sendFile">,
  use: UseOfLate,
): Promise<PictureSent> {
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
