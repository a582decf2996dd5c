import type { GpuLinks } from "../host/host.ts";
import type { Holder } from "../ledger/queries/holders.ts";
import type { Supply, Use } from "../ledger/queries/line.ts";
import type { Container, Device, GrantedLimits } from "../ledger/schema.ts";
import type { Limits } from "../policy/policy.ts";
import { when } from "../sentence.ts";
import { type Fit, fitIn, type NoFit, ownLimit, weightOfWish } from "./fit.ts";
import { startLimitMs } from "./leave.ts";
import { earliestFit, type Missed, type Promised, plannedEnd, reviewPromise } from "./promise.ts";
import { begin, choiceOf, give, nothing, openTo, type State, stockOf } from "./walk.ts";

export type Grant = { container: Container; nodeId: string; devices: Device[]; limits: GrantedLimits };
export type Waits = {
  container: Container;
  because: string;
  /** At a limit of its member: it keeps its place and counts in nobody else's. */
  isPassedOver: boolean;
  /** By a limit that was lowered since it was asked for: as it is it will never start. */
  isNever?: boolean;
  /** It would fit now if it ended by then: what is free is promised from that instant on. */
  freeUntil?: Date;
};

/** What became of the promise in this round. */
export type Promising = {
  /** The one that was open can't be kept, or is late. */
  missed?: { promised: Promised; why: Missed };
  /** The one that is open from now on. */
  open?: Promised;
  /** Whether `open` is new, or other than it was. */
  change?: "made" | "moved";
};

export type Situation = {
  /** In the order of the line. */
  line: readonly Container[];
  supply: Supply;
  /** Needed only where a promise is open or may be made. */
  holders: readonly Holder[];
  promised: Promised | undefined;
  /** By id, those in the line who will be spared the end of their hours. Left out: nobody. */
  exempt?: ReadonlySet<number>;
  limitsOfMember: (memberId: number) => Limits;
  links: GpuLinks;
  promiseAfterHours: number;
  now: Date;
};

/**
 * Who is next. The line is walked from its head: a request whose member is at a limit is passed over; whoever fits is
 * granted. The first that does not fit, and stands in the line for `promiseAfterHours`, is promised the earliest devices
 * that can be had if nobody leaves early. Everybody else is granted only from other devices from then on, or if they end
 * before that instant (EASY backfill, Lifka 1995).
 */
export function nextGrants(situation: Situation): { grants: Grant[]; waits: Waits[]; promising: Promising } {
  const { line, limitsOfMember, now } = situation;
  const state = begin(situation);
  const grants: Grant[] = [];
  const waits: Waits[] = [];
  const promising: Promising = {};
  review(situation, state, promising);
  const failed = new Map<string, NoFit>();
  const unserved: Container[] = [];

  for (const container of line) {
    const limits = limitsOfMember(container.memberId);
    const mine = state.promised?.containerId === container.id;
    const use = useBeside(container, situation, state);
    const own = ownLimit(container, limits, use);
    if (own) {
      const isNever = own.isNever ? { isNever: true } : {};
      waits.push({ container, because: own.because, isPassedOver: true, ...isNever });
      continue;
    }
    const key = mine ? undefined : likeness(container, limits, situation);
    const alike = key === undefined ? undefined : failed.get(key);
    const fit =
      alike ??
      fitPromised(container, limits, use, situation, state) ??
      fitIn(container, limits, use, openTo(container, state, situation), choiceOf(container, situation));
    if (!("because" in fit)) {
      grants.push({ container, nodeId: fit.node.id, devices: fit.devices, limits: fit.limits });
      give(container, fit, state, situation);
      if (mine) {
        state.promised = undefined;
        // The next promise goes to the first in the line, who may stand before the one that has just had its own.
        unserved.forEach(promise);
      }
      continue;
    }
    if (!alike && key !== undefined && !fit.isOwnLimit) failed.set(key, fit);
    waits.push(whyWaits(container, fit, limits, use, situation, state));
    unserved.push(container);
    promise(container);
  }
  if (state.promised) promising.open = state.promised;
  else delete promising.change;
  return { grants, waits, promising };

  function promise(container: Container): void {
    if (state.promised || !mayBePromised(container, situation)) return;
    const limits = limitsOfMember(container.memberId);
    const use = state.uses.get(container.memberId) ?? nothing;
    const found = earliestFit(container, limits, use, stockOf(state), choiceOf(container, situation), now);
    if (!found) return;
    state.promised = { ...found, isLate: false };
    promising.change = "made";
    // What did not fit before may be kept apart from now on.
    failed.clear();
  }
}

/** The promise is looked at before anybody is given anything. */
function review(situation: Situation, state: State, promising: Promising): void {
  const { line, limitsOfMember, now } = situation;
  const container = line.find(({ id }) => id === state.promised?.containerId);
  if (!state.promised || !container) return;
  const limits = limitsOfMember(container.memberId);
  const use = state.uses.get(container.memberId) ?? nothing;
  const own = ownLimit(container, limits, use);
  if (own && (own.isNever || now > state.promised.at)) {
    // Late or not, it is given up: else it would be missed anew at every look.
    promising.missed = { promised: { ...state.promised, isLate: false }, why: { is: "own limit" } };
    state.promised = undefined;
    return;
  }
  const stock = stockOf(state);
  const found = earliestFit(container, limits, use, stock, choiceOf(container, situation), now);
  const reviewed = reviewPromise(state.promised, found, stock, now);
  if (reviewed.is === "missed") {
    promising.missed = { promised: reviewed.promised, why: reviewed.why };
    state.promised = reviewed.promised.isLate ? reviewed.promised : undefined;
    return;
  }
  state.promised = reviewed.promised;
  if (reviewed.is === "moved") promising.change = "moved";
}

/** What is promised to a member counts as held by them for whatever else they ask for: it must not be their own limit in the end. */
function useBeside(container: Container, { line, limitsOfMember }: Situation, state: State): Use {
  const use = state.uses.get(container.memberId) ?? nothing;
  const promised = state.promised;
  if (!promised || promised.containerId === container.id) return use;
  const other = line.find(({ id }) => id === promised.containerId);
  if (other?.memberId !== container.memberId) return use;
  return {
    gpuEquivalents: use.gpuEquivalents + weightOfWish(other.wish),
    containers: use.containers + 1,
    memoryGiB: use.memoryGiB + (other.limits?.memoryGiB ?? limitsOfMember(other.memberId).memory_gib),
  };
}

/** What was promised to it, if all of that is free: others would find it gone, who were passed by because it was kept. */
function fitPromised(
  container: Container,
  limits: Limits,
  use: Use,
  situation: Situation,
  state: State,
): Fit | undefined {
  const { promised } = state;
  if (promised?.containerId !== container.id) return undefined;
  const its = openTo(container, state, situation).map((room) => ({
    ...room,
    devices: room.devices.filter(({ id }) => promised.deviceIds.includes(id)),
  }));
  const fit = fitIn(container, limits, use, its, choiceOf(container, situation));
  return "because" in fit ? undefined : fit;
}

/** During one walk less and less is free: what did not fit one does not fit another like it. */
function likeness(container: Container, limits: Limits, { exempt }: Situation): string {
  const { id, wish, hours, nodeId } = container;
  return JSON.stringify([
    wish,
    exempt?.has(id) ? "no end" : hours,
    nodeId,
    container.limits?.memoryGiB ?? limits.memory_gib,
  ]);
}

function whyWaits(
  container: Container,
  { because }: NoFit,
  limits: Limits,
  use: Use,
  situation: Situation,
  state: State,
): Waits {
  const { promised } = state;
  if (promised && promised.containerId !== container.id) {
    const all = openTo(container, { ...state, promised: undefined }, situation);
    const fits = !("because" in fitIn(container, limits, use, all, choiceOf(container, situation)));
    const until = new Date(plannedEnd(promised).getTime() - startLimitMs);
    if (fits)
      return {
        container,
        because: `What is free is promised to somebody else from ${when(plannedEnd(promised))} on.`,
        isPassedOver: false,
        ...(until > situation.now && !situation.exempt?.has(container.id) ? { freeUntil: until } : {}),
      };
  }
  return { container, because, isPassedOver: false };
}

/** It stands in the line for so long, as if it had been asked where it stands; or an admin put it first. */
export function mayBePromised(
  { standsAt, firstSince }: Pick<Container, "standsAt" | "firstSince">,
  { promiseAfterHours, now }: Pick<Situation, "promiseAfterHours" | "now">,
): boolean {
  return firstSince !== null || now.getTime() - standsAt.getTime() >= promiseAfterHours * 3_600_000;
}
