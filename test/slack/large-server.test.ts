import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import type { OpenLedger } from "../../src/ledger/ledger.ts";
import { type ActiveMember, containers } from "../../src/ledger/schema.ts";
import { openDesk, wordsIn } from "./front-desk.ts";

/** Whom `openDesk` knows already: ana, ben and dmitri. */
const knownBefore = 3;

test("/gpu-status with 64 GPUs, 200 members and 100 in the line: within Slack's limits, from one read of the ledger", {
  timeout: 180_000,
}, async () => {
  let reads = 0;
  const counting = (ledger: OpenLedger): OpenLedger => ({
    ...ledger,
    read: (look) => {
      reads++;
      return ledger.read(look);
    },
  });
  const desk = await openDesk({
    world: { gpus: 64, ledger: counting, policy: "enrol: open\ndefaults: { memory_gib: 4 }" },
  });
  try {
    const { world, ana } = desk;
    // Nothing is started and nobody is written to: this is about what the ledger has.
    await world.stop();
    const members: ActiveMember[] = [];
    for (let n = knownBefore; n < 200; n++) members.push(await world.member(`member-${n}`));
    for (const [n, by] of members.slice(0, 164).entries()) {
      const wish = { kind: "gpu" as const, count: n < 64 ? 1 : 1 + (n % 2) };
      const project = `project-${n}`;
      await deploy(world, { by, requestId: randomUUID(), project, wish, hours: 1 + (n % 24) });
    }
    const rows = await world.ledger.read((tx) => tx.select({ state: containers.state }).from(containers));
    expect(rows.filter(({ state }) => state === "starting")).toHaveLength(64);
    expect(rows.filter(({ state }) => state === "waiting")).toHaveLength(100);

    reads = 0;
    await ana.type("/gpu-status");
    const answer = await ana.waitForMessage("dm", (message) => message.ephemeral, 30_000);
    // Who asks, and the board.
    expect(reads).toBe(2);
    const words = wordsIn(answer.blocks);
    for (const part of [
      "GPU 63",
      "member-66",
      "100 requests in the line",
      "1st: *member-67*",
      "… and 75 more",
    ])
      expect(words).toContain(part);
  } finally {
    await desk.end();
  }
});
