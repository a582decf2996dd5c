import { and, asc, eq, gt } from "drizzle-orm";
import { type End, type Extension, ends, extensions } from "../end-tables.ts";
import type { Tx } from "../ledger.ts";

/** The extension of this request, whatever became of its end. */
export async function extensionByRequest(
  tx: Tx,
  requestId: string,
): Promise<{ extension: Extension; end: End } | undefined> {
  const [row] = await tx
    .select({ extension: extensions, end: ends })
    .from(extensions)
    .innerJoin(ends, eq(ends.id, extensions.endId))
    .where(eq(extensions.requestId, requestId));
  return row;
}

export async function insertExtension(tx: Tx, row: typeof extensions.$inferInsert): Promise<void> {
  await tx.insert(extensions).values(row);
}

/** What a member used of their extension budget in the last seven days, in GPU-equivalent-hours. */
export type ExtensionBudget = {
  used: number;
  /** Null: unlimited. */
  most: number | null;
  left: number | null;
  /** When how much of it comes back, the earliest first. */
  refills: { at: Date; gpuHours: number }[];
};

const budgetMs = 7 * 24 * 3_600_000;

export async function extensionBudget(
  tx: Tx,
  memberId: number,
  limits: { extension_gpu_h_per_7d: number | null },
  now: Date,
): Promise<ExtensionBudget> {
  return budgetOf(await extensionsCharged(tx, memberId, now), limits);
}

/** What was charged for each extension of the last seven days, the earliest first. */
export async function extensionsCharged(
  tx: Tx,
  memberId: number,
  now: Date,
): Promise<{ at: Date; gpuHours: number }[]> {
  return tx
    .select({ at: extensions.at, gpuHours: extensions.chargedGpuHours })
    .from(extensions)
    .where(
      and(
        eq(extensions.memberId, memberId),
        gt(extensions.at, new Date(now.getTime() - budgetMs)),
        gt(extensions.chargedGpuHours, 0),
      ),
    )
    .orderBy(asc(extensions.at), asc(extensions.id));
}

export function budgetOf(
  charged: readonly { at: Date; gpuHours: number }[],
  limits: { extension_gpu_h_per_7d: number | null },
): ExtensionBudget {
  const used = charged.reduce((sum, { gpuHours }) => sum + gpuHours, 0);
  const most = limits.extension_gpu_h_per_7d;
  return {
    used,
    most,
    left: most === null ? null : Math.max(0, most - used),
    refills: charged.map(({ at, gpuHours }) => ({ at: new Date(at.getTime() + budgetMs), gpuHours })),
  };
}
