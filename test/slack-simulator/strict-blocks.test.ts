import { expect, test } from "vitest";
import { checkBlocks } from "../../src/demo/slack/blocks/check.ts";
import { checkView } from "../../src/demo/slack/blocks/check-view.ts";
import { plain, section } from "./lab.ts";

function button(overrides: Record<string, unknown> = {}) {
  return { type: "button", action_id: "go", text: plain("Go"), ...overrides };
}
function actions(...elements: unknown[]) {
  return { type: "actions", block_id: "row", elements };
}
function option(value: string) {
  return { text: plain(value), value };
}
function input(element: unknown, overrides: Record<string, unknown> = {}) {
  return { type: "input", block_id: "in", label: plain("Name"), element, ...overrides };
}
const text = (length: number) => "x".repeat(length);
const list = (length: number) => Array.from({ length }, (_, index) => index);

test("a message with one of everything is fine", () => {
  const blocks = [
    { type: "header", text: plain("Title") },
    { ...section("*bold*"), accessory: { type: "overflow", action_id: "menu", options: [option("a")] } },
    { type: "section", fields: [plain("a"), { type: "mrkdwn", text: "b" }] },
    { type: "divider" },
    {
      type: "context",
      elements: [
        { type: "mrkdwn", text: "small" },
        { type: "image", image_url: "https://example.org/a.png", alt_text: "a" },
      ],
    },
    actions(button(), {
      type: "static_select",
      action_id: "pick",
      options: [option("a")],
      initial_option: option("a"),
    }),
    input({ type: "plain_text_input", action_id: "name" }),
    { type: "image", image_url: "https://example.org/a.png", alt_text: "a" },
    {
      type: "rich_text",
      elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text: "ssh" }] }],
    },
    { type: "table", rows: [[{ type: "raw_text", text: "a" }]] },
    { type: "markdown", text: "# a" },
  ];
  expect(checkBlocks(blocks, "message")).toEqual([]);
});

test.each<[string, unknown[], string]>([
  [
    "more than 50 blocks",
    list(51).map(() => ({ type: "divider" })),
    "no more than 50 items allowed [json-pointer:/blocks]",
  ],
  [
    "an empty section text",
    [section("")],
    "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
  ],
  [
    "a long section text",
    [section(text(3001))],
    "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
  ],
  [
    "a section with nothing",
    [{ type: "section" }],
    "must define either `text` or `fields` [json-pointer:/blocks/0]",
  ],
  [
    "11 fields",
    [{ type: "section", fields: list(11).map(() => plain("a")) }],
    "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
  ],
  [
    "a long field",
    [{ type: "section", fields: [plain(text(2001))] }],
    "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
  ],
  [
    "a long header",
    [{ type: "header", text: plain(text(151)) }],
    "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
  ],
  [
    "mrkdwn in a header",
    [{ type: "header", text: { type: "mrkdwn", text: "a" } }],
    "must be one of: plain_text [json-pointer:/blocks/0/text/type]",
  ],
  [
    "a text that is a bare string",
    [{ type: "section", text: "a" }],
    "must provide a valid object [json-pointer:/blocks/0/text]",
  ],
  [
    "long button words",
    [actions(button({ text: plain(text(76)) }))],
    "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
  ],
  [
    "a long button value",
    [actions(button({ value: text(2001) }))],
    "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
  ],
  [
    "a button without words",
    [actions({ type: "button", action_id: "a" })],
    "missing required field: text [json-pointer:/blocks/0/elements/0]",
  ],
  [
    "26 buttons",
    [actions(...list(26).map((i) => button({ action_id: `a${i}` })))],
    "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
  ],
  [
    "11 context elements",
    [{ type: "context", elements: list(11).map(() => plain("a")) }],
    "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
  ],
  [
    "a button in a context",
    [{ type: "context", elements: [button()] }],
    "unsupported type: button [json-pointer:/blocks/0/elements/0/type]",
  ],
  [
    "a text input outside an input block",
    [actions({ type: "plain_text_input", action_id: "a" })],
    "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
  ],
  [
    "101 options",
    [actions({ type: "static_select", action_id: "a", options: list(101).map((i) => option(`${i}`)) })],
    "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
  ],
  [
    "a select without options",
    [actions({ type: "static_select", action_id: "a" })],
    "must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
  ],
  [
    "an initial option that isn't offered",
    [actions({ type: "static_select", action_id: "a", options: [option("a")], initial_option: option("b") })],
    "must match one of the options [json-pointer:/blocks/0/elements/0/initial_option]",
  ],
  [
    "a long option value",
    [actions({ type: "static_select", action_id: "a", options: [{ text: plain("a"), value: text(76) }] })],
    "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
  ],
  [
    "11 radio buttons",
    [actions({ type: "radio_buttons", action_id: "a", options: list(11).map((i) => option(`${i}`)) })],
    "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]",
  ],
  [
    "a long confirm title",
    [actions(button({ confirm: { title: plain(text(101)), text: plain("a") } }))],
    "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
  ],
  [
    "a long confirm text",
    [actions(button({ confirm: { text: plain(text(301)) } }))],
    "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]",
  ],
  [
    "a long action_id",
    [actions(button({ action_id: text(256) }))],
    "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
  ],
  [
    "a field nobody knows",
    [{ type: "divider", colour: "red" }],
    "invalid additional property: colour [json-pointer:/blocks/0]",
  ],
  ["a block nobody knows", [{ type: "button" }], "unsupported type: button [json-pointer:/blocks/0/type]"],
  ["a block without a type", [{ text: plain("a") }], "missing required field: type [json-pointer:/blocks/0]"],
  [
    "one block_id twice",
    [
      { type: "divider", block_id: "a" },
      { type: "divider", block_id: "a" },
    ],
    '`block_id` "a" already exists [json-pointer:/blocks/1/block_id]',
  ],
  [
    "one action_id twice in a block",
    [actions(button(), button())],
    '`action_id` "go" already exists for this block [json-pointer:/blocks/0]',
  ],
  [
    "an image without alt_text",
    [{ type: "image", image_url: "https://example.org" }],
    "missing required field: alt_text [json-pointer:/blocks/0]",
  ],
  [
    "an image from nowhere",
    [{ type: "image", alt_text: "a" }],
    "must define either `image_url` or `slack_file` [json-pointer:/blocks/0]",
  ],
  [
    "two tables",
    list(2).map(() => ({ type: "table", rows: [[{ type: "raw_text", text: "a" }]] })),
    "only_one_table_allowed [json-pointer:/blocks]",
  ],
  [
    "101 rows",
    [{ type: "table", rows: list(101).map(() => [{ type: "raw_text", text: "a" }]) }],
    "no more than 100 items allowed [json-pointer:/blocks/0/rows]",
  ],
  [
    "21 cells",
    [{ type: "table", rows: [list(21).map(() => ({ type: "raw_text", text: "a" }))] }],
    "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]",
  ],
  [
    "an alert in a message",
    [{ type: "alert", text: plain("a") }],
    "alert blocks are not allowed in a message [json-pointer:/blocks/0/type]",
  ],
  [
    "a long input label",
    [input({ type: "plain_text_input" }, { label: plain(text(2001)) })],
    "must be less than 2001 characters [json-pointer:/blocks/0/label/text]",
  ],
  [
    "max_length over 3000",
    [input({ type: "plain_text_input", max_length: 3001 })],
    "must be at most 3000 [json-pointer:/blocks/0/element/max_length]",
  ],
  [
    "a number input that says nothing of decimals",
    [input({ type: "number_input" })],
    "missing required field: is_decimal_allowed [json-pointer:/blocks/0/element]",
  ],
])("a message with %s is refused", (_what, blocks, complaint) => {
  expect(checkBlocks(blocks, "message")).toContain(complaint);
});

const modal = { type: "modal", title: plain("Title"), blocks: [section("a")] };

test.each<[string, unknown, string]>([
  [
    "a long title",
    { ...modal, title: plain(text(25)) },
    "must be less than 25 characters [json-pointer:/view/title/text]",
  ],
  [
    "no title",
    { type: "modal", blocks: [section("a")] },
    "missing required field: title [json-pointer:/view]",
  ],
  [
    "a long submit",
    { ...modal, submit: plain(text(25)) },
    "must be less than 25 characters [json-pointer:/view/submit/text]",
  ],
  [
    "a long close",
    { ...modal, close: plain(text(25)) },
    "must be less than 25 characters [json-pointer:/view/close/text]",
  ],
  [
    "long private_metadata",
    { ...modal, private_metadata: text(3001) },
    "must be less than 3001 characters [json-pointer:/view/private_metadata]",
  ],
  [
    "a long callback_id",
    { ...modal, callback_id: text(256) },
    "must be less than 256 characters [json-pointer:/view/callback_id]",
  ],
  [
    "101 blocks",
    { ...modal, blocks: list(101).map(() => ({ type: "divider" })) },
    "no more than 100 items allowed [json-pointer:/view/blocks]",
  ],
  ["no blocks", { ...modal, blocks: [] }, "no less than 1 items allowed [json-pointer:/view/blocks]"],
  [
    "inputs and no submit",
    { ...modal, blocks: [input({ type: "plain_text_input" })] },
    "missing required field: submit (a modal with input blocks needs it) [json-pointer:/view]",
  ],
  [
    "a table",
    { ...modal, blocks: [{ type: "table", rows: [[{ type: "raw_text", text: "a" }]] }] },
    "table blocks are not allowed in a modal [json-pointer:/view/blocks/0/type]",
  ],
  [
    "two inputs with focus",
    {
      ...modal,
      submit: plain("Go"),
      blocks: ["a", "b"].map((id) =>
        input({ type: "plain_text_input", focus_on_load: true }, { block_id: id }),
      ),
    },
    "only one element may have `focus_on_load` [json-pointer:/view/blocks]",
  ],
  [
    "the form of a Home",
    { type: "home", blocks: [section("a")] },
    "must be of type modal [json-pointer:/view/type]",
  ],
])("a modal with %s is refused", (_what, view, complaint) => {
  expect(checkView(view, "modal")).toMatchObject({
    ok: false,
    error: "invalid_arguments",
    complaints: expect.arrayContaining([complaint]),
  });
});

test("a view over 250 KB is refused, and a message with 50 blocks, a modal with 100 and one table are fine", () => {
  const big = list(90).map(() => section(text(2990)));
  expect(checkView({ ...modal, blocks: big }, "modal")).toMatchObject({ error: "view_too_large" });
  expect(
    checkBlocks(
      list(50).map(() => ({ type: "divider" })),
      "message",
    ),
  ).toEqual([]);
  expect(checkView({ ...modal, blocks: list(100).map(() => ({ type: "divider" })) }, "modal")).toMatchObject({
    ok: true,
  });
});
