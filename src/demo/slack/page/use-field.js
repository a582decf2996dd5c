/**
 * What all fields share: their value now, and how it is changed.
 *
 * @import {ElementProps} from "./elements.js"
 * @import {Entered, Option} from "../person-api.ts"
 */

import { useSurface } from "./contexts.js";
import { entered, enteredOptions } from "./entered.js";

/** @param {ElementProps} props */
export function useField({ element, blockId, acts }) {
  const surface = useSurface();
  const { action_id: actionId } = element;
  /** Fills in; the app does not hear of it. @param {Entered} value @param {Option[]} [options] */
  const fill = (value, options) =>
    surface.draft(blockId, actionId, { entered: value, ...(options ? { options } : {}) });
  return {
    value: entered(blockId, element, surface.state, surface.drafts),
    options: enteredOptions(blockId, element, surface.state, surface.drafts),
    fill,
    /** Fills in, and tells the app if it wants to hear of it. @param {Entered} value @param {Option[]} [options] */
    choose: async (/** @type {Entered} */ value, /** @type {Option[] | undefined} */ options) => {
      fill(value, options);
      if (!acts) return;
      const done = await surface.act(blockId, element, value);
      // In a message the server keeps what was chosen; and a choice that was taken back is one nobody made.
      if (surface.kind === "message" || !done) surface.draft(blockId, actionId, undefined);
    },
  };
}
