import { expect, test } from "vitest";
import { troubles } from "../../test/support/troubles.ts";
import { memoryHost } from "../host/memory.ts";
import { line } from "./doctor.ts";
import { judgeReading, judgeSeen } from "./gpu-binding.ts";

const gpu = "GPU-aaaaaaaa-0000-4000-8000-000000000000";
const other = "GPU-bbbbbbbb-0000-4000-8000-000000000001";
const seen = (...lines: string[]) => ({ exitCode: 0, output: lines.join("\n") });

test.each<[string, { uuid: string; isSlice: boolean }, { exitCode: number; output: string }, RegExp]>([
  [
    "the one that was given and no other",
    { uuid: gpu, isSlice: false },
    seen(`GPU 0: NVIDIA L40S (UUID: ${gpu})`),
    /^✓/,
  ],
  [
    "every GPU",
    { uuid: gpu, isSlice: false },
    seen(`GPU 0: NVIDIA L40S (UUID: ${gpu})`, `GPU 1: NVIDIA L40S (UUID: ${other})`),
    /^✗ .*one GPU sees 2/,
  ],
  [
    "another one",
    { uuid: gpu, isSlice: false },
    seen(`GPU 0: NVIDIA L40S (UUID: ${other})`),
    /^✗ .*does not see it/,
  ],
  [
    "the slice that was given",
    { uuid: "MIG-1", isSlice: true },
    seen(`GPU 0: NVIDIA A100 (UUID: ${gpu})`, "  MIG 3g.20gb     Device  0: (UUID: MIG-1)"),
    /^✓/,
  ],
  [
    "the whole GPU around the slice",
    { uuid: "MIG-1", isSlice: true },
    seen(
      `GPU 0: NVIDIA A100 (UUID: ${gpu})`,
      "  MIG 3g.20gb     Device  0: (UUID: MIG-1)",
      "  MIG 3g.20gb     Device  1: (UUID: MIG-2)",
    ),
    /^✗ .*one slice sees 2/,
  ],
  [
    "nothing",
    { uuid: gpu, isSlice: false },
    { exitCode: 127, output: "exec: nvidia-smi: not found" },
    /^✗ .*not found.*nvidia-ctk/s,
  ],
])("a container sees %s", (_sentence, device, listed, words) => {
  expect(line(judgeSeen(device, listed, "nvidia"))).toMatch(words);
});

test("GPUs are told by model, and those nobody can be given", async () => {
  const clock = { now: () => new Date(0) };
  const reading = await memoryHost({ gpus: [{}, {}, { slices: [] }], clock }).readGpus();
  expect(judgeReading(reading).map(line)).toEqual([
    expect.stringMatching(/^✓ GPUs: 3 × NVIDIA A100/),
    expect.stringMatching(/^! GPUs: GPU 2 has MIG on and no slices/),
  ]);
  expect(troubles(judgeReading({ ...reading, gpus: [] }))).toEqual([expect.stringMatching(/^! .*no GPU/)]);
});
