import type { End } from "../ledger/end-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { minutesFrom } from "../policy/notice-times.ts";
import { when } from "../sentence.ts";
import type { World } from "../world.ts";
import { type AdminEnd, endByAdmin } from "./by-admin.ts";

type Later = AdminEnd & { at: Date };

/**
 * An admin's end at an instant. If its first notice is still to come, the person hears of it now: what is known on Monday
 * must not be a surprise on Friday. Undefined: nothing runs there that could be ended.
 */
export async function endAnnounced(
  tx: Tx,
  world: Pick<World, "policy" | "clock">,
  view: Pick<ContainerView, "container" | "member" | "project">,
  planned: Later,
): Promise<End | undefined> {
  const end = await endByAdmin(tx, world, view, planned);
  if (end === undefined || end === "wished") return undefined;
  const now = world.clock.now();
  const { notices } = world.policy;
  if (minutesFrom(end.at, -notices.first_m) <= now) return end;
  const { container, project, member } = view;
  await tell(
    tx,
    member.slackUserId,
    {
      kind: "note",
      containerId: container.id,
      text: `“${project.name}” will be stopped ${when(end.at)} by ${planned.by}: ${planned.reason}.`,
      detail: `Its files are kept. I write again ${notices.first_m} and ${notices.last_m} minutes before.`,
      offers: [{ kind: "open", containerId: container.id }],
    },
    now,
  );
  return end;
}
