import { readFileSync } from "node:fs";

/** Which rooms each room may call, as ARCHITECTURE.md's table of rooms says: the page is the rule. */
export function allowedCalls(): Map<string, string[]> {
  const page = readFileSync("ARCHITECTURE.md", "utf8");
  const rows = page.matchAll(/^\| `([a-z]+)` \|[^|]*\|([^|]*)\|$/gm);
  return new Map([...rows].map(([, room = "", calls = ""]) => [room, calls.match(/[a-z]+/g) ?? []]));
}
