import { describe, expect, test } from "vitest";
import { Refusal } from "../errors.ts";
import { when } from "../sentence.ts";
import { type ExtensionAsk, judgeExtension } from "./judge-extension.ts";

const now = new Date("2026-11-24T10:00:00Z");
const inHours = (hours: number) => new Date(now.getTime() + hours * 3_600_000);

function judged(change: Partial<ExtensionAsk>) {
  return judgeExtension({
    containerId: 7,
    endId: 3,
    project: "vision",
    hours: 4,
    endsAt: inHours(1),
    now,
    maxRuntimeHours: 24,
    gpuEquivalents: 1,
    someoneWaits: false,
    budget: { used: 0, most: 24 },
    ...change,
  });
}

describe("an extension", () => {
  test.each<[string, Partial<ExtensionAsk>, { at: number; charged: number }]>([
    ["moves the end by the hours asked", {}, { at: 5, charged: 0 }],
    ["may be a part of an hour", { hours: 0.5 }, { at: 1.5, charged: 0 }],
    [
      "costs nothing if nobody waits for these devices",
      { gpuEquivalents: 4, hours: 20 },
      { at: 21, charged: 0 },
    ],
    [
      "costs hours × GPU-equivalents if somebody waits for what these devices would serve",
      { someoneWaits: true, gpuEquivalents: 2 },
      { at: 5, charged: 8 },
    ],
    [
      "of a slice costs the slice's weight",
      { someoneWaits: true, gpuEquivalents: 3 / 7, hours: 7 },
      { at: 8, charged: 3 },
    ],
    [
      "costs nothing without a GPU",
      { someoneWaits: true, gpuEquivalents: 0, hours: 20 },
      { at: 21, charged: 0 },
    ],
    ["new end ≤ now + max_runtime_h: exactly that is allowed", { hours: 23 }, { at: 24, charged: 0 }],
    [
      "of a container that ran long already counts from now: what it ran before does not matter",
      { endsAt: inHours(0.1), hours: 23.5 },
      { at: 23.6, charged: 0 },
    ],
    [
      "of one whose stop is late, because Slack was away, counts from now",
      { endsAt: inHours(-3), hours: 4 },
      { at: 4, charged: 0 },
    ],
    [
      "up to a promise on its devices, less the time to stop and clean up",
      { promised: { at: inHours(5.25), what: "GPU" } },
      { at: 5, charged: 0 },
    ],
    [
      "that uses the last of the budget is allowed",
      { someoneWaits: true, budget: { used: 20, most: 24 } },
      { at: 5, charged: 4 },
    ],
    [
      "costs what it costs also where the budget is unlimited",
      { someoneWaits: true, budget: { used: 900, most: null } },
      { at: 5, charged: 4 },
    ],
    [
      "over a used-up budget is free where nobody waits",
      { budget: { used: 24, most: 24 } },
      { at: 5, charged: 0 },
    ],
    [
      "that an admin granted asks no budget and costs none of it",
      { someoneWaits: true, budget: { used: 24, most: 24 }, isGranted: true },
      { at: 5, charged: 0 },
    ],
  ])("%s", (_sentence, change, { at, charged }) => {
    const got = judged(change);
    expect(got).not.toBeInstanceOf(Refusal);
    const { endsAt, chargedGpuHours } = got as Exclude<typeof got, Refusal>;
    expect(endsAt).toEqual(inHours(at));
    expect(chargedGpuHours).toBeCloseTo(charged, 5);
  });

  test.each<[string, Partial<ExtensionAsk>, string, number | undefined, string]>([
    [
      "not past now + max_runtime_h: the refusal names the longest possible",
      { hours: 23.5 },
      "extension-too-long",
      23,
      `by 23 h at most, until ${when(inHours(24))}: nothing of yours may run longer than 24 h from now on.`,
    ],
    ["1000 hours: the same", { hours: 1000 }, "extension-too-long", 23, "by 23 h at most"],
    [
      "the longest possible is told in quarters of an hour, downward",
      { hours: 30, endsAt: inHours(1.1) },
      "extension-too-long",
      22.75,
      "by 22.75 h at most",
    ],
    [
      "not past a promise on its devices: the refusal names the longest possible and by when it is promised",
      { promised: { at: inHours(3.25), what: "GPU" } },
      "extension-too-long",
      2,
      `by 2 h at most, until ${when(inHours(3))}: its GPU is promised to somebody in the line, by ${when(inHours(3.25))}.`,
    ],
    [
      "not past a promise that counts on its memory, if on no device of it",
      { promised: { at: inHours(3.25), what: "memory" } },
      "extension-too-long",
      2,
      "its memory is promised to somebody in the line",
    ],
    [
      "not past a promise, also if an admin grants it",
      { promised: { at: inHours(3.25), what: "GPU" }, isGranted: true },
      "extension-too-long",
      2,
      "by 2 h at most",
    ],
    [
      "not past an end that an admin set",
      { adminEndsAt: inHours(2) },
      "extension-too-long",
      1,
      "an admin ends it then",
    ],
    [
      "promised for the instant of its end: nothing is possible",
      { promised: { at: inHours(1.25), what: "GPU" } },
      "no-extension-possible",
      undefined,
      `can't be extended now: its GPU is promised to somebody in the line, by ${when(inHours(1.25))}. It ends ${when(inHours(1))}.`,
    ],
    [
      "ending as late as it may already: nothing is possible yet",
      { endsAt: inHours(24) },
      "no-extension-possible",
      undefined,
      "nothing of yours may run longer than 24 h from now on.",
    ],
    [
      "where an admin ends it before its hours are over that is the end that is told",
      { endsAt: inHours(3), adminEndsAt: inHours(2) },
      "no-extension-possible",
      undefined,
      `an admin ends it then. It ends ${when(inHours(2))}.`,
    ],
    [
      "over the budget: refused with the cost, what is left, the longest possible and a way to an admin",
      { someoneWaits: true, gpuEquivalents: 2, budget: { used: 19, most: 24 } },
      "over-extension-budget",
      2.5,
      "so 4 h cost 8 GPU-hours; you have 5 GPU-hours left of 24 GPU-hours in seven days.",
    ],
    [
      "with nothing left of the budget only an admin helps",
      { someoneWaits: true, budget: { used: 24, most: 24 } },
      "over-extension-budget",
      undefined,
      "you have 0 GPU-hours left",
    ],
    [
      "a budget that was lowered below what is used is not less than nothing",
      { someoneWaits: true, budget: { used: 24, most: 8 } },
      "over-extension-budget",
      undefined,
      "you have 0 GPU-hours left of 8 GPU-hours",
    ],
    [
      "the longest possible is what the budget allows, if that is less than the hours allow",
      { someoneWaits: true, hours: 40, budget: { used: 21, most: 24 } },
      "over-extension-budget",
      3,
      "so 23 h cost 23 GPU-hours; you have 3 GPU-hours left",
    ],
    ...[0, -1, 0.1, Number.NaN, Infinity].map(
      (hours): [string, Partial<ExtensionAsk>, string, undefined, string] => [
        `${hours} hours are none`,
        { hours },
        "hours-out-of-range",
        undefined,
        "a quarter of an hour or more",
      ],
    ),
  ])("%s", (_sentence, change, reason, longest, words) => {
    const got = judged(change);
    expect(got).toBeInstanceOf(Refusal);
    const refusal = got as Refusal;
    expect(refusal.reason).toBe(reason);
    expect(`${refusal.message} ${refusal.hint ?? ""}`).toContain(words);
    const offered = refusal.offers.find((offer) => offer.kind === "extend");
    expect(offered?.kind === "extend" ? offered.hours : undefined).toBe(longest);
    expect(refusal.offers.some((offer) => offer.kind === "ask-extension")).toBe(
      reason === "over-extension-budget",
    );
    // What is offered is possible.
    if (longest !== undefined) expect(judged({ ...change, hours: longest })).not.toBeInstanceOf(Refusal);
  });

  test("what it costs is said with the reason and what is left", () => {
    const cost = (change: Partial<ExtensionAsk>) => {
      const got = judged(change);
      return got instanceof Refusal ? got.message : got.cost;
    };
    expect(cost({ someoneWaits: true, budget: { used: 4, most: 24 } })).toBe(
      "It costs 4 GPU-hours (1 GPU) of your budget, because somebody waits for what it holds. 16 GPU-hours are left in these seven days.",
    );
    expect(cost({ someoneWaits: true, budget: { used: 4, most: null } })).not.toContain("left");
    expect(cost({})).toBe("It costs nothing: nobody waits for what it holds.");
    expect(cost({ gpuEquivalents: 0 })).toBe("It costs nothing: it holds no GPU.");
    expect(cost({ isGranted: true })).toBe("It costs nothing of your budget: an admin granted it.");
  });
});
