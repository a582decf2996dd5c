import { type Instructions, instructions } from "../access/instructions.ts";
import { containerView } from "../containers/list.ts";
import { Refusal } from "../errors.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import type { World } from "../world.ts";
import type { Caller } from "./answer.ts";

/** How its owner signs in; undefined before its project was ever started. */
export function signInOf(
  world: World,
  view: Pick<ContainerView, "project" | "member">,
): Instructions | undefined {
  const { project, member } = view;
  if (project.sshPort === null || project.hostKey === null) return undefined;
  return instructions(world.settings, member, project);
}

/** The caller's own container, living or not. Somebody else's is answered as if it did not exist. */
export async function ownView(world: World, caller: Caller, containerId: number): Promise<ContainerView> {
  const view = await containerView(world, containerId);
  if (view && view.member.id === caller.member.id) return view;
  throw new Refusal("no-container", "That container is no longer there.", {
    hint: "/container-list shows yours.",
  });
}
