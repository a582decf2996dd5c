import type { Member } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import type { Form } from "./define-form.ts";
import type { Message, ModalView } from "./views/blocks.ts";

/** What a command, button or form is called with. */
export type Call = {
  world: World;
  caller: Caller;
  /** Stands before every command's name in this workspace. */
  prefix: string;
  /** The same for every delivery of one asking. */
  requestId: string;
};

/** Who asks, as Slack vouches for it; nothing in a payload's values changes it. */
export type Caller = { member: Member; isAdmin: boolean };

/** What a person is answered. Whether it comes as a message or a modal depends on where they are. */
export type Answer =
  /** Seen by them alone, where they asked. */
  | { kind: "only-to-caller"; message: Message }
  /** Seen by them alone, and the message whose button was pressed becomes this one. */
  | { kind: "instead"; message: Message }
  /** A modal that shows something. */
  | { kind: "show"; view: ModalView }
  /** A form, in a modal. */
  | { kind: "form"; form: Form; params: Record<string, unknown>; given?: Record<string, unknown> }
  /** Something else tells: the container's card, the closing of a form. */
  | { kind: "nothing" };

export function onlyToCaller(message: Message): Answer {
  return { kind: "only-to-caller", message };
}

export function show(view: ModalView): Answer {
  return { kind: "show", view };
}

export function openForm(
  form: Form,
  params: Record<string, unknown> = {},
  given: Record<string, unknown> = {},
): Answer {
  return { kind: "form", form, params, given };
}
