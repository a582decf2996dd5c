import { expect, test } from "vitest";
import { troubles } from "../../test/support/troubles.ts";
import { judgeInotify } from "./inotify.ts";

test("a hundred watchers for all of root are too few", () => {
  expect(troubles(judgeInotify(128))).toEqual([
    expect.stringMatching(/^✗ .*128 instances.*sysctl --system/s),
  ]);
  expect(troubles(judgeInotify(8192))).toEqual([]);
});
