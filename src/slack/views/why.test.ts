import { expect, test } from "vitest";
import type { Event } from "../../ledger/event-table.ts";
import { whyMessage } from "./why.ts";

test.each<[string, unknown, string]>([
  ["an engine's id by its beginning", "e018191bce52".padEnd(64, "0"), "engine id: e018191bce52"],
  ["a number without its last digits", 2.26712, "engine id: 2.267"],
  ["a list, one after the other", ["a", "b"], "engine id: a, b"],
  ["yes and no", true, "engine id: yes"],
])("evidence is shown for people: %s", (_rule, engineId, words) => {
  const event = { at: new Date(0), what: "running", because: "SSH answers.", evidence: { engineId } };
  const shown = JSON.stringify(whyMessage([event as unknown as Event]).blocks);
  expect(shown).toContain(words);
  expect(shown).not.toContain("0".repeat(40));
});
