import { HostSilent, Refusal } from "../errors.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import { workspacePathOf } from "../policy/policy.ts";
import type { World } from "../world.ts";
import { checkImageName } from "./names.ts";

/** More than any list of packages or Dockerfile that a person wrote. */
const mostBytes = 256 * 1024;

/**
 * The text of a file at the top of the workspace of the caller's project. Throws a Refusal that says what stands there
 * instead, or that the name is none.
 */
export async function fromWorkspace(
  world: World,
  { by, project, file }: { by: ActiveMember; project: string; file: "requirements.txt" | "Dockerfile" },
): Promise<string> {
  const path = workspacePathOf(world.policy, by.handle, checkImageName(project));
  const [node] = world.nodes.values();
  if (!node) throw new Error("no node is configured that could have files");
  const found = await node.host.workspaceFile(path, file, mostBytes).catch((error: unknown) => {
    if (!(error instanceof HostSilent)) throw error;
    throw new Refusal("workspace-silent", "The server's files can't be read just now.", {
      hint: "Try it again in a minute, or hand the file over below.",
    });
  });
  if (found.is === "text") return found.text;
  if (found.is === "refused")
    throw new Refusal("workspace-file-refused", found.because, {
      hint: `Put a plain text file called ${file} there, or hand it over with the form.`,
    });
  throw new Refusal("no-workspace-file", `There is no ${file} among the files of “${project}”.`, {
    hint: `It is looked for at the top of /workspace in a container of ${project}. You can also hand it over with the form.`,
  });
}
