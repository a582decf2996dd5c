import { Refusal } from "../errors.ts";
import type { ContainerView } from "../ledger/queries/container-views.ts";
import { nearest } from "../policy/nearest.ts";
import { listed } from "../sentence.ts";

/** The one of these that a person means by that word; a `Refusal` with the nearest otherwise. */
export function namedBy(project: string, views: readonly ContainerView[]): ContainerView {
  const found = views.find((view) => view.project.name === project);
  if (found) return found;
  const names = views.map((view) => view.project.name);
  const [near] = nearest(project, names);
  throw new Refusal("no-container", `You have no container called “${project.slice(0, 60)}”.`, {
    field: "project",
    hint: near
      ? `Did you mean “${near}”?`
      : names.length > 0
        ? `Yours are ${listed(names)}.`
        : "/container-deploy makes one.",
  });
}
