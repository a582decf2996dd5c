import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

type Decided = { offsets: number[]; decided: string; lines: string[] };

async function inZone(zone: string): Promise<Decided> {
  const script = join(import.meta.dirname, "decisions-in-a-zone.ts");
  const env = { PATH: process.env.PATH, TZ: zone };
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env, timeout: 60_000 });
  return JSON.parse(stdout) as Decided;
}

test("Berlin, Los Angeles and a night on which clocks are set give the same decisions", async () => {
  const [utc, berlin, angeles] = await Promise.all(
    ["UTC", "Europe/Berlin", "America/Los_Angeles"].map(inZone),
  );
  expect(utc?.lines).toEqual(
    ["2026-10-25T01:00:00Z", "2026-11-01T09:00:00Z", "2026-03-29T01:00:00Z"].flatMap((night) => [
      `${night} -180 wait`,
      `${night} -60 tell`,
      `${night} -59 wait`,
      `${night} -15 tell`,
      `${night} -14 wait`,
      `${night} 0 stop`,
    ]),
  );
  expect(berlin?.offsets).not.toEqual(utc?.offsets);
  expect(angeles?.offsets).not.toEqual(berlin?.offsets);
  expect(berlin?.decided).toBe(utc?.decided);
  expect(angeles?.decided).toBe(utc?.decided);
});
