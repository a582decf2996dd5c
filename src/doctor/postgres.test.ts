import { expect, test } from "vitest";
import { troubles } from "../../test/support/troubles.ts";
import { judgePostgres } from "./postgres.ts";

const postgres = {
  reachable: true as const,
  version: 170_002,
  apartMs: 0,
  btreeGist: "available" as const,
  mayCreate: true,
};
test.each<[string, Parameters<typeof judgePostgres>[0], RegExp | undefined]>([
  ["one that serves", postgres, undefined],
  ["one where the extension is made already", { ...postgres, btreeGist: "made" }, undefined],
  ["none", { reachable: false, because: "connect ECONNREFUSED" }, /^✗ .*ECONNREFUSED.*DATABASE_URL/s],
  ["an old one", { ...postgres, version: 140_011 }, /^✗ .*Postgres 14 is too old/],
  ["a clock that is off", { ...postgres, apartMs: 6200 }, /^✗ .*6\.2 s apart/],
  ["a clock that begins to be off", { ...postgres, apartMs: 2000 }, /^! .*2 s apart/],
  [
    "one without the extension",
    { ...postgres, btreeGist: "missing" },
    /^✗ .*btree_gist.*postgresql-contrib/s,
  ],
  ["one that is not the user's", { ...postgres, mayCreate: false }, /^✗ .*may not make tables/],
])("Postgres: %s", (_sentence, facts, words) => {
  expect(troubles(judgePostgres(facts))).toEqual(words ? [expect.stringMatching(words)] : []);
});
