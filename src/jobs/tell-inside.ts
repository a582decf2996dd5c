import { tellInside } from "../ends/tell-inside.ts";
import type { Job } from "./runner.ts";

/** What was said in Slack about an end is said in the container too. */
export function tellInsideJob(): Job {
  const said = new Map<number, string>();
  return {
    name: "tell inside containers",
    everyMs: 5_000,
    onCommit: true,
    run: (world) => tellInside(world, said),
  };
}
