/**
 * What the browser page of the simulated Slack and its server say to each other, over HTTP on loopback.
 * Types only; whoever writes the page needs no other file of this room.
 *
 * | request | body | answer |
 * | --- | --- | --- |
 * | `GET /person` | – | `Person[]`: everybody one may act as (no bots, nobody deleted) |
 * | `GET /person/<userId>` | – | `Snapshot`: everything this person sees now |
 * | `GET /person/<userId>/events` | – | server-sent events: `event: snapshot`, data = `Snapshot` in JSON; one at once, then one after every change (several quick changes come as one) |
 * | `POST /person/<userId>/type` | `TypeBody` | `Outcome` |
 * | `POST /person/<userId>/act` | `ActBody` | `Outcome`: a button clicked, something chosen in a message, a modal or Home |
 * | `POST /person/<userId>/suggest` | `SuggestBody` | `Suggestions \| Failed`: asks the app for the options of an external select |
 * | `POST /person/<userId>/submit` | `SubmitBody` | `Outcome`: the top modal's submit button |
 * | `POST /person/<userId>/close` | `CloseBody` | `Outcome`: the top modal is closed by its cross or its close button |
 * | `POST /person/<userId>/open-home` | `{}` | `Outcome`: the app's Home tab is opened |
 * | `POST /person/<userId>/open-dm` | `{}` | `Outcome`: the app's Messages tab is opened |
 * | `POST /person/<userId>/upload?name=<file name>` | the bytes, `content-type: application/octet-stream` | `{ok: true, id}`: a file for a `file_input`; its id is what is entered there |
 * | `GET /files/<fileId>` | – | the bytes of an uploaded file (`Message.files`, `slack_file` in an image block) |
 *
 * Every other POST has `content-type: application/json`. A person's mistake is `{ok: false, …}` with HTTP 200; a body of
 * the wrong form is HTTP 400, an unknown person 404. An `Outcome` comes when the app has acknowledged or failed to
 * (3 s at most); what the app then does arrives by the events.
 *
 * The page's own files are served from `page/`: `/` is `index.html`, `/page/<name>` any file in that folder. These
 * modules are served for its import map: `preact` at `/lib/preact.js`, `preact/hooks` at `/lib/preact-hooks.js`, `htm` at
 * `/lib/htm.js`, `htm/preact` at `/lib/htm-preact.js` (ES modules as they were published; the last imports the first and
 * the third by their bare names).
 */

export type UserId = string;
export type Timestamp = string;

export type Person = {
  id: UserId;
  /** The short name after the @. */
  name: string;
  realName: string;
  /** What they do in the lab, for the switcher: "student". */
  title?: string;
  /** A CSS colour for the avatar. */
  color: string;
  tz: string;
  tzOffsetSeconds: number;
  isBot: boolean;
  /** A guest of the workspace ("restricted" in Slack's words). */
  isGuest: boolean;
  isAdmin: boolean;
  deleted: boolean;
};

export type Snapshot = {
  /** Grows with every change; a snapshot with a lower number than one already seen is old. */
  version: number;
  workspace: { name: string; domain: string };
  me: Person;
  /** Everybody, also bots and deleted people: to name the authors and mentions of messages. */
  users: Person[];
  app: {
    id: string;
    name: string;
    description: string;
    color: string;
    botUserId: UserId;
    hasHome: boolean;
    hasMessages: boolean;
  };
  /** Channels by name, then this person's DM with the app (there from the start, though it may be empty). */
  conversations: Conversation[];
  /** Open modals, the lowest first; only the last can be worked with. */
  modals: Modal[];
  /** What the app published to this person's Home tab; null before it published anything. */
  home: HomeView | null;
  commands: Command[];
  /** Whether an app is connected now; if not, commands fail. */
  appConnected: boolean;
  /** A line that belongs above everything, such as "In-memory engine: containers are pretended". Plain text. */
  banner?: string;
  extras?: Extras;
};

/** What the demo, and not Slack, has to say to this person. */
export type Extras = {
  /** An SSH key made for this demo: its public half to paste into the form, and where the private half lies. */
  demoKey?: { publicKey: string; privateKeyPath: string };
  /** Further lines to be shown beside the key, plain text. */
  notes?: string[];
};

export type Conversation = {
  id: string;
  kind: "channel" | "dm";
  /** Without the #; of a DM the app's name. */
  name: string;
  topic?: string;
  /** Whether this person may write here. */
  isMember: boolean;
  /** Whether the app's bot is in here. */
  appIsMember: boolean;
  /** The oldest first, at most the last 200, with the ephemerals meant for this person in their place. */
  messages: Message[];
};

export type Message = {
  ts: Timestamp;
  user: UserId;
  /** mrkdwn. To be shown if there are no blocks; with blocks it is what a notification would say. */
  text: string;
  blocks?: Block[];
  /** When it was last edited. */
  edited?: { ts: Timestamp };
  /** "Only visible to you". */
  ephemeral: boolean;
  pinned: boolean;
  threadTs?: Timestamp;
  files?: FileShown[];
  /** What was chosen in this message's selects and inputs, as Slack writes it. */
  state?: StateValues;
};

export type FileShown = {
  id: string;
  name: string;
  title: string;
  mimetype: string;
  sizeBytes: number;
  /** What a picture shows, for who can't see it. */
  alt?: string;
  url: string;
};

export type Modal = {
  id: string;
  title: PlainText;
  submit?: PlainText;
  close?: PlainText;
  blocks: Block[];
  /** What is filled in, as the server knows it: initial values, and what came with `values`. */
  state: StateValues;
  /** Block id -> what is wrong there. Gone with the next submit. */
  errors: Record<string, string>;
  /** A submission is on its way to the app. */
  submitting: boolean;
  /** Grows when the app changes the view (views.update); inputs in blocks that kept their block_id and action_id keep their values. */
  revision: number;
};

export type HomeView = { id: string; blocks: Block[]; state: StateValues; revision: number };

/** A Block Kit block, checked by the server; every block has a block_id, every interactive element an action_id. */
export type Block = { type: string; block_id: string; [field: string]: unknown };
export type PlainText = { type: "plain_text"; text: string; emoji?: boolean };
export type Option = {
  text: { type: "plain_text" | "mrkdwn"; text: string; emoji?: boolean };
  value: string;
  description?: PlainText;
};

/** block_id -> action_id -> Slack's own form: `{type: "plain_text_input", value}`, `{type: "static_select", selected_option}`, … */
export type StateValues = Record<string, Record<string, { type: string; [field: string]: unknown }>>;

/**
 * What a person put into an element, in its simplest form: the text, the option's value, the user, channel or
 * conversation id, the date `YYYY-MM-DD`, the time `HH:mm`, the datetime in unix seconds as a string; a list of such for
 * checkboxes and multi-selects (`file_input`: file ids); null for nothing (a button: null or left out).
 */
export type Entered = string | string[] | null;
export type EnteredValues = Record<string, Record<string, Entered>>;

export type Command = { command: string; description: string; usageHint: string; appName: string };

/** Where an interactive element stands. */
export type Place = { message: { channel: string; ts: Timestamp } } | { view: string };

export type TypeBody = {
  channel: string;
  /** A message, or a slash command with its words. */
  text: string;
};

export type ActBody = {
  place: Place;
  blockId: string;
  actionId: string;
  /** What was chosen; of a button nothing. */
  value?: Entered;
  /** The element has a `confirm` and the person said yes to it. Without it such an element is refused ("confirm_needed"). */
  confirmed?: boolean;
  /** In a modal or Home: what is filled in at this moment, so that the app sees it. */
  values?: EnteredValues;
};

export type SuggestBody = { place: Place; blockId: string; actionId: string; query: string };
export type Suggestions = {
  ok: true;
  options: Option[];
  groups?: { label: PlainText; options: Option[] }[];
};

export type SubmitBody = { view: string; values: EnteredValues };
export type CloseBody = {
  view: string;
  /** The cross of a stack closes all of it. */
  all?: boolean;
};

export type Outcome = { ok: true } | Failed;
/**
 * `error` is a word of Slack's or the simulator's (`operation_timeout`, `confirm_needed`, `required_missing`, …), `message` the sentence to
 * show. `errors` names blocks of a modal; the same errors are in the next snapshot.
 */
export type Failed = { ok: false; error: string; message: string; errors?: Record<string, string> };
