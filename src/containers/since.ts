import type { EngineContainer } from "../engine/engine.ts";

const label = "berth.since";

/** The label of a container that carries on what another was: since when there is one at all. */
export function madeSince(old: Pick<EngineContainer, "labels" | "createdAt">): Record<string, string> {
  return { [label]: sinceWhen(old).toISOString() };
}

/** Since when what was installed by hand may have been: before the devices changed there was another of it. */
export function sinceWhen({ labels, createdAt }: Pick<EngineContainer, "labels" | "createdAt">): Date {
  const said = new Date(labels[label] ?? "");
  return Number.isNaN(said.getTime()) || said > createdAt ? createdAt : said;
}
