import { test } from "vitest";
import { at, holds } from "../../test/support/line.ts";
import { asks, expectPromise, type PromiseCase, promised, young } from "../../test/support/promise-case.ts";

/** To whom something is promised, what and when, and who is granted beside it. */
test.each<PromiseCase>([
  [
    "the first that does not fit gets the promise: when enough are free if nobody leaves early, and 15 minutes",
    [asks(1, 2)],
    [holds([0], "14:00"), holds([1], "16:00"), holds([2], "18:00"), holds([3], "20:00")],
    { open: [1, ["0", "1"], "16:15"], change: "made" },
  ],
  [
    "what is free already is part of it",
    [asks(1, 4)],
    [holds([0, 1], "14:00")],
    { open: [1, ["0", "1", "2", "3"], "14:15"] },
  ],
  [
    "it needs memory too: of the node, when others have given theirs back",
    [asks(1, 1)],
    [
      holds([0], "13:00", { memoryGiB: 200 }),
      holds([1, 2, 3], "17:00", { memoryGiB: 200 }),
      holds([], "15:00", { memoryGiB: 500 }),
    ],
    { open: [1, ["0"], "15:15"] },
    {},
    800,
  ],
  [
    "who has not waited `promise_after_h` gets none, and whoever fits is served past it",
    [asks(1, 4, young), asks(2, 1)],
    [holds([0], "14:00")],
    { grants: { 2: ["1"] }, open: undefined },
  ],
  [
    "whom an admin put first need not have waited",
    [asks(1, 4, { ...young, firstSince: at("11:59") })],
    [holds([0], "14:00")],
    { open: [1, ["0", "1", "2", "3"], "14:15"] },
  ],
  [
    "one promise at a time",
    [asks(1, 4), asks(2, 3)],
    [holds([0], "14:00"), holds([1, 2], "13:00")],
    { open: [1, ["0", "1", "2", "3"], "14:15"], grants: {} },
  ],
  [
    "those behind are granted only from other devices",
    [asks(1, 2), asks(2, 1)],
    [holds([0], "14:00"), holds([1], "20:00"), holds([2], "21:00")],
    { open: [1, ["0", "3"], "14:15"], grants: {}, untils: ["13:45"] },
  ],
  [
    "other devices: those that are not promised",
    [asks(1, 3), asks(2, 1)],
    [holds([0, 1, 2], "14:00")],
    { open: [1, ["0", "1", "2"], "14:15"], grants: { 2: ["3"] } },
    // Three of the four are enough, and the one that is free now is not among them.
    { promised: promised(1, ["0", "1", "2"], "14:15") },
  ],
  [
    "or if they end before that instant, their start counted in",
    [asks(1, 4), asks(2, 1, { hours: 1.75 }), asks(3, 1, { hours: 1.76 })],
    [holds([0], "14:00")],
    { grants: { 2: ["1"] }, open: [1, ["0", "1", "2", "3"], "14:15"] },
  ],
  [
    "those behind leave the memory of the promised alone too",
    [asks(1, 4), asks(2, 0, { wish: { kind: "cpu" } })],
    [holds([0], "14:00")],
    { grants: {}, open: [1, ["0", "1", "2", "3"], "14:15"] },
    {},
    256,
  ],
  [
    "an over-limit member is passed over, and no promise is made to them",
    [asks(1, 4), asks(2, 1)],
    [holds([0], "14:00")],
    { passedOver: [1], grants: { 2: ["1"] }, open: undefined },
    { supply: undefined as never },
  ],
  [
    "a holder without an end: no promise from it",
    [asks(1, 4)],
    [holds([0], null)],
    { open: undefined, grants: {} },
  ],
  [
    "if the first can't be promised anything, the next can",
    [asks(1, 4), asks(2, 2)],
    [holds([0], null), holds([1, 2], "14:00")],
    { open: [2, ["1", "2"], "14:15"] },
  ],
  [
    "a holder that is overdue counts as ending in 15 minutes",
    [asks(1, 4)],
    [holds([0], "11:55")],
    { open: [1, ["0", "1", "2", "3"], "12:30"] },
  ],
  [
    "who is spared the end of their hours gets nothing of what is promised, however few they asked for",
    [asks(1, 4), asks(2, 1, { hours: 1 }), asks(3, 1, { hours: 1 })],
    [holds([0], "14:00")],
    { grants: { 3: ["1"] }, open: [1, ["0", "1", "2", "3"], "14:15"], untils: [] },
    { exempt: new Set([2]) },
  ],
  [
    "nothing is promised from what somebody gets who is spared the end of their hours",
    [asks(1, 1), asks(2, 4), asks(3, 1)],
    [holds([1, 2], "14:00"), holds([3], "13:00")],
    { grants: { 1: ["0"] }, open: [3, ["3"], "13:15"], change: "made" },
    { exempt: new Set([1]) },
  ],
])("%s", (...one) => expectPromise(...one));
