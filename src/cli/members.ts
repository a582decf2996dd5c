import { readFile } from "node:fs/promises";
import { readConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { type Row, type RowProblem, readMembersCsv } from "../members/csv.ts";
import { type Done, type Found, importMembers } from "../members/import.ts";
import { findMembers } from "../members/overview.ts";
import { counted } from "../sentence.ts";
import { findByEmail } from "../slack/find-by-email.ts";
import { shellCommand, shellGroup, UsageError } from "./command.ts";
import { withWorld } from "./open-world.ts";
import { onTerminal } from "./words.ts";

const listMembers = shellCommand({
  summary: "who is known, with user name, group and Slack id",
  usage: ["members [word]"],
  examples: ["berth members", "berth members student"],
  async run({ words }) {
    await withWorld(async (world) => {
      for (const { handle, name, group, state, slackUserId, uid } of await findMembers(
        world,
        words.join(" "),
      ))
        console.log(
          onTerminal([handle ?? "-", group ?? "-", state, slackUserId, uid ?? "-", name].join("  ")),
        );
    });
    return undefined;
  },
});

const importCsv = shellCommand({
  summary: "let people in from a CSV: handle, group, slack_id or email; also name, uid",
  usage: ["members import <file.csv> [--write]"],
  flags: { write: "switch" },
  examples: ["berth members import people.csv", "berth members import people.csv --write"],
  async run({ words, flags }) {
    const [file, ...more] = words;
    if (!file || more.length > 0) throw new UsageError("Which file?");
    const text = await readFile(file, "utf8");
    return await withWorld(async (world) => {
      const read = readMembersCsv(text, Object.keys(world.policy.groups));
      if ("problems" in read) return refused(file, read.problems);
      const found = await withSlackIds(read.rows);
      if ("problems" in found) return refused(file, found.problems);
      const result = await importMembers(world, found.rows, { write: flags.write === true });
      if ("problems" in result) return refused(file, result.problems);
      for (const line of doneLines(result.done)) console.log(line);
      if (!flags.write) console.log("Nothing was written. The same with --write does it.");
      return 0;
    });
  },
});

export const members = shellGroup(
  "members",
  "people: who is known, and many at once",
  { import: importCsv },
  listMembers,
);

/** Slack is only asked where an email stands instead of an id. */
async function withSlackIds(rows: readonly Row[]): Promise<{ rows: Found[] } | { problems: RowProblem[] }> {
  const emails = rows.flatMap((row) => (row.slackUserId === undefined && row.email ? [row.email] : []));
  const config = readConfig(process.env);
  const byEmail =
    emails.length === 0
      ? new Map<string, string | undefined>()
      : await findByEmail(config.slack, createLog("fatal"), emails);
  const problems: RowProblem[] = [];
  const found: Found[] = [];
  for (const row of rows) {
    const slackUserId = row.slackUserId ?? byEmail.get(row.email ?? "");
    const twice = found.find((other) => other.slackUserId === slackUserId);
    if (slackUserId === undefined)
      problems.push({ line: row.line, sentence: `Nobody in Slack has the email ${row.email}.` });
    else if (twice)
      problems.push({ line: row.line, sentence: `That is the person of line ${twice.line} in Slack.` });
    else found.push({ ...row, slackUserId });
  }
  return problems.length > 0 ? { problems } : { rows: found };
}

function refused(file: string, problems: readonly RowProblem[]): number {
  for (const { line, sentence } of problems) console.error(onTerminal(`${file}, line ${line}: ${sentence}`));
  console.error(
    `${counted(problems.length, "line is", "lines are")} wrong, so nothing of the file was read.`,
  );
  return 1;
}

function doneLines(done: readonly Done[]): string[] {
  const changed = done.filter(({ what }) => what !== "as it was");
  return [
    ...changed.map(({ line, handle, what }) => `line ${line}: ${handle}, ${what}`),
    `${counted(done.length, "person", "people")}, ${done.length - changed.length} of them as they were.`,
  ];
}
