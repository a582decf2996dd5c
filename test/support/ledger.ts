import { wallClock } from "../../src/clock.ts";
import { openLedger } from "../../src/ledger/connect.ts";
import type { OpenLedger, Tx } from "../../src/ledger/ledger.ts";
import { members } from "../../src/ledger/member-table.ts";
import { containers, leases, projects } from "../../src/ledger/schema.ts";
import { silent } from "./database.ts";

/** A ledger on real parts in which anybody may write: with the epoch check it would need `becomeActive` first. */
export async function testLedger(url: string, { checkEpoch = false } = {}): Promise<OpenLedger> {
  return await openLedger({ url, clock: wallClock, log: silent, checkEpoch });
}

/** A member with one project and a waiting container: what a lease must refer to. Returns the container's id. */
export async function insertContainer(
  tx: Tx,
  name: string,
): Promise<{ memberId: number; containerId: number }> {
  const at = wallClock.now();
  const [member] = await tx
    .insert(members)
    .values({ slackUserId: `U-${name}`, name, state: "active", createdAt: at })
    .returning();
  const [project] = await tx
    .insert(projects)
    .values({
      memberId: member!.id,
      name: "vision",
      aliasId: name,
      workspacePath: `/srv/${name}`,
      createdAt: at,
    })
    .returning();
  const [container] = await tx
    .insert(containers)
    .values({
      requestId: `request-${name}`,
      memberId: member!.id,
      projectId: project!.id,
      name: `vision._.${name}`,
      state: "waiting",
      stateSince: at,
      wanted: "running",
      wish: { kind: "gpu", count: 1 },
      hours: 8,
      image: "lab",
      workspacePath: `/srv/${name}`,
      askedAt: at,
      standsAt: at,
    })
    .returning();
  return { memberId: member!.id, containerId: container!.id };
}

/** A lease as a grant writes it, and nothing else of one. */
export async function insertLease(
  tx: Tx,
  holder: { memberId: number; containerId: number },
  gpuUuid: string,
  part = "[0,8)",
): Promise<void> {
  await tx.insert(leases).values({
    ...holder,
    run: 1,
    nodeId: "gpu1",
    deviceId: gpuUuid,
    gpuUuid,
    part,
    weight: 1,
    grantedAt: wallClock.now(),
  });
}
