import type { Tx } from "../ledger/ledger.ts";
import { whoWaits } from "../ledger/queries/drains.ts";
import { tell } from "../ledger/queries/outbox.ts";

/**
 * Once, when an admin begins to keep everything from being granted: who waits would look at a line that does not move. That
 * it moves again is told by the grant itself.
 */
export async function tellWhoWaits(tx: Tx, text: string, at: Date, nodeId: string | null): Promise<void> {
  const told = `${text} Your place in the line stays, and a message tells you when yours starts.`;
  for (const recipient of await whoWaits(tx, nodeId))
    await tell(tx, recipient, { kind: "note", text: told }, at);
}
