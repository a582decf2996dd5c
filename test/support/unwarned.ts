import { asc } from "drizzle-orm";
import type { SlackSimulator } from "../../src/demo/slack/simulator.ts";
import type { SlackReach } from "../../src/ends/reach.ts";
import { activeBot } from "../../src/ledger/bot-tables.ts";
import { type End, ends, notices } from "../../src/ledger/end-tables.ts";
import { type Container, containers } from "../../src/ledger/schema.ts";
import type { World } from "../../src/world.ts";

const minutesToAnswer = 15;
const shortGapMs = 30_000;

/** Whatever runs has an end, the one its row says; what is to stop has none any more. A sentence for each that is not so. */
export function endless(seen: { ends: readonly End[]; containers: readonly Container[] }): string[] {
  return seen.containers.flatMap((container) => {
    const isStopped = container.state === "stopped";
    const armed = seen.ends.filter(
      (end) =>
        end.containerId === container.id && end.state === "armed" && !(isStopped && end.reason === "remove"),
    );
    if (container.wanted !== "running" || container.state === "retired" || container.state === "failed")
      return armed.length > 0 ? [`${container.name} is not wanted running, and has an armed end`] : [];
    const hours = armed.find((end) => end.reason === "end");
    return container.state !== "running" || hours?.at.getTime() === container.endsAt?.getTime()
      ? []
      : [`${container.name} runs and has no end, or another than its row says`];
  });
}

/**
 * Whatever was stopped because it came to its end was told before: a last notice of that very end, accepted at least 15
 * minutes before, the bot up since, and where the test has a Slack, its journal shows the message and its connection no gap.
 * Returns a sentence for each end that was not. Knows nothing of the gate: it reads what was done.
 */
export async function unwarned(
  world: Pick<World, "ledger">,
  slack?: { simulator: SlackSimulator; reach: SlackReach },
): Promise<string[]> {
  const seen = await world.ledger.read(async (tx) => ({
    ends: await tx.select().from(ends).orderBy(asc(ends.id)),
    notices: await tx.select().from(notices).orderBy(asc(notices.id)),
    containers: await tx.select().from(containers).orderBy(asc(containers.id)),
    bot: (await tx.select().from(activeBot))[0],
  }));
  const done = seen.ends.filter((end) => end.state === "done");
  const wrong: string[] = [];
  for (const container of seen.containers) {
    const itsEnd = done.some((end) => end.containerId === container.id && end.run === container.run);
    if (container.wantedBy === "end" && !itsEnd)
      wrong.push(`${container.name} was ended, and no end of it came`);
  }
  for (const end of done) {
    const stoppedAt = end.closedAt ?? new Date(0);
    const name = `end ${end.id} (${end.reason}) of container ${end.containerId}`;
    if (end.at > stoppedAt) wrong.push(`${name} came before its time`);
    const inTime = seen.notices.filter(
      ({ endId, step, acceptedAt }) =>
        endId === end.id &&
        step === "last" &&
        acceptedAt !== null &&
        stoppedAt.getTime() - acceptedAt.getTime() >= minutesToAnswer * 60_000,
    );
    if (inTime.length === 0) {
      wrong.push(`${name} came without a last notice accepted ${minutesToAnswer} minutes before`);
      continue;
    }
    const notice = inTime.at(-1)!;
    const acceptedAt = notice.acceptedAt!;
    if (seen.bot && seen.bot.since > acceptedAt && seen.bot.since < stoppedAt)
      wrong.push(`${name}: the bot came back after its last notice and before the stop`);
    if (!slack) continue;
    const message = slack.simulator.journal
      .calls("chat.postMessage")
      .find(({ answer }) => answer.ok === true && answer.ts === notice.ts);
    if (!message) wrong.push(`${name}: Slack knows nothing of its last notice`);
    for (const gap of slack.reach.gaps) {
      const until = gap.until ?? stoppedAt;
      const isLong = until.getTime() - gap.from.getTime() > shortGapMs;
      if (isLong && until > acceptedAt && gap.from < stoppedAt)
        wrong.push(`${name}: Slack was away after its last notice`);
    }
  }
  return wrong;
}
