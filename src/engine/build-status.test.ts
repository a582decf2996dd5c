import { expect, test } from "vitest";
import { decodeStatus } from "./build-status.ts";

/** Of a real engine's stream: a step that began, one that printed, one that ended with an error. */
function field(number: number, content: Uint8Array | number): Buffer {
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
  return typeof content === "number"
    ? Buffer.from([...varint(number * 8), ...varint(content)])
    : Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(content.length)]), content]);
}
const text = (number: number, value: string) => field(number, Buffer.from(value));
const time = (number: number, seconds: number, nanos: number) =>
  field(number, Buffer.concat([field(1, seconds), ...(nanos ? [field(2, nanos)] : [])]));

test("steps and what they print are read from the wire; what else is in it is passed over", () => {
  const begun = Buffer.concat([
    text(1, "sha256:aa"),
    text(2, "sha256:its-input"),
    text(3, "[1/2] RUN x"),
    time(5, 1_795_494_995, 500_000_000),
  ]);
  const failed = Buffer.concat([
    text(1, "sha256:bb"),
    text(3, "[2/2] RUN y"),
    field(4, 1),
    time(5, 1_795_494_996, 0),
    time(6, 1_795_494_998, 0),
    text(7, "exit code: 1"),
  ]);
  const printed = Buffer.concat([text(1, "sha256:aa"), time(2, 1, 0), field(3, 2), text(4, "words\n")]);
  const warning = text(4, "of the engine");
  const message = Buffer.concat([field(1, begun), field(1, failed), field(3, printed), warning]);
  expect(decodeStatus(message.toString("base64"))).toEqual({
    steps: [
      {
        id: "sha256:aa",
        name: "[1/2] RUN x",
        cached: false,
        startedAt: 1_795_494_995_500,
        endedAt: undefined,
        error: "",
      },
      {
        id: "sha256:bb",
        name: "[2/2] RUN y",
        cached: true,
        startedAt: 1_795_494_996_000,
        endedAt: 1_795_494_998_000,
        error: "exit code: 1",
      },
    ],
    prints: [{ step: "sha256:aa", bytes: Buffer.from("words\n") }],
  });
  expect(decodeStatus("")).toEqual({ steps: [], prints: [] });
  expect(() => decodeStatus(Buffer.from("no such thing").toString("base64"))).toThrow();
});
