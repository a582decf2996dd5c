import { Refusal } from "../../errors.ts";
import { catalogueThere } from "../../images/catalogue-there.ts";
import { diskOverview } from "../../images/disk/overview.ts";
import { findMembers } from "../../members/overview.ts";
import { type Answer, type Call, type Caller, onlyToCaller } from "../answer.ts";
import { catalogueMessage } from "../views/catalogue.ts";
import { diskPage } from "../views/disk.ts";
import { membersMessage } from "../views/members.ts";

export async function catalogueOf({ world, caller }: Call, query = ""): Promise<Answer> {
  refuseOthers(caller);
  return onlyToCaller(catalogueMessage(await catalogueThere(world, query), query));
}

/** Found by name, user name or group, or as `@somebody`. */
export async function membersOf({ world, caller }: Call, query = ""): Promise<Answer> {
  refuseOthers(caller);
  return onlyToCaller(membersMessage(await findMembers(world, query), query));
}

/** Engines take seconds to say what they hold: a window opens at once. */
export async function diskOf({ world, caller }: Call): Promise<Answer> {
  refuseOthers(caller);
  return { kind: "show-later", title: "Disk", view: async () => diskPage(await diskOverview(world)) };
}

function refuseOthers({ isAdmin }: Caller): void {
  if (!isAdmin) throw new Refusal("admins-only", "Only admins can do that.");
}
