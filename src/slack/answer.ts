import type { PlainTextOption } from "@slack/types";
import type { z } from "zod";
import type { Member } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import type { KnownBlock, Message, ModalView } from "./views/blocks.ts";

/** What a command, button or form is called with. */
export type Call = {
  world: World;
  caller: Caller;
  /** Stands before every command's name in this workspace. */
  prefix: string;
  /** The same for every delivery of one asking. */
  requestId: string;
  /** The message whose button was pressed. */
  message: { channel: string; ts: string } | undefined;
  /** The form whose button was pressed, with what is filled in at the moment. A hint, like all that comes back of a form. */
  inForm: FilledForm | undefined;
  /** What there is, for help. */
  commands: readonly CommandWords[];
  /** A file that the caller handed over with a form, as text; a `Refusal` if it is not theirs, not text, or too big. */
  readFile(fileId: string): Promise<SentFile>;
  /** Puts a file into the caller's conversation with the app, below a line that says what it is: its name if nothing is said. */
  sendFile(file: OutgoingFile, says?: string): Promise<void>;
};

/** Text, or a picture with what it shows in words for who can't see it. */
export type OutgoingFile = { name: string } & ({ text: string } | { png: Buffer; shows: string });

export type SentFile = { name: string; text: string };

/** A form as it stands on somebody's screen. */
export type FilledForm = {
  viewId: string;
  name: string;
  key: string;
  params: Record<string, unknown>;
  given: Record<string, string>;
  /** Under which block each field stands. */
  blocks: BlockIds;
};

/** Field → `block_id`. Slack keeps what somebody typed as long as its block keeps its id. */
export type BlockIds = Readonly<Record<string, string>>;

/** Who asks, as Slack vouches for it; nothing in a payload's values changes it. */
export type Caller = { member: Member; isAdmin: boolean };

/** A command as help shows it. */
export type CommandWords = {
  name: string;
  summary: string;
  /** The whole line: `/container-stop <project>`. */
  usage: string;
  examples: readonly string[];
  forAdmins: boolean;
};

/** What a person is answered. Whether it comes as a message or a modal depends on where they are. */
export type Answer =
  /** Seen by them alone, where they asked. */
  | { kind: "only-to-caller"; message: Message }
  /** Seen by them alone, and the message whose button was pressed becomes this one. */
  | { kind: "instead"; message: Message }
  /** A modal that shows something. `here`: where the modal stood whose button was pressed, not on top of it. */
  | { kind: "show"; view: ModalView; here?: true }
  /** A modal that shows something which takes some seconds to find out. */
  | { kind: "show-later"; title: string; view: () => Promise<ModalView> }
  /** A form, in a modal; `here` as above. */
  | { kind: "form"; form: Form; params: Record<string, unknown>; given: Given; here?: true }
  /** The form in which the button stands, filled anew: fields that are given something else than they hold are replaced. */
  | { kind: "refill"; form: Form; params: Record<string, unknown>; given: Given; problem?: Message }
  /** Something else tells: the container's card, the closing of a form. */
  | { kind: "nothing" };

/** What a select offers. A group's label has at most 75 letters. */
export type Offered = PlainTextOption[] | OptionGroup[];
export type OptionGroup = { label: string; options: PlainTextOption[] };

/** Field → what is filled in, as text: an option's value for a select; of several choices, people or files one a line. */
export type Given = Readonly<Record<string, string | undefined>>;

/**
 * A modal with inputs. Inputs stand in blocks whose `block_id` and `action_id` are both the field's name; a field's problem is
 * shown at its block.
 */
export type Form<Params extends z.ZodObject = z.ZodObject, Fields extends z.ZodObject = z.ZodObject> = {
  name: string;
  /** At most 24 letters. */
  title: string;
  submit: string | ((params: z.infer<Params>) => string);
  for: "anyone" | "members" | "admins";
  /** Ids that the form carries; what comes back of them is a hint, checked again by the use case. */
  params: Params;
  fields: Fields;
  /** Where a rule names a field that the form has under another name. */
  fieldOf?(field: string): string;
  /**
   * For selects that ask for their options as one types: field → what fits the query, plain or in groups. May read the
   * ledger; what takes longer than Slack waits is not shown.
   */
  suggest?: { readonly [field: string]: (call: Call, query: string) => Offered | Promise<Offered> };
  /** The blocks, with `given` filled in. May read the ledger: a skeleton is shown meanwhile. */
  draw(call: Call & { params: z.infer<Params>; given: Given }): Promise<KnownBlock[]>;
  /** Judges and commits. A `Refusal` with a field is shown at that field, another above the form. */
  submitted(call: Call & { params: z.infer<Params>; values: z.infer<Fields> }): Promise<Answer>;
};

export function onlyToCaller(message: Message): Answer {
  return { kind: "only-to-caller", message };
}

export function show(view: ModalView): Answer {
  return { kind: "show", view };
}

export function openForm(form: Form, params: Record<string, unknown> = {}, given: Given = {}): Answer {
  return { kind: "form", form, params, given };
}
