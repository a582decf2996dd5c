import { expect, test } from "vitest";
import { a100 } from "../../../test/support/a100.ts";
import type { Board } from "../../waitlist/shown.ts";
import { board } from "./board.ts";

test.each([
  ["what the driver keeps for itself is nobody's use", 20, "▱▱▱▱▱▱▱▱▱▱ 20 MB"],
  ["a little of a member's shows", 500, "▰▱▱▱▱▱▱▱▱▱ 0.5 GB"],
  ["half is half", 20_480, "▰▰▰▰▰▱▱▱▱▱ 20 GB"],
])("of a GPU's memory: %s", (_rule, memoryUsedMiB, words) => {
  const shown = { nodes: [], devices: [{ device: a100(0), memoryUsedMiB }], line: [], drains: [], left: [] };
  const message = board({ ...shown, readAt: new Date(0) } as unknown as Board, {
    names: "handle",
    now: new Date(0),
  });
  expect(JSON.stringify(message.blocks)).toContain(words);
});
