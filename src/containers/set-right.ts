import type { EngineContainer } from "../engine/engine.ts";
import type { Tx } from "../ledger/ledger.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { livingOfNode, updateContainer } from "../ledger/queries/containers.ts";
import { record } from "../ledger/queries/events.ts";
import { endLeases, writeDownHeld } from "../ledger/queries/leases.ts";
import { releasePort } from "../ledger/queries/members.ts";
import { devicesById } from "../ledger/queries/nodes.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Container } from "../ledger/schema.ts";
import type { World } from "../world.ts";
import { closeEnds } from "./armed-ends.ts";
import { type AsFound, asFound } from "./as-found.ts";
import { type Labels, readLabels } from "./labels.ts";
import { quarantine } from "./quarantine.ts";

/** What became of a container that a restored ledger knew otherwise. */
export type SetRight = { name: string; is: Exclude<AsFound, "as-known"> };

type Found = EngineContainer & { labelled: Labels };

/**
 * Every row of a node that the engine shows to be otherwise becomes what the engine shows, and its owner is told nothing but
 * by its card: in the life that the ledger lost they knew. First whatever is not held any more is free, then what is held is
 * written down: so nothing stands in the way of what is so. Whom the ledger does not know at all `adopt` writes down.
 */
export async function setRight(
  tx: Tx,
  world: World,
  nodeId: string,
  engine: readonly EngineContainer[],
): Promise<SetRight[]> {
  const rows = await livingOfNode(tx, nodeId);
  const views = await containerViews(
    tx,
    rows.map(({ id }) => id),
  );
  const ours = engine.flatMap((one) => ofOurs(world, one));
  const differing = views.flatMap((view) => {
    const { container, devices } = view;
    const its = ours.filter(({ labelled }) => labelled.container === container.id);
    // Beside the one under its own name there may be one that was about to take its place.
    const found = its.find(({ name }) => name === container.name) ?? its[0];
    const is = asFound(
      container,
      found && { state: found.state, labels: found.labelled },
      devices.map(({ id }) => id),
    );
    return is === "as-known" ? [] : [{ view, found, is }];
  });
  const now = world.clock.now();
  for (const { view } of differing) {
    await endLeases(tx, view.container.id, now);
    await closeEnds(tx, view.container.id, { at: now });
  }
  for (const one of differing) await become(tx, world, one, now);
  return differing.map(({ view, is }) => ({ name: view.container.name, is }));
}

function ofOurs(world: World, one: EngineContainer): Found[] {
  if (one.labels["berth.instance"] !== world.settings.instance) return [];
  const labelled = readLabels(one.labels);
  return labelled ? [{ ...one, labelled }] : [];
}

async function become(
  tx: Tx,
  world: World,
  { view, found, is }: { view: ContainerView; found: Found | undefined; is: SetRight["is"] },
  now: Date,
): Promise<void> {
  const before = view.container;
  const row = await updateContainer(tx, before.id, { stateSince: now, ...changed(before, found, is, now) });
  if (is === "gone") await releasePort(tx, row.projectId, now);
  if (is === "runs" && found && !(await writeDownHeld(tx, row, found.labelled.devices, now))) {
    const reason = `${row.name} runs on it, and so does another container.`;
    const devices = await devicesById(tx, found.labelled.devices);
    await quarantine(tx, world, devices, { reason, containerId: row.id, evidence: { labels: found.labels } });
  }
  await record(tx, {
    at: now,
    what: "set-right",
    containerId: row.id,
    memberId: row.memberId,
    nodeId: row.nodeId,
    actor: "berth",
    because: restoredAnd(is),
    evidence: {
      before: {
        state: before.state,
        wanted: before.wanted,
        run: before.run,
        devices: view.devices.map(({ id }) => id),
      },
      found: found ? { state: found.state, labels: found.labels } : null,
    },
  });
  await tell(tx, view.member.slackUserId, { kind: "card", containerId: row.id }, now);
}

function changed(
  { run }: Container,
  found: Found | undefined,
  is: SetRight["is"],
  now: Date,
): Partial<Container> {
  const nothingWaits = { gpuKeptUntil: null, waitsFor: null, step: null, trouble: null, endsAt: null };
  const outcome = restoredAnd(is);
  if (is === "gone")
    return { ...nothingWaits, state: "retired", wanted: "retired", wantedBy: "admin", outcome };
  const itsRun = { run: found?.labelled.run ?? run, engineId: found?.id ?? null };
  if (is === "stopped")
    return {
      ...nothingWaits,
      ...itsRun,
      ...{ state: "stopped", wanted: "stopped", wantedBy: "admin", stoppedAt: now, outcome },
    };
  // Bring-up looks whether SSH answers and makes it `running`, with the hours it was granted from now on.
  return {
    ...nothingWaits,
    ...itsRun,
    ...{ state: "starting", wanted: "running", wantedBy: "owner", stoppedAt: null, outcome: null },
    imageId: found?.imageId ?? null,
    grantedAt: found?.labelled.grantedAt ?? now,
  };
}

function restoredAnd(is: SetRight["is"]): string {
  const what = { runs: "runs it otherwise", stopped: "does not run it", gone: "has it no more" }[is];
  return `The ledger was restored from a backup, and the server ${what}.`;
}
