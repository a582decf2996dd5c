import { connectionCheck } from "../../access/connection-check.ts";
import { Refusal } from "../../errors.ts";
import type { ContainerView } from "../../ledger/queries/container-views.ts";
import { show } from "../answer.ts";
import { defineAction } from "../define-action.ts";
import { cantConnect, sshConfig } from "../pressables.ts";
import { ownView, signInOf } from "../sign-in.ts";
import { connectionPage } from "../views/connection.ts";
import { sshConfigPage } from "../views/ssh-config.ts";

export const sshConfigAction = defineAction({
  pressable: sshConfig,
  for: "members",
  async run({ world, caller, value }) {
    const view = await ownView(world, caller, value.containerId);
    const how = signInOf(world, view);
    if (!how) throw notYet(view);
    return show(sshConfigPage(view.project.name, view.container.id, how));
  },
});

/** Looks from the server's side; that takes some seconds. */
export const cantConnectAction = defineAction({
  pressable: cantConnect,
  for: "members",
  async run({ world, caller, value }) {
    const view = await ownView(world, caller, value.containerId);
    const { container, project, member } = view;
    const how = signInOf(world, view);
    const node = container.nodeId === null ? undefined : world.nodes.get(container.nodeId);
    if (!how || !node || container.engineId === null || project.sshPort === null || project.hostKey === null)
      throw notYet(view);
    const asked = {
      node,
      engineId: container.engineId,
      target: { address: world.settings.sshBind, port: project.sshPort, hostKey: project.hostKey },
      stateDir: world.settings.stateDir,
      memberId: member.id,
    };
    return {
      kind: "show-later",
      title: "Can't connect?",
      view: async () => connectionPage(await connectionCheck(asked), view, how, world.settings.sshHost),
    };
  },
});

function notYet({ project, container }: ContainerView): Refusal {
  return new Refusal(
    "not-started",
    `“${project.name}” has not been started yet, so there is nothing to sign in to.`,
    {
      offers: container.state === "stopped" ? [{ kind: "run", containerId: container.id }] : [],
    },
  );
}
