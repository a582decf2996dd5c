import { expect, test } from "vitest";
import { asOf, type Reach } from "./reach.ts";
import { holds, unsettled } from "./settled.ts";

const now = new Date("2026-11-27T12:00:00Z");
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const gap = (from: number, until?: number) => ({
  from: ago(from),
  until: until === undefined ? undefined : ago(until),
});

/** Up for a day, as far as the case does not say otherwise. */
const reach = (over: Partial<Reach> = {}): Reach => ({
  activeSince: ago(1440),
  connectedSince: ago(1439),
  gaps: [gap(1440, 1439)],
  clockJumpedAt: undefined,
  ...over,
});

test.each([
  ["settled: up for a day", reach(), undefined],
  ["15 min after a start", reach({ activeSince: ago(14.9) }), "started"],
  ["and then it is settled", reach({ activeSince: ago(15) }), undefined],
  ["a reconnect after > 5 min away", reach({ gaps: [gap(20, 14)] }), "slack-was-away"],
  ["5 min away are no start", reach({ gaps: [gap(19, 14)] }), undefined],
  ["away for > 5 min and still so", reach({ connectedSince: undefined, gaps: [gap(6)] }), "slack-was-away"],
  ["a clock jump", reach({ clockJumpedAt: ago(3) }), "clock-jumped"],
  ["what settles last counts", reach({ activeSince: ago(10), gaps: [gap(9, 2)] }), "slack-was-away"],
])("%s", (_sentence, given, expected) => {
  expect(unsettled(given, now)?.because).toBe(expected);
});

test.each([
  ["no receipt, no notice", null, reach(), false],
  ["a receipt holds while Slack and the bot are up", ago(16), reach(), true],
  ["accepted before the bot started, it does not hold", ago(16), reach({ activeSince: ago(15.5) }), false],
  ["Slack's refresh of a socket costs nothing", ago(16), reach({ gaps: [gap(9, 8.97)] }), true],
  ["half a minute away is short: a press is repeated", ago(16), reach({ gaps: [gap(9.5, 9)] }), true],
  ["more than half a minute away takes the receipt", ago(16), reach({ gaps: [gap(9.6, 9)] }), false],
  [
    "many short ones are a long one",
    ago(16),
    reach({ gaps: [gap(9.4, 9), gap(7.4, 7), gap(5.4, 5)] }),
    false,
  ],
  ["what was before the notice takes nothing", ago(16), reach({ gaps: [gap(400, 17)] }), true],
  [
    "accepted while Slack could not reach us, it does not hold",
    ago(16),
    reach({ gaps: [gap(400, 15)] }),
    false,
  ],
  ["a gap that lasts counts until now", ago(16), reach({ connectedSince: undefined, gaps: [gap(1)] }), false],
])("%s", (_sentence, acceptedAt, given, expected) => {
  expect(holds({ acceptedAt }, given, now)).toBe(expected);
});

test("set back, the clock leaves nothing of the bot's own in the future", () => {
  const ahead = reach({
    activeSince: ago(-60),
    connectedSince: ago(-50),
    gaps: [gap(-60, -50)],
    clockJumpedAt: ago(1),
  });
  expect(asOf(ahead, now)).toEqual({
    activeSince: ago(1),
    connectedSince: ago(1),
    gaps: [gap(1, 1)],
    clockJumpedAt: ago(1),
  });
  // A receipt from after the jump holds, and nobody is told again and again.
  expect(holds({ acceptedAt: now }, asOf(ahead, now), now)).toBe(true);
});
