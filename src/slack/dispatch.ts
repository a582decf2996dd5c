import { Refusal } from "../errors.ts";
import { nearest } from "../policy/nearest.ts";
import { actions } from "./actions/index.ts";
import { type Answer, type Call, onlyToCaller } from "./answer.ts";
import type { Asked } from "./asked.ts";
import { callerOf } from "./caller.ts";
import { commands, commandWords } from "./commands/index.ts";
import { deliver } from "./deliver.ts";
import { filledForm } from "./form-view.ts";
import { refreshHomeQuietly } from "./home.ts";
import { isFirst } from "./once.ts";
import { parse } from "./parse.ts";
import { problemOf } from "./reply.ts";
import type { Room } from "./room.ts";
import { sendFileTo } from "./send-file.ts";
import { readSentFile } from "./sent-file.ts";
import { commandHelp } from "./views/help.ts";

/** What was found to do, and who may. */
type Work = { for: "anyone" | "members" | "admins"; changes: boolean; run(call: Call): Promise<Answer> };

/** A slash command: its words become the command's arguments. */
export function answerCommand(
  room: Room,
  asked: Asked,
  typed: { command: string; text: string },
): Promise<void> {
  const prefix = room.settings.commandPrefix;
  return answer(room, asked, () => {
    const name = typed.command.slice(1 + prefix.length);
    const command = commands.find((candidate) => candidate.name === name);
    if (command === undefined) throw unknownCommand(typed.command, prefix);
    const parsed = parse(command, typed.text, prefix);
    if ("help" in parsed)
      return { for: "anyone", changes: false, run: async () => onlyToCaller(commandHelp(command, prefix)) };
    return {
      for: command.for,
      changes:
        typeof command.changes === "function" ? command.changes(parsed.args) : (command.changes ?? false),
      run: (call) => command.run({ ...call, ...parsed }),
    };
  });
}

/** A button, or something chosen, in a message, a modal or Home. What it carries is a hint, never an authority. */
export function answerAction(
  room: Room,
  asked: Asked,
  pressed: { name: string; value: string | undefined },
): Promise<void> {
  return answer(room, asked, () => {
    // Where one action stands twice in a row of buttons, the second has something behind a colon.
    const name = pressed.name.split(":")[0];
    const action = actions.find((candidate) => candidate.pressable.name === name);
    const value = action?.pressable.value.safeParse(jsonOf(pressed.value));
    if (!action || !value?.success)
      throw new Refusal("unknown-button", "This button is from another time; it does nothing any more.", {
        hint: "/container-list and /berth help have fresh ones.",
      });
    return {
      for: action.for,
      changes: action.changes ?? false,
      run: (call) => action.run({ ...call, value: value.data }),
    };
  });
}

async function answer(room: Room, asked: Asked, find: () => Work): Promise<void> {
  if (!(await isFirst(room, asked.key, false))) return;
  const { world } = room;
  const prefix = room.settings.commandPrefix;
  const inWords = (error: unknown) =>
    problemOf(world, error, { what: asked.what, by: asked.slackUserId, prefix }).message;
  try {
    const work = find();
    const [caller, first] = await Promise.all([
      callerOf(room, asked, work.for),
      work.changes ? isFirst(room, `lasting ${asked.key}`, true) : true,
    ]);
    if (!first) return;
    const call: Call = {
      world,
      caller,
      prefix,
      requestId: asked.key,
      message: asked.message,
      inForm: filledForm(asked.view),
      commands: commandWords(prefix),
      readFile: (fileId) => readSentFile(room, asked.slackUserId, fileId),
      sendFile: (file, says) => sendFileTo(room, asked.slackUserId, file, says ?? `${file.name}:`),
    };
    await deliver(room, asked, await work.run(call), call, inWords);
    if (work.changes) await refreshHomeQuietly(room, asked.slackUserId);
  } catch (error) {
    const message = inWords(error);
    await deliver(room, asked, onlyToCaller(message), undefined, inWords).catch((second) =>
      world.log.error({ asked: asked.what, by: asked.slackUserId, err: second }, "the answer did not arrive"),
    );
  }
}

function unknownCommand(typed: string, prefix: string): Refusal {
  const [near] = nearest(
    typed,
    commands.map((command) => `/${prefix}${command.name}`),
  );
  return new Refusal("unknown-command", `I don't know ${typed}.`, {
    hint: near ? `Did you mean ${near}?` : "/berth help shows what there is.",
  });
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "{}");
  } catch {
    return undefined;
  }
}
