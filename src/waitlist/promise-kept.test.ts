import { expect, test } from "vitest";
import { at, holds } from "../../test/support/line.ts";
import { asks, expectPromise, look, type PromiseCase, promised } from "../../test/support/promise-case.ts";

/** What becomes of a promise that was made. */
test.each<PromiseCase>([
  [
    "it may move earlier",
    [asks(1, 4)],
    [holds([0], "13:00")],
    { open: [1, ["0", "1", "2", "3"], "13:15"], change: "moved" },
    { promised: promised(1, ["0", "1", "2", "3"], "16:15") },
  ],
  [
    "never later: somebody is overdue, and the instant stays",
    [asks(1, 4)],
    [holds([0], "11:50")],
    { open: [1, ["0", "1", "2", "3"], "12:05"], change: undefined, missed: undefined },
    { promised: promised(1, ["0", "1", "2", "3"], "12:05") },
  ],
  [
    "its instant passes while somebody is overdue: it is late, once, and its devices stay kept for it",
    [asks(1, 4), asks(2, 1)],
    [holds([0], "11:30")],
    { missed: "overdue", late: true, open: [1, ["0", "1", "2", "3"], "11:45"], grants: {} },
    { promised: promised(1, ["0", "1", "2", "3"], "11:45") },
  ],
  [
    "late is said once",
    [asks(1, 4)],
    [holds([0], "11:30")],
    { missed: undefined, open: [1, ["0", "1", "2", "3"], "11:45"] },
    { promised: promised(1, ["0", "1", "2", "3"], "11:45", true) },
  ],
  [
    "late, and then one of its devices is lost: missed for that too, once, and promised anew",
    [asks(1, 4)],
    [holds([0], "11:30")],
    { missed: "not there", late: false, open: [1, ["0", "1", "2", "3"], "12:30"], change: "made" },
    { promised: promised(1, ["0", "1", "2", "9"], "11:45", true) },
  ],
  [
    "a device of it is lost and others can be had in time: it comes from them",
    [asks(1, 1)],
    [holds([1], "13:00"), holds([0, 2, 3], "20:00")],
    { open: [1, ["1"], "13:15"], change: "moved", missed: undefined },
    { promised: promised(1, ["9"], "13:15") },
  ],
  [
    "a device of it is lost and others can't be had in time: missed, and promised anew",
    [asks(1, 1)],
    [holds([0, 1, 2, 3], "20:00")],
    { missed: "not there", late: false, open: [1, ["0"], "20:15"], change: "made" },
    { promised: promised(1, ["9"], "13:15") },
  ],
  [
    "somebody may stay longer than was agreed: missed, and promised anew",
    [asks(1, 1)],
    [holds([0], "19:00"), holds([1, 2, 3], "20:00")],
    { missed: "held longer", late: false, open: [1, ["0"], "19:15"], change: "made" },
    { promised: promised(1, ["0"], "13:15") },
  ],
  [
    "it fits now: granted, and the promise is kept",
    [asks(1, 4), asks(2, 1)],
    [],
    { grants: { 1: ["0", "1", "2", "3"] }, missed: undefined },
    { promised: promised(1, ["0", "1", "2", "3"], "12:05") },
  ],
  [
    "what was promised is given first: it was kept from whoever was passed by",
    [asks(1, 1), asks(2, 1)],
    [],
    { grants: { 1: ["3"], 2: ["0"] } },
    { promised: promised(1, ["3"], "12:05") },
  ],
  [
    "it is given whatever serves it, not only what was promised",
    [asks(1, 1)],
    [holds([0], "14:00")],
    { grants: { 1: ["1"] }, open: undefined },
    { promised: promised(1, ["0"], "14:15") },
  ],
  [
    "who stands before the promised one does not take what is promised either",
    [asks(2, 1, { firstSince: at("11:00") }), asks(1, 4)],
    [holds([0], "14:00")],
    { grants: {}, open: [1, ["0", "1", "2", "3"], "14:15"] },
    { promised: promised(1, ["0", "1", "2", "3"], "14:15") },
  ],
  [
    "once it is kept the next goes to the first in the line that does not fit, also if that stood before it",
    [asks(2, 2), asks(1, 2), asks(3, 2)],
    [holds([2, 3], "20:00")],
    { grants: { 1: ["0", "1"] }, open: [2, ["2", "3"], "20:15"], change: "made" },
    { promised: promised(1, ["0", "1"], "14:15") },
  ],
  [
    "what is promised to a member counts as held for whatever else they ask for",
    [asks(1, 4), asks(2, 1, { memberId: 1, hours: 0.5 })],
    [holds([0], "14:00")],
    { passedOver: [2], grants: {} },
    { promised: promised(1, ["0", "1", "2", "3"], "14:15") },
  ],
  [
    "its instant has passed and its member may hold less now: missed for that, and given up",
    [asks(1, 4)],
    [holds([0], "11:30")],
    { missed: "own limit", late: false, open: undefined, passedOver: [1] },
    { promised: promised(1, ["0", "1", "2", "3"], "11:45"), supply: undefined as never },
  ],
  [
    "late, and then its member may hold less: missed for that too, once",
    [asks(1, 4)],
    [holds([0], "11:30")],
    { missed: "own limit", late: false, open: undefined, passedOver: [1] },
    { promised: promised(1, ["0", "1", "2", "3"], "11:45", true), supply: undefined as never },
  ],
])("%s", (...one) => expectPromise(...one));

test("while its machine is not there nothing is concluded before its instant", () => {
  const given = { promised: promised(1, ["0", "1", "2", "3"], "14:15") };
  expect(look([asks(1, 4)], [], given, 1024, false)).toMatchObject({
    open: [1, ["0", "1", "2", "3"], "14:15"],
  });
  const over = look([asks(1, 4)], [], { promised: promised(1, ["0"], "11:00") }, 1024, false);
  expect(over).toMatchObject({ missed: "no node", late: true });
});
