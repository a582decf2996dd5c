import { ensureHostKey } from "../access/host-key.ts";
import { entryFailure } from "../access/scripts.ts";
import { EngineRefused } from "../errors.ts";
import { findHouseImage } from "../images/catalogue.ts";
import { type ContainerView, containerById, updateContainer } from "../ledger/queries/containers.ts";
import { record } from "../ledger/queries/events.ts";
import { holdSshPort } from "../ledger/queries/line.ts";
import { updateProject } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Container } from "../ledger/schema.ts";
import { publishKeys } from "../members/keys.ts";
import { limitsOf } from "../policy/policy.ts";
import type { Node, World } from "../world.ts";
import { type Moved, noteTrouble, serverSilent } from "./moved.ts";
import { containerSpec } from "./spec.ts";
import { neverRan, wishEnd } from "./wish.ts";

/** A start that takes longer than this is given up, cleaned and told. */
const startLimitMinutes = 15;
const pullLimitMinutes = 12;
/** One call waits this long for SSH before it returns to look at the row again. */
const sshPatienceMs = 10_000;
const bannerPollMs = 20;

/**
 * Makes a `starting` row real: workspace, image, host key and keys, engine container, start, SSH answers → `running`.
 * Every step is found done when repeated. A step that fails for good ends in a wish to clean up, with the reason.
 */
export async function bringUp(world: World, view: ContainerView, signal: AbortSignal): Promise<Moved> {
  const node = nodeOf(world, view.container);
  if (startedTooLongAgo(world, view.container)) {
    if (view.container.trouble === serverSilent) return beginAnew(world, node, view);
    return giveUp(world, view, `It could not be started within ${startLimitMinutes} minutes.`);
  }
  try {
    await node.host.ensureWorkspace(view.container.workspacePath, view.member.uid);
    const { publicKey } = await ensureHostKey(world.settings.stateDir, view.project.id);
    await rememberHostKey(world, view, publicKey);
    await publishKeys(world, view.member.id);
    const made = await engineContainer(world, node, view, signal);
    if (made.is === "moved") return "again";
    if (made.is === "hindered") return await giveUp(world, view, made.because);
    // Another process may be the bot by now: what is left to do is its own.
    if (signal.aborted) return "again";
    const started = await node.engine.start(made.id);
    if (started === "gone") return "again";
    if (started === "port-taken") return await moveToAnotherPort(world, node, view, made.id);
    return await waitForSsh(world, node, view, { engineId: made.id, hostKey: publicKey, signal });
  } catch (error) {
    if (!(error instanceof EngineRefused)) throw error;
    world.log.error(
      { containerId: view.container.id, err: error },
      "the engine refused to start a container",
    );
    return giveUp(
      world,
      view,
      "The server refused to start it; an admin sees the reason with /berth why.",
      error.message,
    );
  }
}

async function imageOnEngine(
  world: World,
  node: Node,
  view: ContainerView,
  signal: AbortSignal,
): Promise<{ ref: string; id: string; env: Record<string, string> } | undefined> {
  const house = findHouseImage(world.catalogue, view.container.image);
  if (house.is !== "found") return undefined;
  const ref = house.row.image;
  const there = await node.engine.image(ref);
  if (there) return { ref, ...there };
  await noteStep(world, view, "image");
  const limit = new AbortController();
  void world.clock.sleep(pullLimitMinutes * 60_000, limit.signal).then(() => limit.abort());
  const shown = (percent: number) => world.log.debug({ ref, percent }, "fetching an image");
  await node.engine.pull(ref, shown, AbortSignal.any([signal, limit.signal])).finally(() => limit.abort());
  const pulled = await node.engine.image(ref);
  return pulled && { ref, ...pulled };
}

async function rememberHostKey(world: World, view: ContainerView, publicKey: string): Promise<void> {
  if (view.project.hostKey === publicKey) return;
  view.project = await world.ledger.transaction((tx) =>
    updateProject(tx, view.project.id, { hostKey: publicKey }),
  );
}

type Made = { is: "there"; id: string } | { is: "moved" } | { is: "hindered"; because: string };

/** The engine's container of this row: found by its labels, made if it is not there. `moved`: look again, for row or engine are changing. */
async function engineContainer(
  world: World,
  node: Node,
  view: ContainerView,
  signal: AbortSignal,
): Promise<Made> {
  const { container } = view;
  const devices = view.devices.map((device) => device.id);
  const found = await node.engine.inspect(container.name);
  if (found && found.labels["berth.container"] === String(container.id)) {
    if (sameDevices(found.devices, devices)) return rememberEngineId(view, found.id, found.imageId);
    if (!neverRan(container)) {
      throw new EngineRefused("it was made with another GPU than the one it was given now");
    }
    await node.engine.remove(found.id);
  } else if (found && found.labels["berth.instance"] === world.settings.instance) {
    // What is left of an earlier one of this project, which the comparison with the engine takes away.
    return { is: "moved" };
  }
  const image = await imageOnEngine(world, node, view, signal);
  if (!image) {
    const because = `The image “${container.image}” is not on the server and can't be fetched.`;
    return { is: "hindered", because };
  }
  if (!(await noteStep(world, view, "create"))) return { is: "moved" };
  const limits = limitsOf(world.policy, view.member.group);
  await node.engine.ensureNetwork();
  const made = await node.engine.create(
    containerSpec({ world, view, image, agentForwarding: limits.ssh_agent }),
  );
  if (made.is === "name-taken") {
    const because = `Something else on the server is called ${container.name}; an admin can remove it.`;
    return { is: "hindered", because };
  }
  if (made.is === "no-image") throw new EngineRefused(`the image ${image.ref} was removed meanwhile`);
  return rememberEngineId(view, made.id, image.id);
}

/** Written with the next commit that is due anyway; losing it costs one look-up by name. */
function rememberEngineId(view: ContainerView, engineId: string, imageId: string): Made {
  view.container.engineId = engineId;
  view.container.imageId = imageId;
  return { is: "there", id: engineId };
}

async function waitForSsh(
  world: World,
  node: Node,
  view: ContainerView,
  { engineId, hostKey, signal }: { engineId: string; hostKey: string; signal: AbortSignal },
): Promise<Moved> {
  await noteStep(world, view, "ssh");
  const target = { address: world.settings.sshBind, port: view.project.sshPort ?? 0, hostKey };
  const began = world.clock.monotonicMs();
  let lastLookMs = began;
  while (!signal.aborted && world.clock.monotonicMs() - began < sshPatienceMs) {
    const reach = await node.probeSsh(target);
    if (reach === "ready") return becomeRunning(world, view);
    if (world.clock.monotonicMs() - lastLookMs > 1000) {
      lastLookMs = world.clock.monotonicMs();
      const row = await world.ledger.read((tx) => containerById(tx, view.container.id));
      if (row?.wanted !== "running" || !isSameStart(row, view.container) || startedTooLongAgo(world, row))
        return "again";
      const found = await node.engine.inspect(engineId);
      // Removed by hand: the next round makes it again.
      if (!found) return "again";
      if (found.state === "exited" || found.state === "dead") {
        return endedWhileStarting(world, node, view, found.exitCode);
      }
      if (reach === "wrong-key") {
        await noteTrouble(
          world,
          view,
          `Something else answers on port ${target.port} of the server; an admin should look.`,
        );
      }
    }
    await world.clock.sleep(bannerPollMs, signal);
  }
  return "again";
}

async function endedWhileStarting(
  world: World,
  node: Node,
  view: ContainerView,
  exitCode?: number,
): Promise<Moved> {
  const known = exitCode === undefined ? undefined : entryFailure(exitCode);
  if (known) return giveUp(world, view, `It could not be started because ${known}.`);
  const said = view.container.engineId
    ? (await node.engine.lastWords(view.container.engineId, 5)).trim()
    : "";
  const words = said === "" ? "" : ` Its last words: ${said.slice(-300)}`;
  return giveUp(
    world,
    view,
    `It ended by itself while it was starting (exit code ${exitCode ?? "unknown"}).${words}`,
  );
}

async function becomeRunning(world: World, view: ContainerView): Promise<Moved> {
  return world.ledger.transaction<Moved>(async (tx) => {
    const row = await containerById(tx, view.container.id);
    // Its device may have vanished meanwhile and another been granted: that is another start, looked at anew.
    if (!isSameStart(row, view.container)) return "again";
    const now = world.clock.now();
    const running = await updateContainer(tx, row.id, {
      state: "running",
      stateSince: now,
      runningAt: row.runningAt ?? now,
      // A restart or a run within the keep time gives no time back: the end stays.
      endsAt: row.endsAt ?? new Date(now.getTime() + row.hours * 3_600_000),
      engineId: view.container.engineId,
      imageId: view.container.imageId,
      step: null,
      trouble: null,
    });
    await record(tx, {
      at: now,
      what: "running",
      containerId: row.id,
      memberId: row.memberId,
      nodeId: row.nodeId,
      actor: "berth",
      because: "SSH answers with the right host key.",
      evidence: {
        secondsSinceGrant: row.grantedAt ? (now.getTime() - row.grantedAt.getTime()) / 1000 : null,
        port: view.project.sshPort,
        engineId: running.engineId,
        devices: view.devices.map((device) => device.id),
        endsAt: running.endsAt,
      },
    });
    await tell(tx, view.member.slackUserId, { kind: "card", containerId: row.id }, now);
    return row.wanted === "running" ? "done" : "again";
  });
}

/** It was the server that was silent: that time is not the start's, which gets its full time once the server answers. */
async function beginAnew(world: World, node: Node, view: ContainerView): Promise<Moved> {
  await node.engine.inspect(view.container.name);
  await node.host.ensureWorkspace(view.container.workspacePath, view.member.uid);
  await world.ledger.transaction(async (tx) => {
    const row = await containerById(tx, view.container.id);
    if (row?.state !== "starting" || row.wanted !== "running") return;
    const now = world.clock.now();
    await updateContainer(tx, row.id, { stateSince: now, trouble: null });
    await tell(tx, view.member.slackUserId, { kind: "card", containerId: row.id }, now);
  });
  return "again";
}

/** Cleaned up first, then failed: bring-down does both. One that ran before goes back to stopped, its files kept. */
async function giveUp(world: World, view: ContainerView, because: string, refusal?: string): Promise<Moved> {
  return world.ledger.transaction<Moved>(async (tx) => {
    const row = await containerById(tx, view.container.id);
    if (row?.state !== "starting" || row.wanted !== "running") return "again";
    const now = world.clock.now();
    await wishEnd(tx, view.member, row, {
      wanted: neverRan(row) ? "retired" : "stopped",
      cause: "failure",
      actor: "berth",
      because,
      at: now,
      evidence: { step: row.step, startedAt: row.stateSince, ...(refusal ? { refusal } : {}) },
    });
    return "again";
  });
}

/** Somebody else listens on the project's port. A project that nobody ever signed in to simply gets another. */
async function moveToAnotherPort(
  world: World,
  node: Node,
  view: ContainerView,
  engineId: string,
): Promise<Moved> {
  const busy = [...(await node.host.listeningPorts())];
  if (!neverRan(view.container)) {
    await noteTrouble(
      world,
      view,
      `Another program on the server uses port ${view.project.sshPort}; as soon as it is free this goes on. An admin can end that program.`,
    );
    return "again";
  }
  await node.engine.remove(engineId);
  await world.ledger.transaction(async (tx) => {
    await updateProject(tx, view.project.id, { sshPort: null });
    await holdSshPort(tx, view.project.id, world.settings.sshPorts, world.clock.now(), [
      ...busy,
      view.project.sshPort ?? 0,
    ]);
  });
  return "again";
}

/** False if the row is not the start that this is any more: its device vanished, or it was granted anew. */
async function noteStep(world: World, view: ContainerView, step: string): Promise<boolean> {
  if (view.container.step === step && view.container.trouble === null) return true;
  const { engineId, imageId } = view.container;
  const isNoted = await world.ledger.transaction(async (tx) => {
    const row = await containerById(tx, view.container.id);
    if (!isSameStart(row, view.container)) return false;
    await updateContainer(tx, row.id, { step, trouble: null, engineId, imageId });
    await tell(tx, view.member.slackUserId, { kind: "card", containerId: row.id }, world.clock.now());
    return true;
  });
  view.container.step = step;
  view.container.trouble = null;
  return isNoted;
}

export function nodeOf(world: World, container: Container): Node {
  const node = container.nodeId === null ? undefined : world.nodes.get(container.nodeId);
  if (!node)
    throw new Error(`container ${container.id} is on node ${container.nodeId}, which is not configured`);
  return node;
}

function startedTooLongAgo(world: World, container: Container): boolean {
  return world.clock.now().getTime() - container.stateSince.getTime() > startLimitMinutes * 60_000;
}

function isSameStart(row: Container | undefined, seen: Container): row is Container {
  return row?.state === "starting" && row.stateSince.getTime() === seen.stateSince.getTime();
}

function sameDevices(found: string[] | "all", wanted: readonly string[]): boolean {
  return found !== "all" && found.length === wanted.length && wanted.every((id) => found.includes(id));
}
