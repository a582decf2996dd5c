import { type Element, findElement } from "../blocks/walk.ts";
import type { Block, Entered, EnteredValues, Option, StateValues } from "../person-api.ts";
import { chosenOption, kinds, type StateValue, setValue } from "./state.ts";

/** What somebody could not have done at a screen: an option that isn't there, a list in a text field. */
export class Impossible extends Error {
  override readonly name = "Impossible";
}

/** What an element needs to know of its surroundings. */
export type Surroundings = {
  /** Options offered so far: `block_id action_id` -> options. */
  suggested: ReadonlyMap<string, Option[]>;
  isUser(id: string): boolean;
  isConversation(id: string): boolean;
  /** An uploaded file as a payload shows it. */
  file(id: string): Record<string, unknown> | undefined;
};

/** Puts what a person entered into the state; throws Impossible. */
export function enterValues(
  blocks: readonly Block[],
  state: StateValues,
  values: EnteredValues,
  around: Surroundings,
): void {
  for (const [blockId, actions] of Object.entries(values))
    for (const [actionId, entered] of Object.entries(actions)) {
      const found = findElement(blocks, blockId, actionId);
      if (!found) throw new Impossible(`There is no ${blockId}/${actionId} here. ${namesOf(state)}`);
      if (!kinds[found.element.type])
        throw new Impossible(`${blockId}/${actionId} is a ${found.element.type}: nothing can be filled in.`);
      setValue(state, blockId, actionId, stateValueOf(found.element, blockId, entered, around));
    }
}

function namesOf(state: StateValues): string {
  const names = Object.entries(state).flatMap(([block, actions]) =>
    Object.keys(actions).map((a) => `${block}/${a}`),
  );
  return `There is: ${names.join(", ") || "nothing to fill in"}.`;
}

/** What a person entered, in the form of `state.values`. */
export function stateValueOf(
  element: Element,
  blockId: string,
  entered: Entered,
  around: Surroundings,
): StateValue {
  const kind = kinds[element.type];
  if (!kind) throw new Impossible(`A ${element.type} holds nothing.`);
  const what = `${blockId}/${element.action_id} (${element.type})`;
  if (kind.many) {
    const most = (element.max_selected_items ?? element.max_files) as number | undefined;
    const items = entered === null ? [] : Array.isArray(entered) ? entered : [entered];
    if (most !== undefined && items.length > most) throw new Impossible(`${what} takes at most ${most}.`);
    return {
      type: element.type,
      [kind.field]: items.map((item) => held(kind.holds, element, blockId, item, around, what)),
    };
  }
  if (Array.isArray(entered)) throw new Impossible(`${what} takes one value, not a list.`);
  const empty = entered === null || entered === "";
  return {
    type: element.type,
    [kind.field]: empty ? null : held(kind.holds, element, blockId, entered, around, what),
  };
}

function held(
  holds: NonNullable<(typeof kinds)[string]>["holds"],
  element: Element,
  blockId: string,
  entered: string,
  around: Surroundings,
  what: string,
): unknown {
  switch (holds) {
    case "text":
      return entered;
    case "number":
      if (!/^\d+$/.test(entered)) throw new Impossible(`${what} takes unix seconds.`);
      return Number(entered);
    case "option": {
      const offered = optionsOf(element, blockId, around);
      const option = offered.find((o) => o.value === entered);
      if (!option)
        throw new Impossible(
          `${what} has no option "${entered}". It has: ${offered.map((o) => o.value).join(", ") || "none"}.`,
        );
      return chosenOption(option);
    }
    case "id": {
      const known = element.type.includes("users") ? around.isUser(entered) : around.isConversation(entered);
      if (!known) throw new Impossible(`${what}: there is no ${entered}.`);
      return entered;
    }
    case "file": {
      const file = around.file(entered);
      if (!file) throw new Impossible(`${what}: no file ${entered} of this person was uploaded.`);
      const types = element.filetypes as string[] | undefined;
      if (types && !types.includes(String(file.filetype)))
        throw new Impossible(`${what} takes ${types.join(", ")}, not ${String(file.name)}.`);
      return file;
    }
    case "rich_text":
      return {
        type: "rich_text",
        elements: [{ type: "rich_text_section", elements: [{ type: "text", text: entered }] }],
      };
  }
}

function optionsOf(element: Element, blockId: string, around: Surroundings): Option[] {
  const own = (element.options ??
    (element.option_groups as { options: Option[] }[] | undefined)?.flatMap((g) => g.options) ??
    []) as Option[];
  const initial = [
    element.initial_option,
    ...((element.initial_options as unknown[] | undefined) ?? []),
  ].filter(Boolean) as Option[];
  return element.type.includes("external")
    ? [...initial, ...(around.suggested.get(`${blockId} ${element.action_id}`) ?? [])]
    : own;
}

export { optionsOf };
