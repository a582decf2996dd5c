import { elementsOf } from "../blocks/walk.ts";
import { Impossible } from "../inputs/enter.ts";
import type {
  Conversation,
  Entered,
  EnteredValues,
  Failed,
  HomeView,
  Message,
  Modal,
  Outcome,
  Place,
  Snapshot,
  Suggestions,
  UserId,
} from "../person-api.ts";
import { startFile } from "../workspace/files.ts";
import { act, suggest } from "./act.ts";
import { openTab } from "./home.ts";
import { close, fill, submit } from "./modals.ts";
import { snapshot } from "./snapshot.ts";
import { actor, type Stage } from "./stage.ts";
import { type } from "./type.ts";
import { waitFor } from "./wait.ts";

/** A message as someone sees it, or the top modal, or Home. */
export type Target = Message | "modal" | "home";

/** `{"name/value": "vision"}`: a block id, an action id, or `block/action` -> what is entered. */
export type Filled = Record<string, Entered>;

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

export type ClickOptions = { value?: Entered; confirmed?: boolean; stale?: boolean };

export type Wanted<T> = string | RegExp | ((seen: T) => boolean);

const defaultTimeoutMs = 10_000;

export function personAt(stage: Stage, id: UserId): Person {
  const { workspace } = stage;
  const user = () => actor(workspace, id);
  user();

  const sees = () => snapshot(workspace, user());
  const conversation = (name: string): Conversation => {
    const all = sees().conversations;
    const wanted = name.replace(/^#/, "");
    const found =
      name === "dm"
        ? all.find((c) => c.kind === "dm")
        : all.find((c) => c.id === name || (c.kind === "channel" && c.name === wanted));
    if (!found)
      throw new Impossible(
        `${id} sees no conversation ${name}; there is ${all.map((c) => c.name).join(", ")}.`,
      );
    return found;
  };
  const modal = () => sees().modals.at(-1);

  function resolve(
    target: Target,
    action: string,
  ): { place: Place; blockId: string; actionId: string; confirm?: string } {
    const { place, blocks } = where(target);
    const all = blocks
      .flatMap((block) => elementsOf(block))
      .map(({ block, element }) => {
        const label = (element.text as { text?: string } | undefined)?.text;
        const confirm = (element.confirm as { text: { text: string } } | undefined)?.text.text;
        return { blockId: block.block_id, actionId: element.action_id, label, confirm };
      });
    const found = [
      all.filter((e) => e.actionId === action || `${e.blockId}/${e.actionId}` === action),
      all.filter((e) => e.label === action),
    ].find((matches) => matches.length > 0);
    const names = all.map((e) => `${e.blockId}/${e.actionId}${e.label ? ` "${e.label}"` : ""}`).join(", ");
    const [first, second] = found ?? [];
    if (!first)
      throw new Impossible(`There is no "${action}" here; there is ${names || "nothing to act on"}.`);
    if (second)
      throw new Impossible(`"${action}" could be several; there is ${names}. Name it as block/action.`);
    return {
      place,
      blockId: first.blockId,
      actionId: first.actionId,
      ...(first.confirm ? { confirm: first.confirm } : {}),
    };
  }

  function where(target: Target): { place: Place; blocks: Modal["blocks"] } {
    if (target === "modal") {
      const top = modal();
      if (!top) throw new Impossible(`${id} has no modal open.`);
      return { place: { view: top.id }, blocks: top.blocks };
    }
    if (target === "home") {
      const home = sees().home;
      if (!home) throw new Impossible(`The app has published no Home for ${id}.`);
      return { place: { view: home.id }, blocks: home.blocks };
    }
    const inside = sees().conversations.find((c) => c.messages.some((m) => m.ts === target.ts));
    if (!inside) throw new Impossible(`${id} does not see the message ${target.ts} (any more).`);
    // A click is on what the person saw, also if the message has changed since: then Slack refuses or delivers, as it does.
    return { place: { message: { channel: inside.id, ts: target.ts } }, blocks: target.blocks ?? [] };
  }

  function byPlace(values: Filled): EnteredValues {
    const top = modal();
    if (!top) throw new Impossible(`${id} has no modal open.`);
    const slots = Object.entries(top.state).flatMap(([blockId, actions]) =>
      Object.keys(actions).map((actionId) => ({ blockId, actionId })),
    );
    const entered: EnteredValues = {};
    for (const [name, value] of Object.entries(values)) {
      const matches = slots.filter(
        (s) => name === `${s.blockId}/${s.actionId}` || name === s.blockId || name === s.actionId,
      );
      const [slot, other] = matches;
      const there = slots.map((s) => `${s.blockId}/${s.actionId}`).join(", ");
      if (!slot || other)
        throw new Impossible(
          `"${name}" is ${slot ? "ambiguous" : "not"} in this modal; there is ${there || "nothing to fill in"}.`,
        );
      entered[slot.blockId] = { ...entered[slot.blockId], [slot.actionId]: value };
    }
    return entered;
  }

  function topId(): string {
    const top = modal();
    if (!top) throw new Impossible(`${id} has no modal open.`);
    return top.id;
  }

  const click: Person["click"] = (target, action, options = {}) => {
    const { stale, ...chosen } = options;
    const { place, blockId, actionId } = resolve(target, action);
    const seen = stale ? where(target).blocks : undefined;
    return act(stage, id, { place, blockId, actionId, ...chosen }, seen);
  };

  return {
    id,
    sees,
    conversation,
    modal,
    click,
    messages: (name) => conversation(name).messages,
    type: (text, options) => type(stage, id, conversation(options?.channel ?? "dm").id, text),
    select: (target, action, value, options = {}) => click(target, action, { value, ...options }),
    suggest(target, action, query) {
      const { place, blockId, actionId } = resolve(target, action);
      return suggest(stage, id, { place, blockId, actionId, query });
    },
    confirmText: (target, action) => resolve(target, action).confirm,
    fill: (values) => fill(workspace, id, topId(), byPlace(values)),
    submit: (values = {}) => submit(stage, id, topId(), byPlace(values)),
    close: (options = {}) => close(stage, id, { view: topId(), ...options }),
    openHome: () => openTab(stage, id, "home"),
    openDm: () => openTab(stage, id, "messages"),
    upload(name, content) {
      const file = startFile(workspace, id, name);
      file.bytes = Buffer.from(content);
      file.sizeBytes = file.bytes.length;
      file.complete = true;
      return file.id;
    },
    home: () => sees().home,
    waitForMessage: (name, wanted, timeoutMs = defaultTimeoutMs) =>
      waitFor(
        workspace,
        () => conversation(name).messages.findLast((message) => isWanted(wanted, message)),
        timeoutMs,
        () =>
          `a message ${String(wanted)} in ${name}; ${id} sees: ${
            conversation(name)
              .messages.slice(-5)
              .map((m) => m.text)
              .join(" | ") || "nothing"
          }`,
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
        () => [sees().home].find((home) => home !== null && isWanted(wanted, home)),
        timeoutMs,
        () => `a Home ${String(wanted)}`,
      ),
  };
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
