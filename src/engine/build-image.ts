import { Readable } from "node:stream";
import { z } from "zod";
import { EngineRefused, EngineSilent } from "../errors.ts";
import type { Clock } from "../world.ts";
import { type BuildNow, type BuildOrder, type BuildResult, dockerfileName } from "./build.ts";
import { packContext } from "./build-context.ts";
import { buildProgress, withoutPlumbing } from "./build-progress.ts";
import { openSession } from "./build-session.ts";
import { decodeStatus } from "./build-status.ts";
import type { Call } from "./call.ts";

export type BuildRoom = {
  call: Call;
  clock: Clock;
  /** Size of an image that is there. */
  sizeOf: (imageId: string) => Promise<number | undefined>;
  removeImage: (imageId: string) => Promise<unknown>;
};

/** A build that is quiet for this long has to show that its engine is still there. */
const quietMs = 60_000;

/** One build with BuildKit; what it promises stands at the port (build.ts). */
export async function buildImage(
  room: BuildRoom,
  order: BuildOrder,
  onProgress: (now: BuildNow) => void,
  signal: AbortSignal,
): Promise<BuildResult> {
  signal.throwIfAborted();
  const progress = buildProgress();
  const over = new AbortController();
  const broken = new AbortController();
  const said: Said = {};
  let heardAt = room.clock.monotonicMs();
  let contextError: Error | undefined;
  const session = await openSession(room.call, `berth-${order.id}`, order.registryLogins);
  const ticking = tick().catch((error: unknown) => broken.abort(error));
  try {
    await follow();
    signal.throwIfAborted();
    return await result();
  } catch (error) {
    if (signal.aborted) {
      await cancel(room, order);
      throw signal.reason;
    }
    if (contextError) throw contextError;
    if (broken.signal.aborted) throw broken.signal.reason;
    if (error instanceof EngineRefused) return { is: "failed", step: undefined, error: error.message };
    // What can't be read is no silence: it would be tried again for ever.
    if (error instanceof EngineSilent || error instanceof SyntaxError || error instanceof z.ZodError)
      throw error;
    throw new EngineSilent(`The build broke off: ${String(error)}`);
  } finally {
    over.abort();
    session?.close();
    await ticking;
    if (progress.changed() && !signal.aborted) onProgress(progress.now());
  }

  async function follow(): Promise<void> {
    const pack = packContext(order, (error) => {
      contextError = error;
    });
    const lines = await room.call.stream({
      method: "POST",
      path: "/build",
      query: queryOf(order, session?.id),
      file: Readable.from(pack, { objectMode: false }),
      // It begins when the engine has begun to read the context.
      limitMs: 120_000,
      signal: AbortSignal.any([signal, broken.signal]),
    });
    if (lines === "gone") throw new EngineRefused("The engine can't build images.");
    let rest = "";
    const text = new TextDecoder();
    for await (const chunk of lines) {
      heardAt = room.clock.monotonicMs();
      const parts = (rest + text.decode(chunk, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) take(part);
    }
    take(rest);
  }

  function take(line: string): void {
    if (!line.trim()) return;
    const told = lineShape.parse(JSON.parse(line));
    if (told.id === "moby.buildkit.trace" && typeof told.aux === "string")
      progress.take(decodeStatus(told.aux));
    if (told.id === "moby.image.id") said.imageId = imageIdShape.parse(told.aux).ID;
    said.error ??= told.errorDetail?.message ?? told.error;
  }

  /** Tells what changed, and asks the engine whether it is there while it says nothing. */
  async function tick(): Promise<void> {
    while (!over.signal.aborted) {
      await room.clock.sleep(1000, over.signal);
      if (over.signal.aborted) return;
      if (progress.changed()) onProgress(progress.now());
      if (room.clock.monotonicMs() - heardAt < quietMs) continue;
      await room.call.json({ method: "GET", path: "/_ping", limitMs: 30_000 });
      heardAt = room.clock.monotonicMs();
    }
  }

  async function result(): Promise<BuildResult> {
    if (said.error !== undefined) {
      await sweep(room, order);
      if (goingAway.test(said.error)) throw new EngineSilent(`The build broke off: ${said.error}`);
      return { is: "failed", step: progress.failedStep(), error: withoutPlumbing(said.error) };
    }
    if (said.imageId === undefined)
      throw new EngineSilent("The build's stream ended, and said neither what it made nor what went wrong.");
    const sizeBytes = await room.sizeOf(said.imageId);
    if (sizeBytes === undefined)
      return {
        is: "failed",
        step: undefined,
        error: `The engine does not have the image it named (${said.imageId}).`,
      };
    return { is: "ready", imageId: said.imageId, sizeBytes };
  }
}

type Said = { imageId?: string; error?: string | undefined };

function queryOf(order: BuildOrder, session: string | undefined) {
  return {
    version: "2",
    buildid: order.id,
    ...(session ? { session } : {}),
    dockerfile: dockerfileName,
    t: order.tags,
    labels: JSON.stringify(order.labels),
    buildargs: JSON.stringify(order.buildArgs),
    ...(order.noCache ? { nocache: true } : {}),
    // Said, because no word at all could mean something else one day: never the host's.
    networkmode: "default",
  };
}

/** The connection is gone already, which ends a build too; this says it aloud, and waits until nothing can come of it. */
async function cancel(room: BuildRoom, order: BuildOrder): Promise<void> {
  const told = { method: "POST", path: "/build/cancel", query: { id: order.id }, limitMs: 10_000 } as const;
  await room.call.json(told).catch(ignoreSilence);
  await sweep(room, order).catch(ignoreSilence);
}

/** An image may have been made in the moment of the cancel, or before the error. */
async function sweep(room: BuildRoom, order: BuildOrder): Promise<void> {
  const build = order.labels["berth.build"];
  if (build === undefined) return;
  const labels = Object.entries(order.labels).map(([name, value]) => `${name}=${value}`);
  const found = await room.call.json({
    method: "GET",
    path: "/images/json",
    query: { filters: JSON.stringify({ label: labels }) },
    limitMs: 30_000,
  });
  if (found.status !== 200) return;
  for (const { Id } of z.array(z.looseObject({ Id: z.string() })).parse(found.body))
    await room.removeImage(Id);
}

function ignoreSilence(error: unknown): void {
  if (!(error instanceof EngineSilent || error instanceof EngineRefused)) throw error;
}

/** Of an engine that is being stopped; the words of a step that failed stand before these, never alone. */
const goingAway =
  /^(failed to solve[^:]*: |failed to create LLB definition: )*(context canceled|rpc error: code = (Unavailable|Canceled)\b.*|.*\btransport is closing)$/;

const lineShape = z.looseObject({
  id: z.string().optional(),
  aux: z.unknown().optional(),
  error: z.string().optional(),
  errorDetail: z.looseObject({ message: z.string() }).optional(),
});

const imageIdShape = z.object({ ID: z.string() });
