import { Refusal } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { livingOfMember } from "../ledger/queries/containers.ts";
import { openOverrides } from "../ledger/queries/overrides.ts";
import type { ActiveMember, Wish } from "../ledger/schema.ts";
import { judgeWaiting } from "../policy/allow.ts";
import { limitsOf } from "../policy/policy.ts";
import type { World } from "../world.ts";
import { ownContainer, type Which } from "./which.ts";
import { wishOtherDevices } from "./wish.ts";

/**
 * Stops the caller's running container of several GPUs and asks anew with one of them, with all that is in it: a new request,
 * with a place in the line and a new term. At return it is a row; a loop does it. On its way to stop already: nothing changes
 * and the view says so.
 */
export async function resumeWithOne(
  world: World,
  { by, which }: { by: ActiveMember; which: Which },
): Promise<ContainerView> {
  return world.ledger.transaction(async (tx) => {
    const view = await ownContainer(tx, by, which);
    const { container } = view;
    if (container.state === "stopping") return view;
    const runs = container.state === "running" && container.wanted === "running";
    const { wish } = container;
    if (!runs || wish.kind !== "gpu" || view.devices.length < 2) throw hasNoneToSpare(view);
    await refuseTooManyWaiting(tx, world, by);
    await wishOtherDevices(tx, by, container, {
      devices: oneOf(wish),
      actor: `member:${by.id}`,
      because: `${by.handle} stopped it to go on with 1 GPU instead of ${view.devices.length}.`,
      at: world.clock.now(),
    });
    const [after] = await containerViews(tx, [container.id]);
    return after ?? view;
  });
}

function oneOf({ model }: Extract<Wish, { kind: "gpu" }>): Wish {
  return { kind: "gpu", count: 1, ...(model === undefined ? {} : { model }) };
}

/** It may have to wait: whoever has as many in the line as they may is told now, and not when it has stopped. */
async function refuseTooManyWaiting(tx: Tx, world: World, by: ActiveMember): Promise<void> {
  const waiting = (await livingOfMember(tx, by.id)).filter(({ state }) => state === "waiting").length;
  const limits = limitsOf(world.policy, by, await openOverrides(tx, by.id), world.clock.now());
  const refusal = judgeWaiting(waiting + 1, limits);
  if (refusal) throw refusal;
}

function hasNoneToSpare({ container, project }: ContainerView): Refusal {
  return new Refusal("no-gpu-to-spare", `“${project.name}” doesn't run with several GPUs at the moment.`, {
    offers: [{ kind: "open", containerId: container.id }],
  });
}
