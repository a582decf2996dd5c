import { containerName } from "../container-name.ts";
import { Refusal, refuseAny } from "../errors.ts";
import { refuseIfFull } from "../images/ask-build.ts";
import { baseNamed } from "../images/catalogue-find.ts";
import { createImageIn } from "../images/create.ts";
import { overStorage } from "../images/disk/limits.ts";
import { writeImageName } from "../images/names.ts";
import type { ImageWish } from "../images/recipe.ts";
import { type ResolvedImage, resolveImage } from "../images/resolve.ts";
import { gpusOf } from "../images/runs-on.ts";
import type { Tx } from "../ledger/ledger.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { insertContainer, livingOrAskedBy } from "../ledger/queries/containers.ts";
import { readStorage } from "../ledger/queries/disk.ts";
import type { NewEvent } from "../ledger/queries/events.ts";
import { readAsked } from "../ledger/queries/line.ts";
import { insertProject, projectByName } from "../ledger/queries/members.ts";
import { tell } from "../ledger/queries/outbox.ts";
import type { ActiveMember, Project, Wish } from "../ledger/schema.ts";
import { judgeAsk } from "../policy/allow.ts";
import { limitsOf, workspacePathOf } from "../policy/policy.ts";
import { heldSince, standing } from "../waitlist/order.ts";
import { serve } from "../waitlist/serve.ts";
import { wishInWords } from "../waitlist/wish.ts";
import type { World } from "../world.ts";
import { checkProjectName } from "./names.ts";

export type DeployRequest = {
  by: ActiveMember;
  /** Made once by whoever asks; the same id again finds the same container. */
  requestId: string;
  project: string;
  /**
   * `vision`, `vision:exp-42`, `ben/vision`, or a house image's name. Left out: the own image called like the project,
   * else the first house image.
   */
  image?: string;
  /** `pytorch`, `pytorch:2.8`: a plain image with that is made under the project's name, and the container waits for it. */
  framework?: string;
  /** The same with an image made of this. */
  newImage?: ImageWish;
  wish?: Wish;
  hours?: number;
  /** Another project of the same member whose workspace is used instead of its own. */
  workspace?: string;
};

/**
 * Puts the wish in the line and serves the line in the same transaction: at return the container is `starting` with its
 * devices, or `waiting` with the reason. Throws a Refusal that a person can act on; then nothing was written.
 */
export async function deploy(world: World, request: DeployRequest): Promise<ContainerView> {
  if (makesImage(request)) await refuseIfFull(world);
  return world.ledger.transaction((tx) => deployIn(tx, world, request));
}

/** Whether an image has to be built for it first. */
export function makesImage({ newImage, framework }: DeployRequest): boolean {
  return newImage !== undefined || framework !== undefined;
}

/** The same inside a transaction that does more. */
export async function deployIn(tx: Tx, world: World, request: DeployRequest): Promise<ContainerView> {
  checkProjectName(request.project);
  const wish = request.wish ?? { kind: "gpu", count: 1 };
  const now = world.clock.now();
  const [{ asked, living: own }, { project, hasKey, overrides, most, heldGpuHours }, known, use] =
    await Promise.all([
      livingOrAskedBy(tx, request.by.id, request.requestId),
      readAsked(tx, request.by.id, request.project, { since: heldSince(now), now }),
      makesImage(request)
        ? undefined
        : orRefusal(resolveImage(tx, world, { ...request, text: request.image })),
      readStorage(tx, request.by.id),
    ]);
  if (asked?.memberId === request.by.id) return viewOf(tx, asked.id);
  if (asked) throw new Error(`request ${request.requestId} is another member's`);

  refuseSecondOfProject(
    request,
    own.find((container) => container.projectId === project?.id),
  );
  if (!hasKey) throw noKey();
  const limits = limitsOf(world.policy, request.by, overrides, now);
  const hours = request.hours ?? limits.default_hours;
  const ask = { wish, hours, limits, max: most };
  const image = known ?? (await orRefusal(makeImage(tx, world, request)));
  const storage = overStorage(use, limits, "deploy");
  refuseAny([
    ...judgeAsk({ ...ask, waiting: 0 }),
    ...(storage ? [storage] : []),
    ...(image instanceof Refusal ? [image, ...image.also] : []),
  ]);
  if (image instanceof Refusal) throw image;

  const standsAt = standing(now, heldGpuHours, world.policy.line);
  const home = project ?? (await openProject(tx, world, request.by, request.project, now));
  const container = await insertContainer(tx, {
    requestId: request.requestId,
    memberId: request.by.id,
    projectId: home.id,
    name: containerName(request.project, request.by.handle),
    state: "waiting",
    stateSince: now,
    wanted: "running",
    wish,
    hours,
    image: image.text,
    buildId: image.is === "built" ? image.build.id : null,
    awaitsBuildId: image.is === "coming" ? image.build.id : null,
    workspacePath: await workspaceFor(tx, request, home),
    askedAt: now,
    standsAt,
    heldGpuHours,
  });
  const asking: NewEvent = {
    at: now,
    what: "asked",
    containerId: container.id,
    memberId: request.by.id,
    actor: `member:${request.by.id}`,
    because: `${request.by.handle} asked for ${wishInWords(wish)} for ${hours} h with the image ${image.text}.`,
    evidence: {
      wish,
      hours,
      image: image.text,
      requestId: request.requestId,
      standsAt,
      heldGpuHours,
      line: world.policy.line,
      ...(image.is === "house" ? {} : { buildId: image.build.id }),
    },
  };
  const granted = (await serve(tx, world, [asking])).find((one) => one.container.id === container.id);
  if (granted) {
    const { sshPort, ...given } = granted;
    return { ...given, project: { ...home, sshPort, portReleasedAt: null }, member: request.by, ends: [] };
  }
  const waiting = own.filter((one) => one.state === "waiting").length + 1;
  refuseAny(judgeAsk({ ...ask, waiting }));
  await tell(tx, request.by.slackUserId, { kind: "card", containerId: container.id }, now);
  return viewOf(tx, container.id);
}

/** A new image under the project's name, which this container waits for. */
async function makeImage(tx: Tx, world: World, request: DeployRequest): Promise<ResolvedImage> {
  const { by, requestId, project } = request;
  const { image, build } = await createImageIn(tx, world, {
    by,
    requestId: `${requestId} image`,
    name: project,
    wish: request.newImage ?? plainWish(world, request.framework ?? ""),
  });
  return { is: "coming", text: writeImageName({ name: project }), image, build };
}

/** Throws a Refusal, field `framework`. */
function plainWish(world: World, framework: string): ImageWish {
  const row = baseNamed(world.catalogue, framework, gpusOf(world.nodes.values(), world.policy.nodes));
  return { base: { catalogue: row.name }, sets: [], pip: "", apt: "" };
}

/** So that a form shows what is wrong with the image beside what else is wrong. */
async function orRefusal<T>(asked: Promise<T>): Promise<T | Refusal> {
  return asked.catch((error: unknown) => {
    if (error instanceof Refusal) return error;
    throw error;
  });
}

function refuseSecondOfProject(
  { project, image, wish, hours }: DeployRequest,
  living: { id: number; state: string } | undefined,
): void {
  if (!living) return;
  const again = {
    ...(image === undefined ? {} : { image }),
    ...(wish === undefined ? {} : { wish }),
    ...(hours === undefined ? {} : { hours }),
  };
  const states: Record<string, string> = { waiting: "is waiting in the line", stopped: "is stopped" };
  const how = states[living.state] ?? `is ${living.state}`;
  throw new Refusal("project-in-use", `Your project “${project}” has a container already: it ${how}.`, {
    field: "project",
    hint: "Open it, retire it and deploy it again, or take another name.",
    offers: [
      { kind: "open", containerId: living.id },
      { kind: "redeploy", containerId: living.id, again },
    ],
  });
}

function noKey(): Refusal {
  return new Refusal("no-key", "You have no SSH key here yet, so nobody could sign in to your container.", {
    hint: "Add your public key first; it takes a minute.",
    offers: [{ kind: "add-key" }],
  });
}

async function openProject(
  tx: Tx,
  world: World,
  member: ActiveMember,
  name: string,
  now: Date,
): Promise<Project> {
  return insertProject(tx, {
    memberId: member.id,
    name,
    aliasId: world.random.token(10),
    workspacePath: workspacePathOf(world.policy, member.handle, name),
    createdAt: now,
  });
}

async function workspaceFor(tx: Tx, request: DeployRequest, own: Project): Promise<string> {
  if (!request.workspace || request.workspace === request.project) return own.workspacePath;
  const other = await projectByName(tx, request.by.id, request.workspace);
  if (other) return other.workspacePath;
  throw new Refusal("no-workspace", `You have no project “${request.workspace}” whose files could be used.`, {
    field: "workspace",
    hint: "Name one of your own projects, or leave it out: the project then uses its own workspace.",
  });
}

async function viewOf(tx: Tx, containerId: number): Promise<ContainerView> {
  const [view] = await containerViews(tx, [containerId]);
  if (!view) throw new Error(`container ${containerId} vanished from the ledger`);
  return view;
}
