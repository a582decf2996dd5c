import { expect, test } from "vitest";
import { troubles } from "../../test/support/troubles.ts";
import { judgeNeighbours } from "./build-network.ts";

test("builds that reach each other are something to consider", () => {
  expect(troubles([judgeNeighbours(false)])).toEqual([]);
  expect(troubles([judgeNeighbours(true)])).toEqual([expect.stringMatching(/^! builds: .*"icc": false/s)]);
});
