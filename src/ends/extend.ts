import { moveEnd } from "../containers/armed-ends.ts";
import { ownContainer, type Which } from "../containers/which.ts";
import { Refusal } from "../errors.ts";
import type { End } from "../ledger/end-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import type { Petition } from "../ledger/limit-tables.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { armedEnds } from "../ledger/queries/ends.ts";
import { record } from "../ledger/queries/events.ts";
import { extensionBudget, extensionByRequest, insertExtension } from "../ledger/queries/extensions.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { openOverrides } from "../ledger/queries/overrides.ts";
import type { ActiveMember, Member } from "../ledger/schema.ts";
import { limitsOf } from "../policy/policy.ts";
import { when } from "../sentence.ts";
import { promisedOf, waitersServedBy } from "../waitlist/line-now.ts";
import type { World } from "../world.ts";
import { defaultExtensionHours, type ExtensionAsk, hoursWords, judgeExtension } from "./judge-extension.ts";

export type ExtensionRequest = {
  by: ActiveMember;
  which: Which;
  /** 4 unless said otherwise. */
  hours?: number | undefined;
  /** The end that is meant, where a button says so: one that was moved meanwhile is not moved again. */
  endId?: number | undefined;
  requestId: string;
};

export type Extended = {
  view: ContainerView;
  hours: number;
  endsAt: Date;
  /** What it costs and why, as a sentence. */
  cost: string;
};

/**
 * Moves the end of the caller's running container: its hours, nothing else that would end it. Judged and charged in the
 * transaction that moves it, under the ledger's lock: of two with budget for one the first has it. Asked again with the
 * same request id it answers what was done. Throws a Refusal that names the longest possible.
 */
export async function extend(world: World, request: ExtensionRequest): Promise<Extended> {
  const { by, which, hours = defaultExtensionHours, endId, requestId } = request;
  return world.ledger.transaction(async (tx) => {
    const done = await extendedBefore(tx, by, requestId);
    if (done) return done;
    const view = await ownContainer(tx, by, which);
    return move(tx, world, view, { hours, endId, requestId, actor: by });
  });
}

/**
 * What an admin's yes to a petition for more hours does, in the transaction that decides it: the end is moved, the budget is
 * neither asked nor charged, and the member is told. Throws a Refusal for the admin where it can't be done any more.
 */
export async function grantExtension(
  tx: Tx,
  world: World,
  { id, memberId, wish }: Pick<Petition, "id" | "memberId" | "wish">,
  admin: Pick<Member, "id" | "handle" | "name">,
): Promise<void> {
  if (wish.kind !== "extension") throw new Error(`petition ${id} asks for no extension`);
  const [view] = await containerViews(tx, [wish.containerId]);
  if (view?.member.id !== memberId) throw new Error(`petition ${id} is about no container of theirs`);
  const { endsAt, cost } = await move(tx, world, view, {
    hours: wish.hours,
    requestId: `petition ${id}`,
    actor: admin,
    isGranted: true,
  });
  const text = `${admin.name} said yes: “${view.project.name}” ends ${when(endsAt)}. ${cost}`;
  const note = { kind: "note" as const, containerId: view.container.id, text };
  await tell(tx, view.member.slackUserId, note, world.clock.now());
}

type Move = {
  hours: number;
  endId?: number | undefined;
  requestId: string;
  actor: Pick<Member, "id" | "handle" | "name">;
  isGranted?: boolean;
};

async function move(
  tx: Tx,
  world: World,
  view: ContainerView,
  { hours, endId, requestId, actor, isGranted = false }: Move,
): Promise<Extended> {
  const { container, member } = view;
  refuseUnlessRunning(view);
  const ask = await readAsk(tx, world, view, hours);
  if (!ask) throw hasNoEnd(view);
  if (endId !== undefined && endId !== ask.endId) throw movedMeanwhile(view, ask.endsAt);
  const judged = judgeExtension({ ...ask, isGranted });
  if (judged instanceof Refusal) throw judged;

  const { now } = ask;
  const who = actor.handle ?? actor.name;
  const by = `member:${actor.id}`;
  const evidence = evidenceOf(ask, judged, isGranted);
  const because = `Its hours are over; ${who} extended them by ${hoursWords(hours)}.`;
  const moved = await moveEnd(
    tx,
    world,
    { id: ask.endId },
    { at: judged.endsAt, because, evidence, actor: by },
  );
  await insertExtension(tx, {
    requestId,
    containerId: container.id,
    memberId: member.id,
    at: now,
    hours,
    chargedGpuHours: judged.chargedGpuHours,
    endId: moved.id,
    actor: by,
  });
  await record(tx, {
    at: now,
    what: "extended",
    containerId: container.id,
    memberId: member.id,
    actor: by,
    because: `${who} extended it by ${hoursWords(hours)}, until ${when(moved.at)}. ${judged.cost}`,
    evidence,
  });
  return asItIs(tx, view, { hours, end: moved });
}

/** Everything it is judged by, read now; undefined: it has no end that could be moved. */
export async function readAsk(
  tx: Tx,
  world: World,
  { container, devices, member, project }: ContainerView,
  hours: number,
): Promise<ExtensionAsk | undefined> {
  const armed = await armedEnds(tx, container.id);
  const end = armed.find(({ reason }) => reason === "end");
  if (!end) return undefined;
  const now = world.clock.now();
  const limits = limitsOf(world.policy, member, await openOverrides(tx, member.id), now);
  return {
    containerId: container.id,
    endId: end.id,
    project: project.name,
    hours,
    endsAt: end.at,
    now,
    maxRuntimeHours: limits.max_runtime_h,
    gpuEquivalents: devices.reduce((sum, { weight }) => sum + weight, 0),
    someoneWaits: await waitersServedBy(tx, world, devices),
    promised: await promisedOf(tx, world, container, devices),
    adminEndsAt: armed.find(({ reason }) => reason === "admin")?.at,
    budget: await extensionBudget(tx, member.id, limits, now),
  };
}

function evidenceOf(
  ask: ExtensionAsk,
  judged: { endsAt: Date; chargedGpuHours: number; cost: string },
  isGranted: boolean,
): Record<string, unknown> {
  return {
    rule: "new end ≤ now + max_runtime_h, not past a promise; hours × GPU-equivalents if somebody waits for them",
    hours: ask.hours,
    was: ask.endsAt,
    endsAt: judged.endsAt,
    maxRuntimeHours: ask.maxRuntimeHours,
    gpuEquivalents: ask.gpuEquivalents,
    someoneWaits: ask.someoneWaits,
    chargedGpuHours: judged.chargedGpuHours,
    cost: judged.cost,
    usedGpuHours: ask.budget.used,
    budgetGpuHours: ask.budget.most ?? "unlimited",
    ...(ask.promised ? { promised: ask.promised } : {}),
    ...(isGranted ? { granted: "by an admin, beyond the budget" } : {}),
  };
}

async function extendedBefore(tx: Tx, by: ActiveMember, requestId: string): Promise<Extended | undefined> {
  const found = await extensionByRequest(tx, requestId);
  if (!found) return undefined;
  if (found.extension.memberId !== by.id) throw new Error(`request ${requestId} is another member's`);
  const [view] = await containerViews(tx, [found.extension.containerId]);
  if (!view) throw new Error(`the container of extension ${requestId} is not in the ledger`);
  return asItIs(tx, view, { hours: found.extension.hours, end: found.end });
}

async function asItIs(
  tx: Tx,
  before: ContainerView,
  { hours, end }: { hours: number; end: End },
): Promise<Extended> {
  const [view = before] = await containerViews(tx, [before.container.id]);
  return { view, hours, endsAt: end.at, cost: String(end.evidence.cost ?? "") };
}

/** Throws a Refusal that says how it is. */
export function refuseUnlessRunning({ container, project }: ContainerView): void {
  if (container.state === "running" && container.wanted === "running") return;
  if (container.state === "waiting" || (container.state === "starting" && container.wanted === "running"))
    throw new Refusal(
      "not-running",
      `“${project.name}” does not run yet: its hours count from when it does.`,
    );
  const how =
    container.state === "retired" || container.state === "failed"
      ? "is gone"
      : container.state === "stopped"
        ? "is stopped"
        : "is stopping already";
  throw new Refusal(
    "not-running",
    [`“${project.name}” ${how}, so there is no end to move.`, container.outcome].filter(Boolean).join(" "),
    {
      hint: "Run it again and it gets new hours.",
      offers: [
        container.state === "stopped"
          ? { kind: "run", containerId: container.id }
          : { kind: "why", containerId: container.id },
      ],
    },
  );
}

function hasNoEnd({ project, container }: ContainerView): Refusal {
  return new Refusal("no-end", `“${project.name}” has no end at the moment that could be moved.`, {
    offers: [{ kind: "why", containerId: container.id }],
  });
}

function movedMeanwhile({ project, container }: ContainerView, endsAt: Date): Refusal {
  return new Refusal(
    "moved-meanwhile",
    `The end of “${project.name}” was moved already: it ends ${when(endsAt)}.`,
    { hint: "Its card has a fresh button.", offers: [{ kind: "open", containerId: container.id }] },
  );
}
