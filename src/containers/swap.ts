import { Refusal, refuseAny } from "../errors.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { updateContainer } from "../ledger/queries/containers.ts";
import { readAsked } from "../ledger/queries/line.ts";
import type { ActiveMember, Wish } from "../ledger/schema.ts";
import { judgeAsk } from "../policy/allow.ts";
import { limitsOf } from "../policy/policy.ts";
import { serve } from "../waitlist/serve.ts";
import { sameWish, wishInWords } from "../waitlist/wish.ts";
import type { World } from "../world.ts";
import { ownContainer, type Which } from "./which.ts";

export type SwapRequest = {
  by: ActiveMember;
  which: Which;
  wish: Wish;
  /** Left out: as many as were asked for. */
  hours?: number;
};

/**
 * Makes the caller's waiting request one for something else that can start at this moment, in the place it has. What it
 * asks for is judged as a new asking is. If it would not start now after all, nothing changes and the Refusal says so. One
 * that waits no more, or asks for that already, stays as it is and the view says so.
 */
export async function swap(world: World, request: SwapRequest): Promise<ContainerView> {
  const { by, which, wish } = request;
  return world.ledger.transaction(async (tx) => {
    const view = await ownContainer(tx, by, which);
    const { container, project } = view;
    const hours = request.hours ?? container.hours;
    if (container.state !== "waiting") return view;
    if (sameWish(container.wish, wish) && container.hours === hours) return view;
    if (container.engineId !== null)
      throw new Refusal("made-already", `“${project.name}” waits to run again as it was.`, {
        hint: "Leave the line and retire it to deploy something smaller: your files stay.",
        offers: [{ kind: "leave", containerId: container.id }],
      });
    const now = world.clock.now();
    const { most, overrides } = await readAsked(tx, by.id, project.name, { since: now, now });
    const limits = limitsOf(world.policy, by, overrides, now);
    refuseAny(judgeAsk({ wish, hours, limits, max: most, waiting: 0 }));

    await updateContainer(tx, container.id, { wish, hours });
    const swapped = {
      at: now,
      what: "swapped",
      containerId: container.id,
      memberId: by.id,
      actor: `member:${by.id}`,
      because: `${by.handle} took ${wishInWords(wish)} for ${hours} h instead of ${wishInWords(container.wish)} for ${container.hours} h.`,
      evidence: {
        rule: "a smaller thing keeps the place in the line",
        from: { wish: container.wish, hours: container.hours },
        to: { wish, hours },
        askedAt: container.askedAt,
        standsAt: container.standsAt,
      },
    };
    const granted = await serve(tx, world, [swapped]);
    const after = (await containerViews(tx, [container.id]))[0] ?? view;
    if (!granted.some((one) => one.container.id === container.id)) throw notNow(after);
    return after;
  });
}

/** Thrown inside the transaction: the request stays what it was. */
function notNow({ container, project }: ContainerView): Refusal {
  return new Refusal(
    "not-free-any-more",
    `That can't start at this moment after all${container.waitsFor ? `: ${container.waitsFor}` : "."}`,
    {
      hint: `“${project.name}” waits as before, in its place; /gpu-queue shows what could start now.`,
      offers: [{ kind: "open", containerId: container.id }],
    },
  );
}
