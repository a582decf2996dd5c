import type { Readable } from "node:stream";
import { EngineSilent } from "../errors.ts";
import type { Clock } from "../world.ts";

/**
 * What a program in a container printed on both outputs, until it ended: the first `limitBytes` of it.
 * Throws `EngineSilent` when it goes on for longer than `limitMs`, or when the connection broke.
 */
export async function collectOutput(
  stream: Readable,
  clock: Clock,
  limitMs: number,
  limitBytes: number,
): Promise<string> {
  const ended = new AbortController();
  let over = false;
  const limit = clock.sleep(limitMs, ended.signal).then(() => {
    if (ended.signal.aborted) return;
    over = true;
    stream.destroy();
  });
  const kept: Buffer[] = [];
  let size = 0;
  try {
    for await (const frame of frames(stream)) {
      if (size < limitBytes) kept.push(frame.subarray(0, limitBytes - size));
      size += frame.length;
    }
  } catch (error) {
    if (!over) throw new EngineSilent(`The connection to the container engine broke: ${String(error)}`);
  } finally {
    ended.abort();
    await limit;
  }
  if (over) throw new EngineSilent(`A program in a container did not end in ${limitMs / 1000} s.`);
  return Buffer.concat(kept).toString("utf8");
}

/** The engine sends both outputs in one stream: 8 bytes of head (which one, three zeros, the length), then that many bytes. */
async function* frames(stream: Readable): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    while (rest.length >= 8 && rest.length >= 8 + rest.readUInt32BE(4)) {
      const end = 8 + rest.readUInt32BE(4);
      yield rest.subarray(8, end);
      rest = rest.subarray(end);
    }
  }
}
