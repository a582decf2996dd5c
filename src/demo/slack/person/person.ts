import type {
  Conversation,
  Entered,
  Failed,
  HomeView,
  Message,
  Modal,
  Outcome,
  Snapshot,
  Suggestions,
  UserId,
} from "../person-api.ts";
import { startFile } from "../workspace/files.ts";
import { act, suggest } from "./act.ts";
import { openTab } from "./home.ts";
import { close, fill, submit } from "./modals.ts";
import {
  conversationNamed,
  enteredValues,
  type Filled,
  placeOf,
  resolve,
  type Target,
  topModalOf,
} from "./resolve.ts";
import { homeFor, modalsFor, snapshot } from "./snapshot.ts";
import { actor, type Stage } from "./stage.ts";
import { type } from "./type.ts";
import { waitFor } from "./wait.ts";

/**
 * Someone at a screen. What Slack would answer is an `Outcome`; what nobody could do at a screen (a button that isn't there, an option
 * that isn't offered, a modal that isn't on top) throws `Impossible` and says what there is. Conversations are named by
 * id, by channel name, or `dm` for the person's DM with the app.
 */
export type Person = {
  readonly id: UserId;
  /** Everything on the screen now; a copy. */
  sees(): Snapshot;
  conversation(name: string): Conversation;
  /** The oldest first, with the ephemerals for this person. */
  messages(conversation: string): Message[];
  type(text: string, where?: { channel: string }): Promise<Outcome>;
  /**
   * `action`: an action id, `block/action`, or the words on a button. An element with a confirm answers `confirm_needed` and its
   * text, unless `confirmed`. `stale`: the click was on its way while the app changed the message, so it is delivered though
   * the element may be gone.
   */
  click(target: Target, action: string, options?: ClickOptions): Promise<Outcome>;
  /** The same for menus, checkboxes, pickers. */
  select(target: Target, action: string, value: Entered, options?: { confirmed?: boolean }): Promise<Outcome>;
  suggest(target: Target, action: string, query: string): Promise<Suggestions | Failed>;
  /** The text of an element's confirm dialog, if it has one. */
  confirmText(target: Target, action: string): string | undefined;
  fill(values: Filled): void;
  /** Fills in, then submits the top modal. */
  submit(values?: Filled): Promise<Outcome>;
  close(options?: { all?: boolean }): Promise<Outcome>;
  openHome(): Promise<Outcome>;
  openDm(): Promise<Outcome>;
  /** Puts a file at hand for a `file_input`; answers its id. */
  upload(name: string, content: string | Buffer): string;
  /** The top modal. */
  modal(): Modal | undefined;
  home(): HomeView | null;
  /** Waits until a message satisfies: its text or blocks contain the words, match the pattern, or the test says so. */
  waitForMessage(conversation: string, wanted: Wanted<Message>, timeoutMs?: number): Promise<Message>;
  waitForModal(wanted?: Wanted<Modal>, timeoutMs?: number): Promise<Modal>;
  waitForHome(wanted?: Wanted<HomeView>, timeoutMs?: number): Promise<HomeView>;
};

type ClickOptions = { value?: Entered; confirmed?: boolean; stale?: boolean };

type Wanted<T> = string | RegExp | ((seen: T) => boolean);

const defaultTimeoutMs = 10_000;

export function personAt(stage: Stage, id: UserId): Person {
  const { workspace } = stage;
  const user = () => actor(workspace, id);
  user();
  const conversation = (name: string) => conversationNamed(workspace, user(), name);
  const modal = () => modalsFor(workspace, user()).at(-1);
  const home = () => homeFor(workspace, user());
  const topId = () => topModalOf(workspace, user()).id;

  const click: Person["click"] = async (target, action, { stale, ...chosen } = {}) => {
    const { place, blockId, actionId } = resolve(workspace, user(), target, action);
    const seen = stale ? placeOf(workspace, user(), target).blocks : undefined;
    return act(stage, id, { place, blockId, actionId, ...chosen }, seen);
  };

  return {
    id,
    sees: () => snapshot(workspace, user()),
    conversation,
    modal,
    home,
    click,
    messages: (name) => conversation(name).messages,
    type: async (text, where) => type(stage, id, conversation(where?.channel ?? "dm").id, text),
    select: (target, action, value, options = {}) => click(target, action, { value, ...options }),
    async suggest(target, action, query) {
      const { place, blockId, actionId } = resolve(workspace, user(), target, action);
      return suggest(stage, id, { place, blockId, actionId, query });
    },
    confirmText: (target, action) => resolve(workspace, user(), target, action).confirm,
    fill: (values) => fill(workspace, id, topId(), enteredValues(workspace, user(), values)),
    submit: async (values = {}) => submit(stage, id, topId(), enteredValues(workspace, user(), values)),
    close: async (options = {}) => close(stage, id, { view: topId(), ...options }),
    openHome: () => openTab(stage, id, "home"),
    openDm: () => openTab(stage, id, "messages"),
    upload(name, content) {
      const file = startFile(workspace, id, name);
      file.bytes = Buffer.from(content);
      file.sizeBytes = file.bytes.length;
      file.complete = true;
      return file.id;
    },
    waitForMessage: (name, wanted, timeoutMs = defaultTimeoutMs) =>
      waitFor(
        workspace,
        () => conversation(name).messages.findLast((message) => isWanted(wanted, message)),
        timeoutMs,
        () => `a message ${String(wanted)} in ${name}; ${id} sees: ${lastTexts(conversation(name))}`,
      ),
    waitForModal: (wanted = () => true, timeoutMs = defaultTimeoutMs) =>
      waitFor(
        workspace,
        () => [modal()].find((top) => top !== undefined && isWanted(wanted, top)),
        timeoutMs,
        () => `a modal ${String(wanted)}; ${id} sees: ${modal()?.title.text ?? "none"}`,
      ),
    waitForHome: (wanted = () => true, timeoutMs = defaultTimeoutMs) =>
      waitFor(
        workspace,
        () => [home()].find((shown) => shown !== null && isWanted(wanted, shown)),
        timeoutMs,
        () => `a Home ${String(wanted)}`,
      ),
  };
}

function lastTexts(conversation: Conversation): string {
  const last = conversation.messages.slice(-5).map((message) => message.text);
  return last.join(" | ") || "nothing";
}

function isWanted<T>(wanted: Wanted<T>, seen: T): boolean {
  if (typeof wanted === "function") return wanted(seen);
  const words = wordsOf(seen).join("\n");
  return typeof wanted === "string" ? words.includes(wanted) : wanted.test(words);
}

/** Every text in what is seen, so that words are found in blocks too. */
function wordsOf(seen: unknown): string[] {
  if (Array.isArray(seen)) return seen.flatMap(wordsOf);
  if (typeof seen !== "object" || seen === null) return [];
  return Object.entries(seen).flatMap(([key, value]) =>
    key === "text" && typeof value === "string" ? [value] : wordsOf(value),
  );
}
