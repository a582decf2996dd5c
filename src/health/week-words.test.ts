import { expect, test } from "vitest";
import { type WeekFigures, weekInWords } from "./week-words.ts";

const nothing: WeekFigures = {
  groups: [],
  ranges: { told: 0, held: 0, medianWidthHours: 0 },
  waits: [],
  idleness: { wouldHave: [], activeAgain: [], stopped: 0 },
  mode: "stop",
};
const of = (some: Partial<WeekFigures>) => weekInWords({ ...nothing, ...some }).join("\n");
const observing = (idleness: Partial<WeekFigures["idleness"]>) =>
  of({ mode: "observe", idleness: { ...nothing.idleness, ...idleness } });

test("a week in which nothing happened says so", () => {
  expect(weekInWords(nothing)).toEqual([
    "No GPU was held.",
    "Nobody in the line had to be told when it would be their turn.",
    "Nobody waited.",
    "Nothing was stopped for idleness.",
  ]);
});

test.each<[string, Partial<WeekFigures>, string]>([
  [
    "one group needs no sum",
    { groups: [{ group: "student", held: 120.4, used: 66.2, known: 119 }] },
    "GPU-hours held, and in how many of them the GPU was at work:\n• student: 120 h held, 66 h at work (55 %)\nNobody in",
  ],
  [
    "several have one",
    {
      groups: [
        { group: "student", held: 30, used: 15, known: 30 },
        { group: "faculty", held: 10, used: 0, known: 10 },
      ],
    },
    "• student: 30 h held, 15 h at work (50 %)\n• faculty: 10 h held, 0 h at work (0 %)\n• all: 40 h held, 15 h at work (38 %)",
  ],
  [
    "what is not known is said where it is much",
    { groups: [{ group: "student", held: 20, used: 5, known: 12 }] },
    "20 h held, 5 h at work (25 %); of 8 h nothing is known",
  ],
  [
    "less than an hour is no whole number",
    { groups: [{ group: "student", held: 0.43, used: 0.1, known: 0.43 }] },
    "student: 0.4 h held, 0.1 h at work (23 %)",
  ],
  ["a moment is none", { groups: [{ group: "student", held: 0.01, used: 0, known: 0 }] }, "No GPU was held."],
  [
    "minutes that overlap the edge are not more than all",
    { groups: [{ group: "student", held: 1, used: 1.01, known: 1.01 }] },
    "(100 %)",
  ],
  [
    "how many ranges held, and how wide they were",
    { ranges: { told: 50, held: 41, medianWidthHours: 3.04 } },
    "Of 50 ranges told to people in the line 41 held (82 %); half were 3 h wide or less.",
  ],
  [
    "one range",
    { ranges: { told: 1, held: 0, medianWidthHours: 0.25 } },
    "Of 1 range told to people in the line 0 held (0 %); half were 0.3 h wide or less.",
  ],
  [
    "the longest waits, one of which is not over",
    {
      waits: [
        { name: "ana/vision", seconds: 80 * 3600, isOver: true },
        { name: "ben/x", seconds: 14.2 * 3600, isOver: false },
        { name: "eve/y", seconds: 89 * 60, isOver: true },
      ],
    },
    "Longest waits: ana/vision 3 days, ben/x 14 h and waits still and eve/y 89 min.",
  ],
  [
    "how many were stopped",
    { idleness: { ...nothing.idleness, stopped: 1 } },
    "1 container was stopped for idleness.",
  ],
])("%s", (_sentence, figures, words) => {
  expect(of(figures)).toContain(words);
});

test.each<[string, Partial<WeekFigures["idleness"]>, string]>([
  ["nobody", {}, "Idleness is only observed: nobody would have been stopped."],
  [
    "one of six was at work again",
    { wouldHave: ["a/1", "a/2", "a/3", "a/4", "a/5", "b/6"], activeAgain: ["a/2"] },
    "it would have stopped 6 (a/1, a/2, a/3, a/4, a/5 and 1 more); 1 was active again within 30 minutes (a/2).",
  ],
  [
    "the same one twice",
    { wouldHave: ["a/1", "a/1"], activeAgain: [] },
    "it would have stopped 2 (a/1); none was active again within 30 minutes.",
  ],
  [
    "all of them were",
    { wouldHave: ["a/1", "b/2"], activeAgain: ["a/1", "b/2"] },
    "2 were active again within 30 minutes (a/1 and b/2).",
  ],
])("only observed: %s", (_sentence, idleness, words) => {
  expect(observing(idleness)).toContain(words);
  expect(observing(idleness)).toMatch(/set idle_mode: stop in the policy file; it counts within seconds\.$/);
});
