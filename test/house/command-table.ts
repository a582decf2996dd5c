import { readFileSync, writeFileSync } from "node:fs";
import { commandWords } from "../../src/slack/commands/index.ts";

const page = "README.md";
const between = /(<!-- commands -->\n)([\s\S]*?)(<!-- \/commands -->)/;

/** The README's table of commands, from what each command says of itself. */
export function commandTable(): string {
  const rows = commandWords("").map(({ usage, summary }) => `| \`${usage}\` | ${summary} |`);
  return ["| command | does |", "| --- | --- |", ...rows, ""].join("\n");
}

export function tableInReadme(): string | undefined {
  return between.exec(readFileSync(page, "utf8"))?.[2];
}

if (import.meta.main) {
  const text = readFileSync(page, "utf8");
  writeFileSync(
    page,
    text.replace(between, (_, begin: string, __, end: string) => begin + commandTable() + end),
  );
}
