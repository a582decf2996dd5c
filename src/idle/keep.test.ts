import { expect, test } from "vitest";
import { withInstants } from "../sentence.ts";
import { judgeKeep } from "./keep.ts";

const at = (time: string) => new Date(`2026-11-27T${time}:00Z`);

test.each<[string, { keptAt: string[]; usedAt?: string; someoneWaits: boolean }, boolean]>([
  ["while somebody waits a first Keep is taken", { keptAt: [], someoneWaits: true }, true],
  ["and a second", { keptAt: ["08:00"], someoneWaits: true }, true],
  ["a third in a row is refused", { keptAt: ["08:00", "10:00"], someoneWaits: true }, false],
  [
    "while nobody waits as many as somebody presses",
    { keptAt: ["06:00", "08:00", "10:00"], someoneWaits: false },
    true,
  ],
  [
    "what was used since begins them anew",
    { keptAt: ["08:00", "10:00"], usedAt: "11:00", someoneWaits: true },
    true,
  ],
  [
    "used between the two, the first counts no more",
    { keptAt: ["08:00", "10:00"], usedAt: "09:00", someoneWaits: true },
    true,
  ],
  [
    "used before both, they count",
    { keptAt: ["08:00", "10:00"], usedAt: "07:00", someoneWaits: true },
    false,
  ],
])("%s", (_sentence, { keptAt, usedAt, someoneWaits }, isTaken) => {
  const given = {
    now: at("12:00"),
    keptAt: keptAt.map(at),
    usedAt: usedAt ? at(usedAt) : undefined,
    someoneWaits,
  };
  const answer = judgeKeep(given);
  if (isTaken) expect(answer).toEqual({ until: at("14:00") });
  else expect(answer).toHaveProperty("refused");
});

test("a refusal says why, and what would help", () => {
  const answer = judgeKeep({
    now: at("12:00"),
    keptAt: [at("10:00"), at("08:00")],
    usedAt: undefined,
    someoneWaits: true,
  });
  const said =
    "refused" in answer ? withInstants(answer.refused, (one) => one.toISOString().slice(11, 16)) : "";
  expect(said).toBe(
    "Somebody waits for what it holds, and it was kept twice, first 08:00, without being used. Use it, and it stays.",
  );
});
