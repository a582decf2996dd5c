import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { commandTable, tableInReadme } from "./command-table.ts";

test("the README's table of commands is what the commands say of themselves", () => {
  expect(tableInReadme(), "run: node_modules/.bin/node test/house/command-table.ts").toBe(commandTable());
});

test("every file that a page links to is there", () => {
  const pages = globSync(["*.md", "docs/*.md"]);
  expect(pages).toContain("README.md");
  const missing = pages.flatMap((page) => {
    const links = readFileSync(page, "utf8").matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g);
    return [...links]
      .map(([, to = ""]) => join(dirname(page), to))
      .filter((path) => !existsSync(path) && !path.startsWith("docs/pictures/"))
      .map((path) => `${page} → ${path}`);
  });
  expect(missing).toEqual([]);
});

test("every path of the project that a page names in backticks is there", () => {
  const missing = globSync(["*.md", "docs/*.md"]).flatMap((page) =>
    [
      ...readFileSync(page, "utf8").matchAll(
        /`((?:src|test|bin|deploy|manifests|migrations|docs)\/[\w./-]*)`/g,
      ),
    ]
      .map(([, path = ""]) => path)
      .filter((path) => !existsSync(path))
      .map((path) => `${page} names ${path}`),
  );
  expect(missing).toEqual([]);
});
