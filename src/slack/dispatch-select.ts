import type { PlainTextOption } from "@slack/types";
import { callerOf } from "./caller.ts";
import { forms } from "./forms/index.ts";
import type { Room } from "./room.ts";

const mostOptions = 100;

/** What a select of a form offers for what was typed so far. Slack waits 3 s; nothing to offer is no error. */
export async function suggestions(
  room: Room,
  asked: { slackUserId: string; teamId: string | undefined; form: string; field: string; query: string },
): Promise<PlainTextOption[]> {
  const form = forms.find((candidate) => candidate.name === asked.form);
  const suggest = form?.suggest?.[asked.field];
  if (!form || !suggest) return [];
  try {
    const caller = await callerOf(room, { ...asked, userTeamId: undefined }, form.for);
    const call = {
      world: room.world,
      caller,
      prefix: room.settings.commandPrefix,
      requestId: "",
      message: undefined,
      commands: [],
    };
    return suggest(call, asked.query).slice(0, mostOptions);
  } catch (error) {
    room.world.log.info({ asked: asked.field, by: asked.slackUserId, err: error }, "no options were offered");
    return [];
  }
}
