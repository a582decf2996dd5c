import type { ViewResponseAction } from "@slack/bolt";
import { Refusal } from "../errors.ts";
import type { Answer, BlockIds, Call, FilledForm, Form } from "./answer.ts";
import type { Asked } from "./asked.ts";
import { callerOf } from "./caller.ts";
import { commandWords } from "./commands/index.ts";
import { showIn } from "./deliver.ts";
import { blockIdsAfter, blockIdsIn, carriedBy, drawForm, givenIn, workingOn } from "./form-view.ts";
import { forms } from "./forms/index.ts";
import type { Outcome } from "./outcome.ts";
import { type Problem, problemOf } from "./reply.ts";
import type { Room } from "./room.ts";
import { sendFileTo } from "./send-file.ts";
import { readSentFile } from "./sent-file.ts";
import { type ModalView, page, saying } from "./views/blocks.ts";

/** What a submission is acknowledged with, and what follows the acknowledgement. */
export type FormAnswer = { ack: ViewResponseAction | undefined; after?: () => Promise<void> };

export type Submitted = {
  name: string;
  viewId: string;
  privateMetadata: string;
  values: Record<string, Record<string, unknown>>;
};

/** Slack gives up after 3 s and tells the person that it failed: by then they must know that we are at it. */
const patienceMs = 2_000;

/**
 * Judges and commits first: the acknowledgement is the answer, and a wish that was acknowledged can't be lost any more.
 * The same form submitted twice at once (a double click, a second delivery) is done once and answered alike.
 */
export async function answerForm(room: Room, asked: Asked, submitted: Submitted): Promise<FormAnswer> {
  const form = forms.find((candidate) => candidate.name === submitted.name);
  const carried = carriedBy(submitted.privateMetadata);
  if (!form || !carried)
    return {
      ack: {
        response_action: "update",
        view: page("Berth", [saying("This form is from another time; open it again.")]),
      },
    };

  const work = room.submissions.get(carried.key) ?? begin(room, asked, form, carried, submitted);
  const patience = new AbortController();
  const slow = room.world.clock.sleep(patienceMs, patience.signal).then(() => "slow" as const);
  const first = await Promise.race([work, slow]);
  patience.abort();
  if (first !== "slow") return { ack: await acknowledgement(first) };
  return {
    ack: { response_action: "update", view: workingOn(form, carried.key, carried.params) },
    after: async () => {
      const view = await viewAfter(await work, form);
      await showIn(room, submitted.viewId, view);
    },
  };
}

function begin(
  room: Room,
  asked: Asked,
  form: Form,
  carried: { key: string; params: Record<string, unknown> },
  submitted: Submitted,
): Promise<Outcome> {
  const work = judged(room, asked, form, carried, submitted);
  room.submissions.set(carried.key, work);
  const used = (outcome: Outcome) => {
    // A form that was sent back may be sent again.
    if (outcome.kind === "again") room.submissions.delete(carried.key);
    else if (room.submissions.size > 1_000)
      for (const oldest of room.submissions.keys()) return void room.submissions.delete(oldest);
  };
  void work.then(used, () => room.submissions.delete(carried.key));
  return work;
}

async function judged(
  room: Room,
  asked: Asked,
  form: Form,
  carried: { key: string; params: Record<string, unknown> },
  submitted: Submitted,
): Promise<Outcome> {
  const { world } = room;
  const prefix = room.settings.commandPrefix;
  const given = givenIn(submitted.values);
  const blockIds = blockIdsIn(submitted.values);
  let call: Call | undefined;
  try {
    const caller = await callerOf(room, asked, form.for);
    call = {
      world,
      caller,
      prefix,
      requestId: `form ${carried.key}`,
      message: undefined,
      inForm: undefined,
      commands: commandWords(prefix),
      readFile: (fileId) => readSentFile(room, caller.member.slackUserId, fileId),
      sendFile: (file, says) => sendFileTo(room, asked.slackUserId, file, says ?? `${file.name}:`),
    };
    const params = form.params.parse(carried.params);
    const values = form.fields.safeParse(given);
    if (!values.success) throw fieldRefusals(values.error.issues);
    const answer = await form.submitted({ ...call, params, values: values.data });
    const filled = { ...carried, name: form.name, viewId: submitted.viewId, given, blocks: blockIds };
    return await outcomeOf(answer, call, room, filled);
  } catch (error) {
    const problem = problemOf(world, error, { what: asked.what, by: asked.slackUserId, prefix });
    return sentBack(form, carried, given, blockIds, call, problem);
  }
}

function sentBack(
  form: Form,
  carried: { key: string; params: Record<string, unknown> },
  given: Record<string, string>,
  blockIds: BlockIds,
  call: Call | undefined,
  problem: Problem,
): Outcome {
  const errors = Object.entries(problem.fields).map(([field, sentence]) => [
    blockIds[form.fieldOf?.(field) ?? field],
    sentence,
  ]);
  const known = errors.every(([block]) => block !== undefined);
  return {
    kind: "again",
    errors: problem.onlyFields && known ? Object.fromEntries(errors) : undefined,
    redraw: () =>
      call
        ? drawForm(form, { ...call, ...carried, given, blockIds, problem: problem.message.blocks })
        : Promise.resolve(page(form.title, problem.message.blocks)),
  };
}

async function outcomeOf(answer: Answer, call: Call, room: Room, from: FilledForm): Promise<Outcome> {
  switch (answer.kind) {
    case "nothing":
      return { kind: "close" };
    case "show":
      return { kind: "view", view: answer.view };
    case "show-later":
      return { kind: "view", view: await answer.view() };
    case "only-to-caller":
    case "instead":
      return { kind: "view", view: page("Berth", answer.message.blocks) };
    case "refill": {
      // The same form goes on, under the same key: what it does is done once.
      const { form, params, problem } = answer;
      const blockIds = blockIdsAfter(from, answer.given);
      const drawing = { ...call, key: from.key, params, given: answer.given, blockIds };
      const view = () => drawForm(form, { ...drawing, ...(problem ? { problem: problem.blocks } : {}) });
      return { kind: "again", errors: undefined, redraw: view };
    }
    case "form": {
      const key = room.world.random.token(16);
      const given = answer.given ?? {};
      return {
        kind: "view",
        view: await drawForm(answer.form, { ...call, key, params: answer.params, given }),
      };
    }
  }
}

async function acknowledgement(outcome: Outcome): Promise<ViewResponseAction | undefined> {
  if (outcome.kind === "close") return undefined;
  if (outcome.kind === "view") return { response_action: "update", view: outcome.view };
  if (outcome.errors) return { response_action: "errors", errors: outcome.errors };
  return { response_action: "update", view: await outcome.redraw() };
}

async function viewAfter(outcome: Outcome, form: Form): Promise<ModalView> {
  if (outcome.kind === "view") return outcome.view;
  if (outcome.kind === "again") return await outcome.redraw();
  return page(form.title, [saying("Done.", "white_check_mark")]);
}

function fieldRefusals(issues: readonly { path: PropertyKey[]; message: string }[]): Refusal {
  const [first, ...also] = issues.map(
    (issue) => new Refusal("bad-field", issue.message, { field: String(issue.path[0]) }),
  );
  if (!first) throw new Error("a form was refused for nothing");
  return new Refusal(first.reason, first.message, { ...(first.field ? { field: first.field } : {}), also });
}
