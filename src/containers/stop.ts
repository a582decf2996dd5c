import { Refusal } from "../errors.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { updateContainer } from "../ledger/queries/containers.ts";
import { record } from "../ledger/queries/events.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import { ownContainer, type Which } from "./which.ts";
import { wishEnd } from "./wish.ts";

export type EndRequest = { by: ActiveMember; which: Which };

/**
 * Wishes the caller's container stopped. At return it is a row; a loop does it. A waiting one leaves the line. `frees`:
 * its GPU is not kept for it but given back at once.
 */
export async function stop(
  world: World,
  { by, which, frees = false }: EndRequest & { frees?: boolean },
): Promise<ContainerView> {
  return wished(world, { by, which, cause: frees ? "owner-frees" : "owner" }, "stopped", (view) => {
    const { container, project, devices } = view;
    if (frees && container.state === "waiting")
      throw new Refusal("waits-itself", `“${project.name}” has no GPU to give back: it waits itself.`);
    if (container.state === "stopped") {
      const keeps = frees && devices.length > 0;
      throw new Refusal("already-stopped", `“${project.name}” is stopped already.`, {
        offers: [
          ...(keeps ? [{ kind: "free-gpu" as const, containerId: container.id }] : []),
          { kind: "run", containerId: container.id },
          { kind: "retire", containerId: container.id },
        ],
      });
    }
  });
}

/** Wishes it gone: stopped, its GPU freed, its system changes lost. Workspace, image, port and host key stay. */
export async function retire(world: World, { by, which }: EndRequest): Promise<ContainerView> {
  return wished(world, { by, which }, "retired", () => undefined);
}

async function wished(
  world: World,
  { by, which, cause = "owner" }: EndRequest & { cause?: "owner" | "owner-frees" },
  wanted: "stopped" | "retired",
  refuse: (view: ContainerView) => void,
): Promise<ContainerView> {
  return world.ledger.transaction(async (tx) => {
    const view = await ownContainer(tx, by, which);
    refuse(view);
    await wishEnd(tx, by, view.container, {
      wanted,
      cause,
      actor: `member:${by.id}`,
      because: `${by.handle} ${deed(view, wanted, cause)}.`,
      at: world.clock.now(),
    });
    const [after] = await containerViews(tx, [view.container.id]);
    return after ?? view;
  });
}

function deed({ container }: ContainerView, wanted: "stopped" | "retired", cause: string): string {
  if (container.state === "waiting") return "left the line with it";
  if (wanted === "retired") return "retired it";
  return cause === "owner-frees" ? "stopped it and gave its GPU back" : "stopped it";
}

/** Ends the time for which a stopped container keeps its GPU. */
export async function freeGpu(world: World, { by, which }: EndRequest): Promise<ContainerView> {
  return world.ledger.transaction(async (tx) => {
    const view = await ownContainer(tx, by, which);
    const { container } = view;
    if (container.state !== "stopped" || container.gpuKeptUntil === null || view.devices.length === 0) {
      throw new Refusal("no-gpu-kept", `“${view.project.name}” keeps no GPU at the moment.`);
    }
    const now = world.clock.now();
    await updateContainer(tx, container.id, { gpuKeptUntil: now });
    await record(tx, {
      at: now,
      what: "gpu-freed",
      containerId: container.id,
      memberId: by.id,
      actor: `member:${by.id}`,
      because: `${by.handle} freed the GPU before its keep time was over.`,
      evidence: { keptUntil: container.gpuKeptUntil, devices: view.devices.map((device) => device.id) },
    });
    await tell(tx, by.slackUserId, { kind: "card", containerId: container.id }, now);
    return view;
  });
}
