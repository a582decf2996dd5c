import { expect, test } from "vitest";
import { keyField } from "./demo-key.js";

const plain = (text: string) => ({ type: "plain_text" as const, text });
const field = (block_id: string, label: string, more = {}) => ({
  type: "input",
  block_id,
  label: plain(label),
  element: { type: "plain_text_input", action_id: "a", ...more },
});
const modal = (title: string, ...blocks: ReturnType<typeof field>[]) => ({
  id: "V1",
  title: plain(title),
  blocks,
  state: {},
  errors: {},
  submitting: false,
  revision: 0,
});

test("the key goes into the field for keys, not into the one for their name", () => {
  const form = modal(
    "Add an SSH key",
    field("name", "Name of the key"),
    field("key", "Public key", { multiline: true }),
  );
  expect(keyField(form)).toEqual({ blockId: "key", actionId: "a" });
  expect(
    keyField(
      modal("First steps", field("notes", "About you", { multiline: true }), field("key", "Your SSH key")),
    ),
  ).toEqual({ blockId: "key", actionId: "a" });
});

test("a form that is not about SSH keys has no place for one", () => {
  expect(keyField(modal("New container", field("project", "Project")))).toBeNull();
  expect(keyField(modal("SSH config"))).toBeNull();
});
