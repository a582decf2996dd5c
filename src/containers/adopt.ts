import { parsePublicKey } from "../access/keys.ts";
import { readKeyLines } from "../access/keys-file.ts";
import { containerName } from "../container-name.ts";
import type { EngineContainer } from "../engine/engine.ts";
import { Refusal } from "../errors.ts";
import { carriedLabels } from "../images/carried.ts";
import { LedgerUnreachable } from "../ledger/errors.ts";
import type { Build } from "../ledger/image-tables.ts";
import type { Tx } from "../ledger/ledger.ts";
import { buildById, buildOfEngineImage } from "../ledger/queries/builds.ts";
import { containerById, countOnFrom, livingOfProject, writeAdopted } from "../ledger/queries/containers.ts";
import { eventsOfContainer, record } from "../ledger/queries/events.ts";
import { writeDownHeld } from "../ledger/queries/leases.ts";
import {
  insertKey,
  insertMember,
  insertProject,
  memberByHandle,
  memberById,
  memberBySlackUser,
  projectById,
  projectByName,
  projectOfPort,
  updateProject,
} from "../ledger/queries/members.ts";
import { devicesById } from "../ledger/queries/nodes.ts";
import { tell } from "../ledger/queries/outbox.ts";
import { openOverrides } from "../ledger/queries/overrides.ts";
import type { Container, Member, Project, Wish } from "../ledger/schema.ts";
import { limitsOf, workspacePathOf } from "../policy/policy.ts";
import type { Node, World } from "../world.ts";
import { isAlive } from "./compare.ts";
import { type Labels, readLabels } from "./labels.ts";
import { quarantine } from "./quarantine.ts";
import { tellAdmins } from "./tell-admins.ts";

/**
 * A container with our labels that the ledger does not know (it was restored from a backup): written down as it is, with
 * its member, uid, project, port and devices, before anything is granted. What contradicts the ledger is not guessed at:
 * its devices are quarantined and an admin is told.
 */
export async function adopt(world: World, node: Node, found: EngineContainer): Promise<void> {
  const labels = readLabels(found.labels);
  if (!labels) return refuse(world, node, found, "its labels can't be read");
  const keyLines = await readKeyLines(world.settings.stateDir, labels.memberId);
  const contradiction = await world.ledger
    .transaction(async (tx) => {
      await refuseClash(tx, labels);
      const member = await memberFor(tx, world, labels, keyLines);
      const project = await projectFor(tx, world, member, labels);
      const living = await livingOfProject(tx, project.id);
      if (living && living.id !== labels.container)
        throw new Contradiction("its project has another container");
      const container = await writeDown(tx, world, node, found, { labels, member, project });
      const now = world.clock.now();
      if (isAlive(found) && !(await writeDownHeld(tx, container, labels.devices, now))) {
        throw new Contradiction("others hold a device it was given");
      }
      await record(tx, {
        at: now,
        what: "adopted",
        containerId: container.id,
        memberId: member.id,
        nodeId: node.id,
        actor: "berth",
        because: "The engine has it and the ledger did not: it is written down as it is.",
        evidence: { labels: found.labels, state: found.state },
      });
      await tell(tx, member.slackUserId, { kind: "card", containerId: container.id }, now);
      return undefined;
    })
    .catch((error: unknown) => {
      if (error instanceof LedgerUnreachable) throw error;
      return (error as Error).message;
    });
  if (contradiction) await refuse(world, node, found, contradiction);
}

class Contradiction extends Error {
  override readonly name = "Contradiction";
}

/** Member and project must have the numbers they had: by these their keys and host key are found. */
async function refuseClash(tx: Tx, labels: Labels): Promise<void> {
  const row = await containerById(tx, labels.container);
  if (row && row.name !== containerName(labels.project, labels.handle))
    throw new Contradiction("another container has its number");
  const byHandle = await memberByHandle(tx, labels.handle);
  if (byHandle && byHandle.slackUserId !== labels.slackUser)
    throw new Contradiction(`“${labels.handle}” is somebody else now`);
  const byNumber = await memberById(tx, labels.memberId);
  if (byNumber && byNumber.slackUserId !== labels.slackUser)
    throw new Contradiction("its member's number is somebody else's now");
  const bySlack = await memberBySlackUser(tx, labels.slackUser);
  if (bySlack && (bySlack.id !== labels.memberId || bySlack.handle !== labels.handle))
    throw new Contradiction("its member is known with another number or user name");
  const project = await projectById(tx, labels.projectId);
  if (project && (project.memberId !== labels.memberId || project.name !== labels.project))
    throw new Contradiction("its project's number is another project's now");
}

async function memberFor(tx: Tx, world: World, labels: Labels, keyLines: readonly string[]): Promise<Member> {
  const known = await memberBySlackUser(tx, labels.slackUser);
  if (known) return known;
  const made = await insertMember(tx, {
    id: labels.memberId,
    slackUserId: labels.slackUser,
    name: labels.handle,
    handle: labels.handle,
    uid: labels.uid,
    group: world.policy.default_group,
    state: "active",
    createdAt: world.clock.now(),
  });
  if (!made) throw new Contradiction(`uid ${labels.uid} belongs to somebody else now`);
  await countOnFrom(tx, "members", made.id);
  await takeOverKeys(tx, world, made, keyLines);
  return made;
}

/** Whoever could sign in goes on signing in: the keys file outlived the ledger. */
async function takeOverKeys(
  tx: Tx,
  world: World,
  member: Member,
  keyLines: readonly string[],
): Promise<void> {
  const addedAt = world.clock.now();
  for (const line of keyLines) {
    try {
      await insertKey(tx, { memberId: member.id, ...parsePublicKey(line), addedAt });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      world.log.warn({ memberId: member.id, err: error }, "a line of a keys file is no key; it is left out");
    }
  }
}

async function projectFor(tx: Tx, world: World, member: Member, labels: Labels): Promise<Project> {
  const known = await projectByName(tx, member.id, labels.project);
  if (known && known.id !== labels.projectId)
    throw new Contradiction("its project is known with another number");
  const user = await projectOfPort(tx, labels.port);
  if (user && user.id !== known?.id)
    throw new Contradiction(`port ${labels.port} belongs to another project now`);
  if (known) return updateProject(tx, known.id, { sshPort: labels.port, portReleasedAt: null });
  const made = await insertProject(tx, {
    id: labels.projectId,
    memberId: member.id,
    name: labels.project,
    sshPort: labels.port,
    aliasId: labels.aliasId,
    workspacePath: workspacePathOf(world.policy, labels.handle, labels.project),
    createdAt: world.clock.now(),
  });
  await countOnFrom(tx, "projects", made.id);
  return made;
}

async function writeDown(
  tx: Tx,
  world: World,
  node: Node,
  found: EngineContainer,
  { labels, member, project }: { labels: Labels; member: Member; project: Project },
): Promise<Container> {
  const now = world.clock.now();
  const limits = limitsOf(world.policy, member, await openOverrides(tx, member.id), now);
  const alive = isAlive(found);
  const build = await buildOf(tx, found);
  return writeAdopted(tx, {
    id: labels.container,
    requestId: `adopted-${found.id}`,
    memberId: member.id,
    projectId: project.id,
    nodeId: node.id,
    name: containerName(labels.project, labels.handle),
    // Bring-up looks whether SSH answers and makes it `running`.
    state: alive ? "starting" : "stopped",
    stateSince: now,
    wanted: alive ? "running" : "stopped",
    run: labels.run,
    wish: await wishOf(tx, labels.devices),
    hours: limits.default_hours,
    image: labels.image,
    imageId: found.imageId,
    buildId: build?.id ?? null,
    awaitsBuildId: null,
    workspacePath: project.workspacePath,
    limits: {
      cpus: limits.cpus,
      memoryGiB: limits.memory_gib,
      shmGiB: limits.shm_gib,
      pids: limits.pids,
      sudo: limits.sudo,
      ptrace: limits.ptrace,
    },
    askedAt: labels.grantedAt,
    standsAt: labels.grantedAt,
    grantedAt: labels.grantedAt,
    runningAt: labels.grantedAt,
    stoppedAt: alive ? null : now,
    engineId: found.id,
  });
}

/** One that was carried over to other devices is made from an image that was made of another of it. */
async function buildOf(tx: Tx, { imageId, labels }: EngineContainer): Promise<Build | undefined> {
  const own = await buildOfEngineImage(tx, imageId);
  const carriedFrom = carriedLabels.container in labels ? Number(labels["berth.build"]) : 0;
  return own ?? (carriedFrom > 0 ? await buildById(tx, carriedFrom) : undefined);
}

/** Without leases in the ledger only this tells what it was made with. */
async function wishOf(tx: Tx, preferably: string[]): Promise<Wish> {
  const [first] = await devicesById(tx, preferably);
  if (preferably.length === 0) return { kind: "cpu" };
  if (first?.profile) return { kind: "mig", profile: first.profile, preferably };
  return { kind: "gpu", count: preferably.length, preferably };
}

/** Shown and told once, not in every round: what contradicts the ledger stays as it is until somebody decides. */
async function refuse(world: World, node: Node, found: EngineContainer, reason: string): Promise<void> {
  if (!isAlive(found)) return;
  const containerId = Number(found.labels["berth.container"]) || 0;
  const because = `${found.name} on ${node.id} can't be taken over: ${reason}.`;
  await world.ledger.transaction(async (tx) => {
    const now = world.clock.now();
    const devices = found.devices === "all" ? [] : await devicesById(tx, found.devices);
    const evidence = { engineId: found.id, labels: found.labels };
    await quarantine(tx, world, devices, { reason: because, containerId, evidence });
    const told = (await eventsOfContainer(tx, containerId, 20)).some(
      (event) => event.what === "adoption-refused" && event.because === because,
    );
    if (told) return;
    const actor = "berth";
    await record(tx, {
      at: now,
      what: "adoption-refused",
      containerId,
      nodeId: node.id,
      actor,
      because,
      evidence,
    });
    await tellAdmins(world, tx, because, `adopt ${found.id}`, now);
  });
}
