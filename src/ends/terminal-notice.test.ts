import { expect, test } from "vitest";
import { when } from "../sentence.ts";
import { endsAtLine, terminalNotice } from "./terminal-notice.ts";

const now = new Date("2026-11-24T17:45:10Z");
const at = new Date("2026-11-24T18:00:00Z");

test("it says what, when in UTC and in minutes, why, and what to do", () => {
  const text = terminalNotice(
    { at, reason: "end", because: "Its 8 hours are over." },
    { project: "vision", now },
  );
  expect(text).toBe(
    "\r\n\x07*** Berth: vision stops in 15 minutes, at 18:00 UTC. Its 8 hours are over.\r\n" +
      "*** Save your work, or extend it: the button is in Slack. Files in /workspace stay.\r\n",
  );
});

test("an end that nobody but an admin can move offers no way that does not lead anywhere", () => {
  const because = `The server is maintained from ${when(at)}.`;
  const text = terminalNotice({ at, reason: "admin", because }, { project: "vision", now });
  expect(text).toContain("The server is maintained from 18:00 UTC.");
  expect(text).not.toContain("extend");
});

test("a reason somebody wrote moves no cursor and clears no screen", () => {
  const because = "\x1b[2J\x1b]0;title\x07 maintenance\r\n\u202Egnihton\u0000 ";
  const text = terminalNotice({ at, reason: "admin", because }, { project: "vision", now });
  expect(text.replaceAll("\r\n", "").replace("\x07", "")).not.toMatch(/[\p{C}]/u);
  expect(text).toContain("maintenance");
});

test("a minute before it is a minute; later it is not less", () => {
  const text = (then: string) =>
    terminalNotice({ at, reason: "end", because: "" }, { project: "vision", now: new Date(then) });
  expect(text("2026-11-24T17:59:10Z")).toContain("in 1 minute,");
  expect(text("2026-11-24T18:03:00Z")).toContain("in 1 minute,");
});

test("the file is one line that programs read", () => {
  expect(endsAtLine({ at })).toBe("2026-11-24T18:00:00Z");
});
