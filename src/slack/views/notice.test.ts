import { expect, test } from "vitest";
import type { ActiveMember, Project } from "../../ledger/schema.ts";
import { type NoticeOver, noticeOver } from "./notice.ts";

const project = { name: "vision" } as Project;
const member = { handle: "ben" } as ActiveMember;
const nextEnd = new Date("2026-11-27T18:00:00Z");

test.each<[string, NoticeOver, RegExp]>([
  [
    "why it goes on",
    { is: "called-off", nextEnd, because: "It was used again." },
    /^\*vision\* {2}· {2}goes on\. It was used again\. It ends /,
  ],
  ["nobody said why", { is: "called-off", nextEnd: undefined }, /goes on: this end was called off\.$/],
  [
    "it only was to be removed",
    { is: "called-off", nextEnd: undefined, runs: false },
    /it is not removed now\.$/,
  ],
])("called off: %s", (_sentence, over, words) => {
  expect(noticeOver({ project, member, forAdmins: false }, over).text).toMatch(words);
});

test("admins read whose it was", () => {
  const over: NoticeOver = { is: "called-off", nextEnd: undefined };
  expect(noticeOver({ project, member, forAdmins: true }, over).text).toMatch(/^\*ben\/vision\*/);
});
