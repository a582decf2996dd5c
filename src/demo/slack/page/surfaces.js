/**
 * Makes the surfaces on which blocks stand: they keep what is being filled in, and carry acts to the app.
 *
 * @import {Block, Entered, EnteredValues, HomeView, Message, Modal, Place, StateValues} from "../person-api.ts"
 * @import {Confirm, Draft, Element, Surface, Workspace} from "./contexts.js"
 */

import { useMemo, useRef, useState } from "preact/hooks";
import { useWorkspace } from "./contexts.js";
import { draftKey } from "./drafts.js";
import { enteredValues } from "./entered.js";
import { act, suggest } from "./server.js";

/** @typedef {Record<string, Draft>} Drafts */

/** @param {Message} message @param {string} channel @returns {Surface} */
export function useMessageSurface(message, channel) {
  const [drafts, setDrafts] = useState(/** @type {Drafts} */ ({}));
  const workspace = useWorkspace();
  const latest = useLatest(workspace);
  return useMemo(
    () =>
      surfaceOf({
        kind: "message",
        place: { message: { channel, ts: message.ts } },
        id: `${channel}-${message.ts}`,
        state: message.state ?? {},
        errors: {},
        drafts,
        setDrafts,
        latest,
      }),
    [message, channel, drafts],
  );
}

/** @param {Modal | HomeView} view @param {"modal" | "home"} kind @param {Drafts} drafts @param {(change: (old: Drafts) => Drafts) => void} setDrafts @param {(message: string) => void} [complain] @returns {Surface} */
export function useViewSurface(view, kind, drafts, setDrafts, complain) {
  const workspace = useWorkspace();
  const latest = useLatest({ ...workspace, ...(complain ? { complain } : {}) });
  return useMemo(
    () =>
      surfaceOf({
        kind,
        place: { view: view.id },
        id: view.id,
        state: view.state,
        errors: "errors" in view ? view.errors : {},
        drafts,
        setDrafts,
        latest,
        blocks: view.blocks,
      }),
    [view, drafts],
  );
}

/**
 * @param {{kind: Surface["kind"], place: Place, id: string, state: StateValues, errors: Record<string, string>, drafts: Drafts,
 *   setDrafts: (change: (old: Drafts) => Drafts) => void, latest: {current: Workspace}, blocks?: Block[]}} parts
 * @returns {Surface}
 */
function surfaceOf({ kind, place, id, state, errors, drafts, setDrafts, latest, blocks }) {
  /** @type {Surface["draft"]} */
  const draft = (blockId, actionId, value) =>
    setDrafts((old) => {
      const next = { ...old };
      if (value) next[draftKey(blockId, actionId)] = value;
      else delete next[draftKey(blockId, actionId)];
      return next;
    });
  return {
    kind,
    place,
    id,
    state,
    errors,
    drafts,
    draft,
    act: async (blockId, element, value, sent) => {
      const { snapshot, askFirst, complain } = latest.current;
      if (element.confirm && !(await askFirst(element.confirm))) return false;
      sent?.();
      const outcome = await act(snapshot.me.id, {
        place,
        blockId,
        actionId: element.action_id,
        ...(value === undefined ? {} : { value }),
        ...(element.confirm ? { confirmed: true } : {}),
        ...(blocks ? { values: valuesWith(blocks, state, drafts, blockId, element.action_id, value) } : {}),
      });
      if (!outcome.ok) complain(outcome.message);
      return outcome.ok;
    },
    suggest: (blockId, actionId, query) =>
      suggest(latest.current.snapshot.me.id, { place, blockId, actionId, query }),
  };
}

/** What is filled in, with the newest choice in it although it is not drawn yet. @param {Block[]} blocks @param {StateValues} state @param {Drafts} drafts @param {string} blockId @param {string} actionId @param {Entered | undefined} value @returns {EnteredValues} */
function valuesWith(blocks, state, drafts, blockId, actionId, value) {
  const key = draftKey(blockId, actionId);
  return enteredValues(
    blocks,
    state,
    value === undefined ? drafts : { ...drafts, [key]: { entered: value } },
  );
}

/** @template T @param {T} value @returns {{current: T}} */
function useLatest(value) {
  const latest = useRef(value);
  latest.current = value;
  return latest;
}
