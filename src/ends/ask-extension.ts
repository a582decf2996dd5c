import { ownContainer } from "../containers/which.ts";
import { Refusal } from "../errors.ts";
import type { Petition } from "../ledger/limit-tables.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import { petition } from "../members/petitions.ts";
import type { World } from "../world.ts";
import { readAsk, refuseUnlessRunning } from "./extend.ts";
import { judgeExtension } from "./judge-extension.ts";

/**
 * Asks every admin for hours that the extension budget does not have. What no admin could grant is refused now: a promise, or
 * the longest run allowed. Nothing is moved and nothing charged until one of them says yes.
 */
export async function askExtension(
  world: World,
  request: { by: ActiveMember; containerId: number; hours: number; reason: string; requestId: string },
): Promise<Petition> {
  const { by, containerId, hours, reason, requestId } = request;
  return world.ledger.transaction(async (tx) => {
    const view = await ownContainer(tx, by, { containerId });
    refuseUnlessRunning(view);
    const ask = await readAsk(tx, world, view, hours);
    const judged = ask && judgeExtension({ ...ask, isGranted: true });
    if (judged instanceof Refusal) throw judged;
    return petition(tx, world, { by, requestId, wish: { kind: "extension", containerId, hours }, reason });
  });
}
