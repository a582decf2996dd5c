import { Refusal } from "../errors.ts";
import type { Tx } from "../ledger/ledger.ts";
import { type ContainerView, containerViews } from "../ledger/queries/container-views.ts";
import { livingOfMember } from "../ledger/queries/containers.ts";
import { projectsOfMember } from "../ledger/queries/members.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import { nearest } from "../policy/nearest.ts";
import { listed } from "../sentence.ts";

/** How a person names a container: by project, or by a button that carries its id (a hint, checked here). */
export type Which = { project: string } | { containerId: number };

/** The caller's own living container. Somebody else's is answered as if it did not exist. */
export async function ownContainer(tx: Tx, by: ActiveMember, which: Which): Promise<ContainerView> {
  const views = await containerViews(
    tx,
    (await livingOfMember(tx, by.id)).map((container) => container.id),
  );
  const found = views.find((view) =>
    "project" in which ? view.project.name === which.project : view.container.id === which.containerId,
  );
  if (found) return found;
  if ("containerId" in which) {
    throw new Refusal("no-container", "That container is no longer there.", {
      hint: "/container-list shows yours.",
    });
  }
  const known = (await projectsOfMember(tx, by.id)).map((project) => project.name);
  const living = views.map((view) => view.project.name);
  const [near] = nearest(which.project, living);
  throw new Refusal("no-container", `You have no container called “${which.project.slice(0, 60)}”.`, {
    field: "project",
    hint: near
      ? `Did you mean “${near}”?`
      : living.length > 0
        ? `Yours are ${listed(living)}.`
        : "/container-deploy makes one.",
    offers: known.includes(which.project) ? [{ kind: "new-container", project: which.project }] : [],
  });
}
