import type { StatsFs } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Policy } from "../policy/policy.ts";
import { type Check, type Finding, fault, ok, warning } from "./finding.ts";

const what = "disk";

export type DiskFacts = { place: string; freeBytes: number; totalBytes: number };

/** `places`: what lies there → directory; one that can't be looked at is a finding of its own. */
export function diskCheck(places: Readonly<Record<string, string>>, limits: Policy["disk"]): Check {
  return {
    what,
    async run() {
      const findings = await Promise.all(
        Object.entries(places).map(async ([contents, place]) => {
          const disk = await diskOf(place);
          if (disk === undefined)
            return warning(what, `${place} (${contents}) can't be looked at.`, `mkdir -p ${place}`);
          const { bavail, blocks, bsize } = disk;
          return judgeDisk(
            contents,
            { place, freeBytes: bavail * bsize, totalBytes: blocks * bsize },
            limits,
          );
        }),
      );
      return findings;
    },
  };
}

/** What is not made yet will lie where the nearest directory above it lies. */
async function diskOf(place: string): Promise<StatsFs | undefined> {
  const disk = await statfs(place).catch(() => undefined);
  return disk ?? (dirname(place) === place ? undefined : diskOf(dirname(place)));
}

export function judgeDisk(
  contents: string,
  { place, freeBytes, totalBytes }: DiskFacts,
  limits: Policy["disk"],
): Finding {
  const percent = totalBytes === 0 ? 0 : Math.floor((freeBytes / totalBytes) * 100);
  const says = `${percent} % free (${Math.round(freeBytes / 1024 ** 3)} GB) at ${place}, for ${contents}.`;
  const mend =
    contents === "images and containers"
      ? "docker system df shows what is big there; docker image prune removes what nobody uses."
      : `du -xh --max-depth=2 ${place} | sort -h | tail`;
  if (percent < limits.refuse_below_pct) return fault(what, says, mend);
  if (percent < limits.builds_wait_below_pct) return warning(what, says, mend);
  return ok(what, says);
}
