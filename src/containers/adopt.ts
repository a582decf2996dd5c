import type { EngineContainer } from "../engine/engine.ts";
import type { Tx } from "../ledger/ledger.ts";
import { containerById, insertAdopted, livingOfProject } from "../ledger/queries/containers.ts";
import { record } from "../ledger/queries/events.ts";
import { writeDownHeld } from "../ledger/queries/leases.ts";
import {
  insertMember,
  insertProject,
  memberByHandle,
  memberBySlackUser,
  projectByName,
  projectOfPort,
  updateProject,
} from "../ledger/queries/members.ts";
import { setDeviceState } from "../ledger/queries/nodes.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { Container, Member, Project } from "../ledger/schema.ts";
import { limitsOf, workspacePathOf } from "../policy/policy.ts";
import type { Node, World } from "../world.ts";
import { isAlive } from "./compare.ts";
import { type Labels, readLabels } from "./labels.ts";
import { tellAdmins } from "./tell-admins.ts";

/**
 * A container with our labels that the ledger does not know (it was restored from a backup): written down as it is, with
 * its member, uid, project, port and devices, before anything is granted. What contradicts the ledger is not guessed at:
 * its devices are quarantined and an admin is told.
 */
export async function adopt(world: World, node: Node, found: EngineContainer): Promise<void> {
  const labels = readLabels(found.labels);
  if (!labels) return refuse(world, node, found, "its labels can't be read");
  const adopted = await world.ledger
    .transaction(async (tx) => {
      const clash = await clashOf(tx, labels);
      if (clash) return clash;
      const member = await memberFor(tx, world, labels);
      const project = await projectFor(tx, world, member, labels);
      if (await livingOfProject(tx, project.id)) return "its project has another container";
      const container = await writeDown(tx, world, node, found, { labels, member, project });
      const now = world.clock.now();
      if (isAlive(found) && !(await writeDownHeld(tx, container, labels.devices, now))) {
        throw new Error(`${found.name} has devices that others hold`);
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
    .catch((error: unknown) => (error as Error).message);
  if (adopted) await refuse(world, node, found, adopted);
}

async function clashOf(tx: Tx, labels: Labels): Promise<string | undefined> {
  if (await containerById(tx, labels.container)) return "another container has its number";
  const bySlack = await memberBySlackUser(tx, labels.slackUser);
  const byHandle = await memberByHandle(tx, labels.handle);
  if (byHandle && byHandle.slackUserId !== labels.slackUser) return `“${labels.handle}” is somebody else now`;
  if (bySlack?.handle && bySlack.handle !== labels.handle)
    return `its member is called “${bySlack.handle}” now`;
  return undefined;
}

async function memberFor(tx: Tx, world: World, labels: Labels): Promise<Member> {
  const known = await memberBySlackUser(tx, labels.slackUser);
  if (known) return known;
  const made = await insertMember(tx, {
    slackUserId: labels.slackUser,
    name: labels.handle,
    handle: labels.handle,
    uid: labels.uid,
    group: world.policy.default_group,
    state: "active",
    createdAt: world.clock.now(),
  });
  if (!made) throw new Error(`uid ${labels.uid} belongs to somebody else now`);
  return made;
}

async function projectFor(tx: Tx, world: World, member: Member, labels: Labels): Promise<Project> {
  const known = await projectByName(tx, member.id, labels.project);
  const user = await projectOfPort(tx, labels.port);
  if (user && user.id !== known?.id) throw new Error(`port ${labels.port} belongs to another project now`);
  if (known) return updateProject(tx, known.id, { sshPort: labels.port, portReleasedAt: null });
  return insertProject(tx, {
    memberId: member.id,
    name: labels.project,
    sshPort: labels.port,
    aliasId: world.random.token(10),
    workspacePath: workspacePathOf(world.policy, labels.handle, labels.project),
    createdAt: world.clock.now(),
  });
}

async function writeDown(
  tx: Tx,
  world: World,
  node: Node,
  found: EngineContainer,
  { labels, member, project }: { labels: Labels; member: Member; project: Project },
): Promise<Container> {
  const limits = limitsOf(world.policy, member.group ?? world.policy.default_group);
  const now = world.clock.now();
  const alive = isAlive(found);
  return insertAdopted(tx, {
    id: labels.container,
    requestId: `adopted-${found.id}`,
    memberId: member.id,
    projectId: project.id,
    nodeId: node.id,
    name: found.name,
    // Bring-up looks whether SSH answers and makes it `running`.
    state: alive ? "starting" : "stopped",
    stateSince: now,
    wanted: alive ? "running" : "stopped",
    run: labels.run,
    wish: labels.devices.length === 0 ? { kind: "cpu" } : { kind: "gpu", count: labels.devices.length },
    hours: limits.default_hours,
    image: labels.image,
    imageId: found.imageId,
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

async function refuse(world: World, node: Node, found: EngineContainer, because: string): Promise<void> {
  if (!isAlive(found)) return;
  const devices = found.devices === "all" ? [] : found.devices;
  const reason = `${found.name} uses it and can't be taken over: ${because}`;
  await world.ledger.transaction(async (tx) => {
    const now = world.clock.now();
    await setDeviceState(tx, devices, "quarantined", now, reason);
    await tellAdmins(
      world,
      tx,
      `${found.name} on ${node.id} can't be taken over: ${because}.`,
      `adopt ${found.id}`,
      now,
    );
  });
}
