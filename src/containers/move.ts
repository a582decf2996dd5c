import { EngineSilent, HostSilent } from "../errors.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import type { World } from "../world.ts";
import { bringDown } from "./bring-down.ts";
import { bringUp } from "./bring-up.ts";
import { endKeepTime } from "./keep-time.ts";
import { type Moved, noteTrouble, serverSilent } from "./moved.ts";

/**
 * Brings one container a step nearer to what is wanted of it. Deploy, run and recovery after a restart all end in
 * bring-up, every stop in bring-down; each step looks first and may be repeated, so a crash in the middle needs no second
 * path. A silent engine or host changes nothing but the sentence on the card.
 */
export async function move(world: World, containerId: number, signal: AbortSignal): Promise<Moved> {
  const [view] = await world.ledger.read((tx) => containerViews(tx, [containerId]));
  if (!view) return "done";
  try {
    return await step(world, view, signal);
  } catch (error) {
    if (!(error instanceof EngineSilent || error instanceof HostSilent)) throw error;
    world.log.warn({ containerId, err: error }, "waiting for the server to answer");
    await noteTrouble(world, view, serverSilent);
    return "again";
  }
}

async function step(world: World, view: ContainerView, signal: AbortSignal): Promise<Moved> {
  const { state, wanted } = view.container;
  if (state === "starting" && wanted === "running") return bringUp(world, view, signal);
  if (state === "starting" || state === "running") {
    return wanted === "running" ? "done" : bringDown(world, view, signal);
  }
  if (state === "stopping") return bringDown(world, view, signal);
  if (state === "stopped" && wanted === "retired") return bringDown(world, view, signal);
  if (state === "stopped") return endKeepTime(world, view);
  return "done";
}
