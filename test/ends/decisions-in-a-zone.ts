import { createHash } from "node:crypto";
import { decide } from "../../src/ends/decide.ts";
import type { End, Notice } from "../../src/ledger/end-tables.ts";

/**
 * Prints, for the zone this process runs in, what is decided in each minute around ends on two nights on which clocks are
 * set: a line for each change, and the zone's own idea of an hour, so that a test sees that it is another.
 */
const nights = ["2026-10-25T01:00:00Z", "2026-11-01T09:00:00Z", "2026-03-29T01:00:00Z"];
const minuteMs = 60_000;
const lines: string[] = [];
for (const night of nights) {
  const at = new Date(night);
  const end: End = {
    id: 1,
    containerId: 1,
    run: 1,
    reason: "end",
    at,
    state: "armed",
    because: "",
    evidence: {},
    actor: "berth",
    armedAt: new Date(at.getTime() - 600 * minuteMs),
    closedAt: null,
  };
  const told: Notice[] = [];
  let before = "";
  for (let minute = -180; minute <= 180; minute++) {
    const now = new Date(at.getTime() + minute * minuteMs);
    const up = new Date(at.getTime() - 900 * minuteMs);
    const decision = decide(
      {
        container: { id: 1, state: "running", wanted: "running" },
        ends: [end],
        told,
        exemptions: [],
        timeZone: "Europe/Berlin",
        isWaitedFor: false,
      },
      {
        now,
        reach: { activeSince: up, connectedSince: up, gaps: [], clockJumpedAt: undefined },
        notices: { first_m: 60, last_m: 15, remove_first_h: 24 },
        night: { from: "00:00", to: "00:00", moved_to: "09:00" },
      },
    );
    if (decision.do === "tell")
      told.push({
        id: told.length,
        endId: 1,
        ...decision.step,
        writtenAt: now,
        acceptedAt: now,
        recipient: null,
        channel: "D1",
        ts: "1.1",
      });
    if (decision.do !== before) lines.push(`${night} ${minute} ${decision.do}`);
    before = decision.do;
  }
}
const offsets = nights.map((night) => new Date(night).getTimezoneOffset());
const decided = createHash("sha256").update(lines.join("\n")).digest("hex");
process.stdout.write(JSON.stringify({ offsets, decided, lines }));
