import { StringDecoder } from "node:string_decoder";
import { z } from "zod";
import type { Log } from "../log.ts";
import type { Clock } from "../world.ts";
import type { Call } from "./call.ts";
import type { EngineChange } from "./engine.ts";

const whats = ["start", "die", "destroy", "oom"] as const;
const firstPauseMs = 250;
const longestPauseMs = 10_000;

/** Follows the engine's events until the signal aborts; after a break it asks for what it missed. */
export async function followEvents(
  call: Call,
  { clock, log }: { clock: Clock; log: Log },
  onChange: (change: EngineChange) => void,
  signal: AbortSignal,
): Promise<void> {
  const filters = JSON.stringify({ type: ["container"], event: whats });
  let since = "";
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    try {
      const query = { filters, ...(since ? { since } : {}) };
      const events = await call.stream({ method: "GET", path: "/events", query, limitMs: 10_000, signal });
      if (events === "gone") throw new Error("the engine has no events");
      pauseMs = firstPauseMs;
      for await (const line of lines(events)) {
        const change = readChange(line);
        if (!change) continue;
        since = change.at;
        onChange({ what: change.what, id: change.id, name: change.name });
      }
    } catch (error) {
      if (!signal.aborted) log.debug({ error: String(error) }, "the engine's events broke off");
    }
    await clock.sleep(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of chunks) {
    const parts = (rest + decoder.write(chunk)).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

function readChange(line: string): (EngineChange & { at: string }) | undefined {
  const parsed = eventShape.safeParse(parse(line));
  if (!parsed.success) return undefined;
  const { Action, Actor, timeNano, time } = parsed.data;
  const at =
    timeNano === undefined
      ? String(time)
      : `${Math.floor(timeNano / 1e9)}.${String(timeNano % 1e9).padStart(9, "0")}`;
  return { what: Action, id: Actor.ID, name: Actor.Attributes.name ?? "", at };
}

const eventShape = z.object({
  Action: z.enum(whats),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()) }),
  time: z.number(),
  timeNano: z.number().optional(),
});

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
