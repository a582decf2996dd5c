import { Refusal } from "../errors.ts";
import type { Answer, Call } from "./answer.ts";
import type { Asked } from "./asked.ts";
import { blockIdsAfter, drawForm, skeletonOf } from "./form-view.ts";
import { mrkdwn } from "./mrkdwn.ts";
import type { Room } from "./room.ts";
import { slackWord } from "./slack-word.ts";
import { type Message, type ModalView, page, section } from "./views/blocks.ts";

/** Brings an answer to where the person is. `problem` turns what goes wrong while a form is drawn into words. */
export async function deliver(
  room: Room,
  asked: Asked,
  answer: Answer,
  call: Call | undefined,
  problem: (error: unknown) => Message,
): Promise<void> {
  switch (answer.kind) {
    case "nothing":
      return;
    case "only-to-caller":
      return await sayOnlyTo(room, asked, answer.message, false);
    case "instead":
      return await sayOnlyTo(room, asked, answer.message, asked.message !== undefined);
    case "show":
      await openView(room, asked, answer.view, answer.here);
      return;
    case "show-later": {
      const waiting = page(answer.title, [section(mrkdwn`:hourglass_flowing_sand: Looking…`)]);
      const opened = await openView(room, asked, waiting);
      if (opened === undefined) return;
      let view: ModalView;
      try {
        view = await answer.view();
      } catch (error) {
        view = page(answer.title, problem(error).blocks);
      }
      await showIn(room, opened, view);
      return;
    }
    case "refill": {
      if (call === undefined) return;
      const before = call.inForm;
      if (before?.name !== answer.form.name)
        return await deliver(room, asked, { ...answer, kind: "form" }, call, problem);
      const { form, params, given } = answer;
      const view = await drawForm(form, {
        ...call,
        key: before.key,
        params,
        given,
        blockIds: blockIdsAfter(before, given),
        ...(answer.problem ? { problem: answer.problem.blocks } : {}),
      });
      await showIn(room, before.viewId, view);
      return;
    }
    case "form": {
      const key = room.world.random.token(16);
      const opened = await openView(room, asked, skeletonOf(answer.form, key, answer.params), answer.here);
      if (opened === undefined || call === undefined) return;
      let view: ModalView;
      try {
        view = await drawForm(answer.form, {
          ...call,
          key,
          params: answer.params,
          given: answer.given ?? {},
        });
      } catch (error) {
        view = page(answer.form.title, problem(error).blocks);
      }
      await showIn(room, opened, view);
    }
  }
}

/** In a window that is open. Whoever closed it meanwhile does not wait for it: that is no fault. */
export async function showIn(room: Room, viewId: string, view: ModalView): Promise<"shown" | "closed"> {
  try {
    await room.clients.answering.views.update({ view_id: viewId, view });
    return "shown";
  } catch (error) {
    if (slackWord(error) === "not_found") return "closed";
    throw error;
  }
}

/** Seen by them alone: under the command or message, or in a modal where there is no message. */
async function sayOnlyTo(room: Room, asked: Asked, message: Message, instead: boolean): Promise<void> {
  const { text, blocks } = message;
  if (asked.view) {
    try {
      await openView(room, asked, page("Berth", blocks));
      return;
    } catch (error) {
      // Too late for a window. What was asked may be done all the same: they must hear of it.
      if (!(error instanceof Refusal)) throw error;
    }
  }
  if (asked.respond) {
    try {
      const how = instead
        ? { replace_original: true }
        : { response_type: "ephemeral" as const, replace_original: false };
      await asked.respond({ ...how, text, blocks, unfurl_links: false });
      return;
    } catch (error) {
      room.world.log.warn({ asked: asked.what, err: error }, "answered by a message instead");
    }
  }
  await room.clients.answering.chat.postMessage({
    channel: asked.slackUserId,
    text,
    blocks,
    unfurl_links: false,
  });
}

/**
 * On top of the modal the button stands in, `here`: instead of it, or as a new one. Its id, or undefined if that can't be done
 * any more.
 */
async function openView(
  room: Room,
  asked: Asked,
  view: ModalView,
  here = false,
): Promise<string | undefined> {
  if (here && asked.view?.type === "modal") {
    return (await showIn(room, asked.view.id, view)) === "shown" ? asked.view.id : undefined;
  }
  const trigger_id = asked.triggerId;
  if (trigger_id === undefined) throw new Error(`${asked.what} can't open a modal`);
  const inModal = asked.view?.type === "modal";
  const { opening } = room.clients;
  try {
    const open = inModal ? opening.views.push : opening.views.open;
    return (await open({ trigger_id, view })).view?.id;
  } catch (error) {
    const word = slackWord(error);
    if (word !== "expired_trigger_id" && word !== "exchanged_trigger_id") throw error;
    throw new Refusal(
      "too-late",
      "That took a moment too long, and Slack would not open a window any more.",
      {
        hint: "Nothing was done. Please try it again.",
      },
    );
  }
}
