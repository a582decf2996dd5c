import type { PlainTextElement, PlainTextOption } from "@slack/types";
import type { Call, Form, Offered, OptionGroup } from "./answer.ts";
import { callerOf } from "./caller.ts";
import { forms } from "./forms/index.ts";
import type { Room } from "./room.ts";
import { plainText } from "./views/blocks.ts";

/** As Slack wants it: the one or the other. */
export type Suggested =
  | { options: PlainTextOption[] }
  | { option_groups: { label: PlainTextElement; options: PlainTextOption[] }[] };

/** Slack takes no more options in a list, and no more groups. */
const most = 100;
/** Slack waits 3 s, and then shows an error instead of an empty list. */
const limitMs = 2_500;

/** What a select of a form offers for what was typed so far. Nothing to offer, in time, is no error. */
export async function suggestions(
  room: Room,
  asked: { slackUserId: string; teamId: string | undefined; form: string; field: string; query: string },
): Promise<Suggested> {
  const form = forms.find((candidate) => candidate.name === asked.form);
  const suggest = form?.suggest?.[asked.field];
  if (!form || !suggest) return { options: [] };
  const patience = new AbortController();
  const tooLate = room.world.clock.sleep(limitMs, patience.signal).then(() => "too late" as const);
  try {
    const found = await Promise.race([offersOf(room, asked, form, suggest), tooLate]);
    if (found === "too late") throw new Error(`what to offer was not found within ${limitMs} ms`);
    return asSlackWants(found);
  } catch (error) {
    room.world.log.info({ asked: asked.field, by: asked.slackUserId, err: error }, "no options were offered");
    return { options: [] };
  } finally {
    patience.abort();
  }
}

async function offersOf(
  room: Room,
  asked: { slackUserId: string; teamId: string | undefined; query: string },
  form: Form,
  suggest: (call: Call, query: string) => Offered | Promise<Offered>,
): Promise<Offered> {
  const caller = await callerOf(room, { ...asked, userTeamId: undefined }, form.for);
  const call = {
    world: room.world,
    caller,
    prefix: room.settings.commandPrefix,
    requestId: "",
    message: undefined,
    inForm: undefined,
    commands: [],
    readFile: () => Promise.reject(new Error("a select reads no files")),
    sendFile: () => Promise.reject(new Error("a select sends no files")),
  };
  return await suggest(call, asked.query);
}

function asSlackWants(offered: Offered): Suggested {
  if (!isGrouped(offered)) return { options: offered.slice(0, most) };
  // An empty group is one that Slack refuses with all the others.
  const groups = offered.filter(({ options }) => options.length > 0).slice(0, most);
  if (groups.length === 0) return { options: [] };
  return {
    option_groups: groups.map(({ label, options }) => ({
      label: plainText(label, 75),
      options: options.slice(0, most),
    })),
  };
}

function isGrouped(offered: Offered): offered is OptionGroup[] {
  return offered[0] !== undefined && "options" in offered[0];
}
