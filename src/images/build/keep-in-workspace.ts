import { projectByName } from "../../ledger/queries/members.ts";
import type { Making } from "./base.ts";

/** Below /workspace: what the image was made from, for its member to read, to keep in git, to build elsewhere. */
const directory = ".berth/image";

/**
 * Writes the Dockerfile and the files beside it into the workspace of the project that is called like the image, if there is
 * one. Best effort: what can't be written there (it is the member's own) is no reason against the image.
 */
export async function keepInWorkspace(
  { world, node, view }: Making,
  written: { dockerfile: string; files: ReadonlyMap<string, string> },
): Promise<void> {
  const { owner, image, recipe } = view;
  try {
    const project = await world.ledger.read((tx) => projectByName(tx, owner.id, image.name));
    if (!project) return;
    const own = recipe.base.kind === "dockerfile" ? [["Dockerfile.base", recipe.base.text] as const] : [];
    const files = new Map(
      [["Dockerfile", written.dockerfile] as const, ...own, ...written.files].map(([name, text]) => [
        `${directory}/${name}`,
        text,
      ]),
    );
    await node.host.ensureWorkspace(project.workspacePath, owner.uid);
    await node.host.writeWorkspaceFiles(project.workspacePath, owner.uid, files);
  } catch (err) {
    world.log.warn({ buildId: view.build.id, err }, "the Dockerfile could not be written into the workspace");
  }
}
