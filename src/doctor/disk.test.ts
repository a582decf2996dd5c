import { expect, test } from "vitest";
import { judgeDisk } from "./disk.ts";
import { line } from "./doctor.ts";

test.each([
  [50, "✓"],
  [14, "!"],
  [4, "✗"],
])("a disk with %d %% free is %s", (percent, sign) => {
  const finding = judgeDisk(
    "members' files",
    { place: "/srv/berth", freeBytes: percent * 2 ** 30, totalBytes: 100 * 2 ** 30 },
    { builds_wait_below_pct: 15, refuse_below_pct: 5 },
  );
  expect(line(finding)[0]).toBe(sign);
});
