import { baseFacts } from "../../ledger/queries/bases.ts";
import { type BuildView, buildView } from "../../ledger/queries/builds.ts";
import { projectByName } from "../../ledger/queries/members.ts";
import type { Project } from "../../ledger/schema.ts";
import type { Node, World } from "../../world.ts";
import { writeDockerfile } from "../dockerfile/write.ts";
import { baseRef } from "./base.ts";

/** Below /workspace: what the image was made from, for its member to read, to keep in git, to build elsewhere. */
const directory = ".berth/image";

/** A new build: into the workspace of its owner's project of that name, if there is one. Never throws. */
export async function keepInProject(world: World, node: Node, view: BuildView): Promise<void> {
  const { owner, image } = view;
  const project = await world.ledger
    .read((tx) => projectByName(tx, owner.id, image.name))
    .catch(() => undefined);
  if (project) await keepDockerfile(world, node, view.build.id, { project, uid: owner.uid });
}

/**
 * Writes the Dockerfile of a build, and the lists beside it, into a project's workspace: what a container there is made of.
 * Best effort: what can't be written (it is the member's own folder) is no reason against anything. Never throws.
 */
export async function keepDockerfile(
  world: World,
  node: Node,
  buildId: number,
  { project, uid }: { project: Project; uid: number },
): Promise<void> {
  try {
    const files = await world.ledger.read(async (tx) => {
      const view = await buildView(tx, buildId);
      const { dockerfile, baseImageId } = view?.build ?? {};
      const facts = baseImageId ? await baseFacts(tx, baseImageId) : undefined;
      if (!view || !dockerfile || !baseImageId || !facts) return undefined;
      const { base } = view.recipe;
      const written = writeDockerfile({
        recipe: view.recipe,
        facts,
        baseRef: baseRef(baseImageId),
        settings: world.policy,
        memberId: view.owner.id,
      });
      const own = base.kind === "dockerfile" ? [["Dockerfile.base", base.text] as const] : [];
      return new Map([["Dockerfile", dockerfile] as const, ...own, ...written.files]);
    });
    if (!files) return;
    await node.host.ensureWorkspace(project.workspacePath, uid);
    const placed = [...files].map(([name, text]) => [`${directory}/${name}`, text] as const);
    await node.host.writeWorkspaceFiles(project.workspacePath, uid, new Map(placed));
  } catch (err) {
    world.log.warn({ buildId, err }, "the Dockerfile could not be written into the workspace");
  }
}
