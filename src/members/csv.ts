import { Refusal } from "../errors.ts";
import type { Member } from "../ledger/schema.ts";
import { nearest } from "../policy/nearest.ts";
import { listed } from "../sentence.ts";
import { checkHandle } from "./handles.ts";

/** A person of the file, each field as it stands there, checked. */
export type Row = {
  line: number;
  handle: string;
  group: string;
  /** Undefined: to be found by the email. */
  slackUserId: string | undefined;
  email: string | undefined;
  name: string | undefined;
  uid: number | undefined;
};
export type RowProblem = { line: number; sentence: string };

const columns = ["handle", "group", "slack_id", "email", "name", "uid"];
const most = 2_000;

/** Every line, or every line that is wrong: a file that is half right is not read at all. */
export function readMembersCsv(
  text: string,
  groups: readonly string[],
): { rows: Row[] } | { problems: RowProblem[] } {
  const [head, ...lines] = linesOf(text);
  if (!head) return { problems: [{ line: 1, sentence: "The file is empty." }] };
  const names = head.cells.map((cell) => cell.toLowerCase().replaceAll(" ", "_"));
  const headProblems = judgeHead(names);
  if (headProblems.length > 0)
    return { problems: headProblems.map((sentence) => ({ line: head.line, sentence })) };
  if (lines.length > most)
    return {
      problems: [{ line: 1, sentence: `The file has ${lines.length} people; ${most} are the most at once.` }],
    };

  const problems: RowProblem[] = [];
  const rows = lines.map(({ line, cells }): Row => {
    const wrong = (sentence: string) => void problems.push({ line, sentence });
    const cell = (name: string) => cells[names.indexOf(name)] || undefined;
    if (cells.length !== names.length)
      wrong(`It has ${cells.length} fields, the first line has ${names.length}.`);
    const [handle = "", group = "", slackUserId, email] = ["handle", "group", "slack_id", "email"].map(cell);
    try {
      checkHandle(handle);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      wrong([error.message, error.hint].filter(Boolean).join(" "));
    }
    if (!groups.includes(group)) {
      const near = nearest(group, groups);
      wrong(
        `There is no group “${group}”. ${near.length > 0 ? `Did you mean ${near[0]}?` : `Groups are ${listed(groups)}.`}`,
      );
    }
    if (slackUserId === undefined && email === undefined) wrong("It needs a slack_id or an email.");
    if (slackUserId !== undefined && !/^[UW][A-Z0-9]+$/.test(slackUserId))
      wrong(`“${slackUserId}” is no Slack member id; one looks like U0123456789.`);
    if (email !== undefined && !/^[^\s@]+@[^\s@]+$/.test(email)) wrong(`“${email}” is no email address.`);
    const uid = cell("uid") === undefined ? undefined : Number(cell("uid"));
    if (uid !== undefined && !(Number.isInteger(uid) && uid >= 1000 && uid <= 2_000_000_000))
      wrong(`“${cell("uid")}” is no uid: it must be a whole number, 1000 or more.`);
    return { line, handle, group, slackUserId, email: email?.toLowerCase(), name: cell("name"), uid };
  });
  for (const key of ["handle", "slackUserId", "email", "uid"] as const) problems.push(...doubled(rows, key));
  return problems.length > 0 ? { problems: problems.sort((a, b) => a.line - b.line) } : { rows };
}

/** What the ledger has against it: names and uids that are another's, and those that can't change any more. */
export function judgeAgainst(rows: readonly Row[], members: readonly Member[]): RowProblem[] {
  return rows.flatMap(({ line, handle, slackUserId, uid }) => {
    const known = members.find((member) => member.slackUserId === slackUserId);
    const wrong: string[] = [];
    const named = members.find((member) => member.handle === handle);
    if (named && named.slackUserId !== slackUserId)
      wrong.push(`The user name “${handle}” is ${named.name}'s.`);
    if (known?.handle && known.handle !== handle)
      wrong.push(`${known.name} is “${known.handle}” here; a user name never changes.`);
    if (known?.state === "gone")
      wrong.push(`${known.name} has left Slack: they are let in when Slack has them again.`);
    const numbered = members.find((member) => uid !== undefined && member.uid === uid);
    if (numbered && numbered.slackUserId !== slackUserId) wrong.push(`The uid ${uid} is ${numbered.name}'s.`);
    if (known?.uid && uid !== undefined && known.uid !== uid)
      wrong.push(`${known.name} has the uid ${known.uid}; it never changes.`);
    return wrong.map((sentence) => ({ line, sentence }));
  });
}

function judgeHead(names: readonly string[]): string[] {
  const wrong = names.filter((name) => !columns.includes(name));
  const missing = ["handle", "group"].filter((name) => !names.includes(name));
  return [
    ...wrong.map((name) => {
      const [near] = nearest(name, columns);
      return `There is no column “${name}”. ${near ? `Did you mean ${near}?` : `Columns are ${listed(columns)}.`}`;
    }),
    ...missing.map((name) => `The column ${name} is missing.`),
    ...(names.includes("slack_id") || names.includes("email")
      ? []
      : ["A column slack_id or email is missing."]),
    ...(new Set(names).size < names.length ? ["A column stands there twice."] : []),
  ];
}

function doubled(rows: readonly Row[], key: "handle" | "slackUserId" | "email" | "uid"): RowProblem[] {
  return rows.flatMap((row, i) => {
    const first =
      row[key] === undefined || row[key] === ""
        ? undefined
        : rows.findIndex((other) => other[key] === row[key]);
    if (first === undefined || first === i) return [];
    const word = { handle: "user name", slackUserId: "Slack id", email: "email", uid: "uid" }[key];
    return [
      { line: row.line, sentence: `The ${word} “${row[key]}” stands in line ${rows[first]?.line} already.` },
    ];
  });
}

/** Cells between commas or semicolons, in double quotes where one holds such; a cell holds no line break. */
function linesOf(text: string): { line: number; cells: string[] }[] {
  const all = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const separator = all[0]?.includes(";") ? ";" : ",";
  return all.flatMap((content, i) =>
    content.trim() === "" || content.startsWith("#")
      ? []
      : [{ line: i + 1, cells: cellsOf(content, separator).map((cell) => cell.trim()) }],
  );
}

function cellsOf(content: string, separator: string): string[] {
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < content.length; i++) {
    const letter = content[i] as string;
    if (letter === '"' && quoted && content[i + 1] === '"') cell += content[++i];
    else if (letter === '"') quoted = !quoted;
    else if (letter === separator && !quoted) {
      cells.push(cell);
      cell = "";
    } else cell += letter;
  }
  return [...cells, cell];
}
