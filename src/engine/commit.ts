import { z } from "zod";
import { type Call, refusal } from "./call.ts";
import type { Engine } from "./engine.ts";

/** Longer than any limit of whoever asks: theirs is the signal. */
const limitMs = 60 * 60_000;

/** The verb `commit` of the port. */
export async function commitContainer(
  call: Call,
  id: string,
  { ref, labels }: Parameters<Engine["commit"]>[1],
  signal: AbortSignal,
): ReturnType<Engine["commit"]> {
  signal.throwIfAborted();
  const colon = ref.lastIndexOf(":");
  const [repo, tag] = [ref.slice(0, colon), ref.slice(colon + 1)];
  const asked = call.json({
    method: "POST",
    path: "/commit",
    query: { container: id, repo, tag },
    // The rest of its settings are the container's own.
    body: { Labels: labels },
    limitMs,
    signal,
  });
  const answer = await asked.catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
  if (answer.status === 404) return { is: "gone" };
  if (answer.status !== 200) throw refusal(answer);
  return { is: "committed", imageId: z.looseObject({ Id: z.string() }).parse(answer.body).Id };
}

/** The verb `layerBytes` of the port. */
export async function layerBytes(call: Call, id: string): Promise<number | "gone"> {
  const answer = await call.json({
    method: "GET",
    path: `/containers/${id}/json`,
    query: { size: true },
    limitMs: 5 * 60_000,
  });
  if (answer.status === 404) return "gone";
  if (answer.status !== 200) throw refusal(answer);
  return z.looseObject({ SizeRw: z.number().default(0) }).parse(answer.body).SizeRw;
}
