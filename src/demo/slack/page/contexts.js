/**
 * What pieces deep in the page need to know without every piece above handing it down.
 *
 * @import {Snapshot, Place, StateValues, Entered, Option, Suggestions, Failed} from "../person-api.ts"
 *
 * @typedef {{
 *   snapshot: Snapshot,
 *   zone: string,
 *   go: (where: string) => void,
 *   complain: (message: string) => void,
 *   tell: (message: string) => void,
 *   askFirst: (confirm: Confirm) => Promise<boolean>,
 * }} Workspace
 *
 * @typedef {{title: {text: string}, text: {type: string, text: string}, confirm: {text: string}, deny: {text: string}, style?: string}} Confirm
 *
 * @typedef {{entered: Entered, options?: Option[]}} Draft
 *
 * A surface is whatever holds blocks: a message, a modal, or Home.
 * @typedef {{
 *   kind: "message" | "modal" | "home",
 *   place: Place,
 *   id: string,
 *   state: StateValues,
 *   errors: Record<string, string>,
 *   drafts: Record<string, Draft>,
 *   draft: (blockId: string, actionId: string, draft: Draft | undefined) => void,
 *   act: (blockId: string, element: Element, value?: Entered, sent?: () => void) => Promise<boolean>,
 *   suggest: (blockId: string, actionId: string, query: string) => Promise<Suggestions | Failed>,
 * }} Surface
 *
 * @typedef {{type: string, action_id: string, confirm?: Confirm, [field: string]: any}} Element
 */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

const workspaceContext = createContext(/** @type {Workspace | null} */ (null));
const surfaceContext = createContext(/** @type {Surface | null} */ (null));

export const InWorkspace = workspaceContext.Provider;
export const OnSurface = surfaceContext.Provider;

/** @returns {Workspace} */
export function useWorkspace() {
  const workspace = useContext(workspaceContext);
  if (!workspace) throw new Error("This piece of the page stands outside a workspace.");
  return workspace;
}

/** @returns {Surface} */
export function useSurface() {
  const surface = useContext(surfaceContext);
  if (!surface) throw new Error("This block stands on no message, modal or Home.");
  return surface;
}
