import protobuf from "protobufjs";
import { z } from "zod";

/** What BuildKit says about its steps; the same step comes again whenever something about it changed. */
export type BuildStatus = {
  steps: StepStatus[];
  /** What a step printed, as it came: a letter may be cut in two. */
  prints: { step: string; bytes: Uint8Array }[];
};

export type StepStatus = {
  id: string;
  name: string;
  cached: boolean;
  /** Milliseconds since the epoch, by the engine's clock. */
  startedAt: number | undefined;
  endedAt: number | undefined;
  error: string;
};

/** One `moby.buildkit.trace` of the build stream: base64 of a protobuf message. Throws if it is none. */
export function decodeStatus(base64: string): BuildStatus {
  const message = statusResponse.decode(Buffer.from(base64, "base64"));
  const { vertexes, logs } = shape.parse(statusResponse.toObject(message, { longs: Number, defaults: true }));
  return {
    steps: vertexes.map(({ digest, name, cached, started, completed, error }) => ({
      id: digest,
      name,
      cached,
      startedAt: instant(started),
      endedAt: instant(completed),
      error,
    })),
    prints: logs.map(({ vertex, msg }) => ({ step: vertex, bytes: msg })),
  };
}

function instant(time: { seconds: number; nanos: number } | null): number | undefined {
  return time ? time.seconds * 1000 + time.nanos / 1e6 : undefined;
}

/** The part of BuildKit's control API that is read here; what else a message has is passed over. */
const statusResponse = protobuf.Root.fromJSON({
  nested: {
    Time: {
      fields: { seconds: { type: "int64", id: 1 }, nanos: { type: "int32", id: 2 } },
    },
    Vertex: {
      fields: {
        digest: { type: "string", id: 1 },
        name: { type: "string", id: 3 },
        cached: { type: "bool", id: 4 },
        started: { type: "Time", id: 5 },
        completed: { type: "Time", id: 6 },
        error: { type: "string", id: 7 },
      },
    },
    VertexLog: {
      fields: { vertex: { type: "string", id: 1 }, msg: { type: "bytes", id: 4 } },
    },
    StatusResponse: {
      fields: {
        vertexes: { rule: "repeated", type: "Vertex", id: 1 },
        logs: { rule: "repeated", type: "VertexLog", id: 3 },
      },
    },
  },
}).lookupType("StatusResponse");

const time = z.object({ seconds: z.number(), nanos: z.number() }).nullable();

const shape = z.object({
  vertexes: z.array(
    z.object({
      digest: z.string(),
      name: z.string(),
      cached: z.boolean(),
      started: time,
      completed: time,
      error: z.string(),
    }),
  ),
  logs: z.array(z.object({ vertex: z.string(), msg: z.instanceof(Uint8Array) })),
});
