import type { Offer } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { openOverrides } from "../ledger/queries/overrides.ts";
import type { Container } from "../ledger/schema.ts";
import { limitsOf } from "../policy/policy.ts";
import { when } from "../sentence.ts";
import type { World } from "../world.ts";

/** Of what came to rest by itself, by an admin or at its end: what has become of it, what is kept, and what can be done. */
export async function tellOwner(
  tx: Tx,
  world: World,
  view: ContainerView,
  after: Container,
  now: Date,
): Promise<void> {
  const { id: containerId } = after;
  const how = { failed: "could not be started", retired: "is gone", stopped: stoppedHow(after) }[
    after.state as "failed" | "retired" | "stopped"
  ];
  const offers: Offer[] =
    after.state === "stopped"
      ? [
          { kind: "run", containerId },
          ...(after.resume === null ? [] : [{ kind: "start-fresh" as const, containerId }]),
          { kind: "why", containerId },
        ]
      : [
          { kind: "new-container", project: view.project.name },
          { kind: "why", containerId },
        ];
  await tell(
    tx,
    view.member.slackUserId,
    {
      kind: "note",
      containerId: after.id,
      text: `“${view.project.name}” ${how}. ${after.outcome ?? ""}`.trim(),
      detail: await whatStays(tx, world, view, after, now),
      offers,
    },
    now,
  );
}

function stoppedHow({ wantedBy }: Container): string {
  return wantedBy === "failure" ? "could not be started again" : "has stopped";
}

async function whatStays(
  tx: Tx,
  world: World,
  view: ContainerView,
  after: Container,
  now: Date,
): Promise<string> {
  const files = "Your files in /workspace are untouched.";
  if (after.state !== "stopped") return files;
  const overrides = await openOverrides(tx, view.member.id);
  const { container_hold_after_stop_h: hours } = limitsOf(world.policy, view.member, overrides, now);
  const layer = `Its image and what you installed in it are kept as well, at least until ${when(new Date(now.getTime() + hours * 3_600_000))}.`;
  return `${files} ${layer} ${whatResumeDoes(after)}`;
}

/** What comes back, and on what. */
function whatResumeDoes({ gpuKeptUntil, placeKeptUntil, resume, wish }: Container): string {
  const same = "with the same sign-in: address, port and host key";
  if (resume === "too-large")
    return `Resume brings all of it back, on the very GPU it was made with: it waits until that is free. Start fresh takes any GPU and makes it anew from its image; then what you installed or changed outside /workspace is lost.`;
  if (resume !== null)
    return `Resume tries it again. Start fresh makes it anew from its image; then what you installed or changed outside /workspace is lost.`;
  if (gpuKeptUntil !== null)
    return `Its GPU is kept until ${when(gpuKeptUntil)}: until then Resume brings it back at once, ${same}; later on whatever GPU is free.`;
  if (placeKeptUntil !== null)
    return `Your place in the line is kept until ${when(placeKeptUntil)}: press Resume when you are back, and you stand where you stood.`;
  if (wish.kind === "cpu") return `Resume brings it back, ${same}.`;
  return `Its GPU is free for others; Resume brings it back on whatever GPU is free, ${same}.`;
}
