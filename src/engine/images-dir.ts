import { z } from "zod";
import type { Clock } from "../world.ts";
import { type Call, refusal } from "./call.ts";

const limitMs = 10_000;
/** An engine can be set up anew with another place, and we may not see that it was. */
const knownForMs = 10 * 60_000;

/**
 * The port's `imagesDir`. To say all about itself the engine starts some programs, which takes a tenth of a second on a quiet
 * machine; to say that it is there takes a thousandth, and builds ask every few seconds.
 */
export function imagesDir(call: Call, clock: Clock): () => Promise<string> {
  let known: { path: string; sinceMs: number } | undefined;
  return async () => {
    if (known && clock.monotonicMs() - known.sinceMs < knownForMs) {
      const there = await call.json({ method: "GET", path: "/_ping", limitMs });
      if (there.status !== 200) throw refusal(there);
      return known.path;
    }
    const info = await call.json({ method: "GET", path: "/info", limitMs });
    if (info.status !== 200) throw refusal(info);
    const path = infoShape.parse(info.body).DockerRootDir ?? "";
    known = { path, sinceMs: clock.monotonicMs() };
    return path;
  };
}

const infoShape = z.object({ DockerRootDir: z.string().nullish() });
