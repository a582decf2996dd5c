import { ensureHostKey } from "../access/host-key.ts";
import { entryFailure } from "../access/scripts.ts";
import { EngineRefused } from "../errors.ts";
import { keepDockerfile } from "../images/build/keep-in-workspace.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { containerById, updateContainer } from "../ledger/queries/containers.ts";
import { record } from "../ledger/queries/events.ts";
import { holdSshPort } from "../ledger/queries/line.ts";
import { updateProject } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Container } from "../ledger/schema.ts";
import { publishKeys } from "../members/keys.ts";
import type { Node, World } from "../world.ts";
import { armHours } from "./armed-ends.ts";
import type { Hindrance } from "./carry.ts";
import { engineContainer } from "./engine-container.ts";
import { isSameStart, type Moved, noteStep, noteTrouble, serverSilent } from "./moved.ts";
import { armNoShow } from "./no-show.ts";
import { portTaken } from "./port-taken.ts";
import { neverRan, wishEnd } from "./wish.ts";

/** A start that takes longer than this is given up, cleaned and told. */
const startLimitMinutes = 15;
/** One call waits this long for SSH before it returns to look at the row again. */
const sshPatienceMs = 10_000;
const bannerPollMs = 20;

/**
 * Makes a `starting` row real: workspace, image, host key and keys, engine container, start, SSH answers → `running`.
 * Every step is found done when repeated. A step that fails for good ends in a wish to clean up, with the reason: of one
 * that ran before nothing is lost by that, it is stopped as it was.
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
    if (made.is === "hindered") return await giveUp(world, view, made.because, made);
    // Another process may be the bot by now: what is left to do is its own.
    if (signal.aborted) return "again";
    const started = await node.engine.start(made.id);
    if (started === "gone") return "again";
    if (started === "port-taken") return await moveToAnotherPort(world, node, view, made.id);
    const moved = await waitForSsh(world, node, view, { engineId: made.id, hostKey: publicKey, signal });
    if (moved === "done") await keepWhatItIsMadeOf(world, node, view);
    return moved;
  } catch (error) {
    if (!(error instanceof EngineRefused)) throw error;
    world.log.error(
      { containerId: view.container.id, err: error },
      "the engine refused to start a container",
    );
    return giveUp(world, view, "The server refused to start it; an admin sees the reason with /berth why.", {
      evidence: { refusal: error.message },
    });
  }
}

/** After the sign-in works: nobody waits for it. */
async function keepWhatItIsMadeOf(
  world: World,
  node: Node,
  { container, project, member }: ContainerView,
): Promise<void> {
  if (container.buildId === null) return;
  await keepDockerfile(world, node, container.buildId, { project, uid: member.uid });
}

async function rememberHostKey(world: World, view: ContainerView, publicKey: string): Promise<void> {
  if (view.project.hostKey === publicKey) return;
  view.project = await world.ledger.transaction((tx) =>
    updateProject(tx, view.project.id, { hostKey: publicKey }),
  );
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
      resume: null,
      engineId: view.container.engineId,
      imageId: view.container.imageId,
      step: null,
      trouble: null,
    });
    // One that is to be stopped meanwhile has no end to be told of.
    const end = row.wanted === "running" ? await armHours(tx, world, running) : undefined;
    if (end) await armNoShow(tx, world, view, running);
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
        endsAt: end?.at ?? null,
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
async function giveUp(
  world: World,
  view: ContainerView,
  because: string,
  { resume, evidence }: Partial<Pick<Hindrance, "resume" | "evidence">> = {},
): Promise<Moved> {
  return world.ledger.transaction<Moved>(async (tx) => {
    const row = await containerById(tx, view.container.id);
    if (row?.state !== "starting" || row.wanted !== "running") return "again";
    const now = world.clock.now();
    // It is stopped as it was, and its member may wish again to give up what was changed in it.
    const came = resume ?? (row.resume === "fresh" || row.step === "commit" ? "failed" : row.resume);
    await updateContainer(tx, row.id, { resume: came });
    await wishEnd(tx, view.member, row, {
      wanted: neverRan(row) ? "retired" : "stopped",
      cause: "failure",
      actor: "berth",
      because,
      at: now,
      evidence: { step: row.step, startedAt: row.stateSince, ...evidence },
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
  // Of a project that was there before, somebody's SSH block names the port.
  const isNew = view.project.createdAt.getTime() >= view.container.askedAt.getTime();
  if (!isNew || !neverRan(view.container)) {
    await noteTrouble(world, view, portTaken(view.project.sshPort));
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

export function nodeOf(world: World, container: Container): Node {
  const node = container.nodeId === null ? undefined : world.nodes.get(container.nodeId);
  if (!node)
    throw new Error(`container ${container.id} is on node ${container.nodeId}, which is not configured`);
  return node;
}

function startedTooLongAgo(world: World, container: Container): boolean {
  return world.clock.now().getTime() - container.stateSince.getTime() > startLimitMinutes * 60_000;
}
