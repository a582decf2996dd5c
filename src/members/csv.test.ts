import { expect, test } from "vitest";
import type { Member } from "../ledger/schema.ts";
import { judgeAgainst, readMembersCsv } from "./csv.ts";

const groups = ["student", "researcher", "admin"];
const problems = (text: string) => {
  const read = readMembersCsv(text, groups);
  return "problems" in read ? read.problems.map(({ line, sentence }) => `${line}: ${sentence}`) : [];
};

test("columns in any order, quotes, semicolons, empty lines and comments are read", () => {
  expect(
    readMembersCsv(
      '\uFEFFname;handle;group;email;slack_id;uid\r\n"Doe; Ana";ana;student;Ana@Example.org;;20001\r\n\r\n# later\r\nBen;ben;admin;;U0BEN;\r\n',
      groups,
    ),
  ).toEqual({
    rows: [
      {
        line: 2,
        name: "Doe; Ana",
        handle: "ana",
        group: "student",
        email: "ana@example.org",
        slackUserId: undefined,
        uid: 20001,
      },
      {
        line: 5,
        name: "Ben",
        handle: "ben",
        group: "admin",
        email: undefined,
        slackUserId: "U0BEN",
        uid: undefined,
      },
    ],
  });
});

test.each<[string, string, RegExp[]]>([
  ["an empty file", "\n\n", [/^1: The file is empty/]],
  [
    "a misspelt column",
    "handel,group,slack_id\n",
    [/^1: There is no column “handel”. Did you mean handle\?/, /handle is missing/],
  ],
  ["no way to find the person in Slack", "handle,group\n", [/slack_id or email is missing/]],
  [
    "a doubled handle",
    "handle,group,slack_id\nana,student,U1\nana,student,U2\n",
    [/^3: The user name “ana” stands in line 2 already/],
  ],
  ["a reserved name", "handle,group,slack_id\nroot,student,U1\n", [/^2: .*root/]],
  [
    "clashing uids",
    "handle,group,slack_id,uid\nana,student,U1,20001\nben,student,U2,20001\n",
    [/^3: The uid “20001” stands in line 2/],
  ],
  ["a uid of the system's", "handle,group,slack_id,uid\nana,student,U1,0\n", [/^2: “0” is no uid/]],
  ["a doubled person", "handle,group,slack_id\nana,student,U1\nben,student,U1\n", [/^3: The Slack id “U1”/]],
  ["a group that isn't there", "handle,group,slack_id\nana,students,U1\n", [/Did you mean student\?/]],
  [
    "a Slack name instead of an id",
    "handle,group,slack_id\nana,student,@ana\n",
    [/“@ana” is no Slack member id/],
  ],
  [
    "a field too many",
    "handle,group,slack_id\nana,student,U1,x\n",
    [/^2: It has 4 fields, the first line has 3/],
  ],
  [
    "every line that is wrong, not the first only",
    "handle,group,slack_id\nAna Doe,student,U1\nben,nobody,U2\nchloe,student,\n",
    [/^2: /, /^3: There is no group “nobody”/, /^4: It needs a slack_id or an email/],
  ],
])("%s is told with its line, and nothing of the file is read", (_sentence, text, expected) => {
  const said = problems(text);
  for (const [i, words] of expected.entries()) expect(said[i]).toMatch(words);
  expect(said).toHaveLength(expected.length);
});

test("what the ledger has against it: another's name or uid, and what never changes", () => {
  const members = [
    { name: "Ana", slackUserId: "U1", handle: "ana", uid: 20000 },
    { name: "Ben", slackUserId: "U2", handle: null, uid: null },
  ] as Member[];
  const read = readMembersCsv(
    "handle,group,slack_id,uid\nanna,student,U1,20009\nben,student,U2,20000\nana,student,U3,\n",
    groups,
  );
  if ("problems" in read) throw new Error("it is right by itself");
  expect(judgeAgainst(read.rows, members).map(({ line, sentence }) => `${line}: ${sentence}`)).toEqual([
    "2: Ana is “ana” here; a user name never changes.",
    "2: Ana has the uid 20000; it never changes.",
    "3: The uid 20000 is Ana's.",
    "4: The user name “ana” is Ana's.",
  ]);
});
