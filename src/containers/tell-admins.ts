import type { Tx } from "../ledger/ledger.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { World } from "../world.ts";

/** Opens a problem in the admins' channel; the same key again edits the same message. */
export async function tellAdmins(
  world: World,
  tx: Tx,
  text: string,
  key: string,
  at: Date,
  detail?: string,
): Promise<void> {
  const { adminChannel } = world.settings;
  if (!adminChannel) return;
  await tell(
    tx,
    adminChannel,
    { kind: "problem", key, state: "open", text, ...(detail ? { detail } : {}) },
    at,
  );
}

/** Closes the problem with that key. */
export async function tellAdminsSolved(
  world: World,
  tx: Tx,
  text: string,
  key: string,
  at: Date,
): Promise<void> {
  const { adminChannel } = world.settings;
  if (adminChannel) await tell(tx, adminChannel, { kind: "problem", key, state: "solved", text }, at);
}
