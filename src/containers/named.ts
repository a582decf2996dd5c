import { Refusal } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import { newestOfProject } from "../ledger/queries/containers.ts";
import { memberByHandle, projectsOfMember } from "../ledger/queries/members.ts";
import type { Container, Member } from "../ledger/schema.ts";
import { nearest } from "../policy/nearest.ts";

/**
 * The last container of a project, also one that is gone: `vision` is the caller's own, `ana/vision` is what an admin types of
 * somebody else's. Anybody else is answered as if it did not exist.
 */
export async function containerNamed(
  tx: Tx,
  { by, isAdmin, name }: { by: Member; isAdmin: boolean; name: string },
): Promise<Container> {
  const [project = "", handle] = name.split("/").reverse();
  const owner = handle === undefined || handle === by.handle ? by : await memberByHandle(tx, handle);
  const mayAsk = owner !== undefined && (owner.id === by.id || isAdmin);
  const container = mayAsk ? await newestOfProject(tx, owner.id, project) : undefined;
  if (container) return container;
  const known = mayAsk ? (await projectsOfMember(tx, owner.id)).map((one) => one.name) : [];
  const [near] = nearest(project, known);
  throw new Refusal("no-container", `There never was a container called “${name.slice(0, 60)}”.`, {
    hint: near ? `Did you mean “${near}”?` : "/container-list shows yours.",
  });
}
