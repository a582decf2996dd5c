import type { ContainerView } from "../ledger/queries/container-views.ts";
import { containerById, updateContainer } from "../ledger/queries/containers.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Container } from "../ledger/schema.ts";
import type { World } from "../world.ts";

/** `again`: not where it should be yet, look again soon. `done`: nothing to do until a row changes. */
export type Moved = "again" | "done";

export const serverSilent =
  "The server does not answer at the moment. Nothing is lost; it goes on by itself.";

/** What hinders it, on its card; written only when it changed. */
export async function noteTrouble(world: World, view: ContainerView, trouble: string | null): Promise<void> {
  const { container, member } = view;
  if (container.trouble === trouble) return;
  await world.ledger.transaction(async (tx) => {
    await updateContainer(tx, container.id, { trouble });
    await tell(tx, member.slackUserId, { kind: "card", containerId: container.id }, world.clock.now());
  });
  container.trouble = trouble;
}

/** False if the row is not the start that this is any more: its device vanished, or it was granted anew. */
export async function noteStep(world: World, view: ContainerView, step: string): Promise<boolean> {
  if (view.container.step === step && view.container.trouble === null) return true;
  const { engineId, imageId } = view.container;
  const isNoted = await world.ledger.transaction(async (tx) => {
    const row = await containerById(tx, view.container.id);
    if (!isSameStart(row, view.container)) return false;
    await updateContainer(tx, row.id, { step, trouble: null, engineId, imageId });
    await tell(tx, view.member.slackUserId, { kind: "card", containerId: row.id }, world.clock.now());
    return true;
  });
  view.container.step = step;
  view.container.trouble = null;
  return isNoted;
}

/** Whether the row is still the start that was seen: not ended, and not given other devices meanwhile. */
export function isSameStart(row: Container | undefined, seen: Container): row is Container {
  return row?.state === "starting" && row.stateSince.getTime() === seen.stateSince.getTime();
}
