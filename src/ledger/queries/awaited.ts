import { eq, sql } from "drizzle-orm";
import { type Build, builds } from "../image-tables.ts";
import type { Tx } from "../ledger.ts";
import { type Container, containers } from "../schema.ts";
import { buildById } from "./builds.ts";

/** The build that a waiting container waits for. */
export async function awaitedBuild(
  tx: Tx,
  { container }: { container: Container },
): Promise<Build | undefined> {
  const { state, awaitsBuildId } = container;
  return state === "waiting" && awaitsBuildId !== null ? buildById(tx, awaitsBuildId) : undefined;
}

/** The container that was asked for together with the build, in one go, whatever became of it. */
export async function containerAskedWith(tx: Tx, buildId: number): Promise<Container | undefined> {
  const [row] = await tx
    .select({ container: containers })
    .from(containers)
    .innerJoin(builds, sql`${builds.requestId} = ${containers.requestId} || ' image'`)
    .where(eq(builds.id, buildId));
  return row?.container;
}
