import { expect, test } from "vitest";
import { draftKey } from "./drafts.js";
import { enteredOptions, enteredValues } from "./entered.js";

const option = (value: string) => ({ text: { type: "plain_text" as const, text: value }, value });
const gpus = { type: "static_select", action_id: "gpus", options: [option("1"), option("2")] };
const blocks = [
  { type: "input", block_id: "b1", element: { type: "plain_text_input", action_id: "name" } },
  { type: "actions", block_id: "b2", elements: [gpus, { type: "button", action_id: "go" }] },
  {
    type: "section",
    block_id: "b3",
    accessory: { type: "checkboxes", action_id: "keep", options: [option("a"), option("b")] },
  },
  {
    type: "input",
    block_id: "b4",
    element: { type: "number_input", action_id: "hours", initial_value: "8" },
  },
];
const state = {
  b1: { name: { type: "plain_text_input", value: "vision" } },
  b2: { gpus: { type: "static_select", selected_option: option("1") } },
  b3: { keep: { type: "checkboxes", selected_options: [option("a")] } },
};

test("what was not touched is as the server knows it, or as the app began it", () => {
  expect(enteredValues(blocks, state, {})).toEqual({
    b1: { name: "vision" },
    b2: { gpus: "1" },
    b3: { keep: ["a"] },
    b4: { hours: "8" },
  });
});

test("what was typed or emptied goes before what was there", () => {
  const drafts = {
    [draftKey("b1", "name")]: { entered: null },
    [draftKey("b2", "gpus")]: { entered: "2", options: [option("2")] },
  };
  expect(enteredValues(blocks, state, drafts)).toMatchObject({ b1: { name: null }, b2: { gpus: "2" } });
  expect(enteredOptions("b2", gpus, state, drafts)).toEqual([option("2")]);
});

test("a choice that the app no longer offers is no choice", () => {
  const drafts = { [draftKey("b2", "gpus")]: { entered: "4", options: [option("4")] } };
  expect(enteredValues(blocks, state, drafts)).toMatchObject({ b2: { gpus: "1" } });
  expect(enteredOptions("b2", gpus, state, drafts)).toEqual([option("1")]);
});
