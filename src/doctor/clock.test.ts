import { expect, test } from "vitest";
import { judgeClock } from "./clock.ts";
import { line } from "./doctor.ts";

const said = (output: string, exitCode = 0) => ({ exitCode, output });
test.each<[string, Parameters<typeof judgeClock>, string]>([
  ["systemd keeps it", [said("yes\n"), undefined, undefined], "✓"],
  [
    "chrony keeps it",
    [
      said("no\n"),
      said("A29FC87B,162.159.200.123,4,1767600000.1,0.0001,0,0,0,0,0,0,0,64,Normal\n"),
      undefined,
    ],
    "✓",
  ],
  ["nobody keeps it", [said("no\n"), undefined, undefined], "!"],
  [
    "chrony lost its source",
    [undefined, said("00000000,,0,0,0,0,0,0,0,0,1,1,0,Not synchronised\n"), undefined],
    "!",
  ],
  ["nobody can tell", [said("System has not been booted with systemd", 1), undefined, undefined], "!"],
])("clock: %s", (_sentence, answers, sign) => {
  expect(judgeClock(...answers).map((finding) => line(finding)[0])).toEqual([sign]);
});
