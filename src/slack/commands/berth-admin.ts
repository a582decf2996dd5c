import { Refusal } from "../../errors.ts";
import { weekOf } from "../../health/week.ts";
import { catalogueThere } from "../../images/catalogue-there.ts";
import { diskOverview } from "../../images/disk/overview.ts";
import { findMembers } from "../../members/overview.ts";
import { putFirst } from "../../waitlist/put-first.ts";
import { type Answer, type Call, type Caller, onlyToCaller } from "../answer.ts";
import { catalogueMessage } from "../views/catalogue.ts";
import { diskPage } from "../views/disk.ts";
import { putFirstMessage } from "../views/first.ts";
import { membersMessage } from "../views/members.ts";
import { note } from "../views/notes.ts";

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

/** `first ana/vision demo for the visitors`: quotes around the reason may be there or not. */
export async function firstOf({ world, caller }: Call, rest = ""): Promise<Answer> {
  refuseOthers(caller);
  const [request = "", ...reason] = rest.trim().split(/\s+/);
  if (request === "")
    throw new Refusal("word-missing", "Put whom first, and why?", {
      hint: 'It goes like this: /berth first ana/vision "demo for the visitors at 15:00"',
    });
  const { member } = caller;
  const put = await putFirst(world, {
    request,
    reason: reason.join(" "),
    actor: `member:${member.id}`,
    byName: member.handle ?? member.name,
  });
  return onlyToCaller(putFirstMessage(put));
}

/** The same that Monday's note tells, of the last seven days. */
export async function reportOf({ world, caller }: Call): Promise<Answer> {
  refuseOthers(caller);
  const { text, lines } = await world.ledger.read((tx) => weekOf(tx, world));
  return onlyToCaller(note({ kind: "note", text, detail: lines.join("\n") }));
}

export function refuseOthers({ isAdmin }: Caller): void {
  if (!isAdmin) throw new Refusal("admins-only", "Only admins can do that.");
}
