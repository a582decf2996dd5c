import { type ContainerView, updateContainer } from "../ledger/queries/containers.ts";
import { tell } from "../ledger/queries/outbox.ts";
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
