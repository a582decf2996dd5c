import { expect, test } from "vitest";
import { parseList, parsePlacements, parseQuery, parseTopology } from "./parse.ts";

const first = "GPU-aaaaaaaa-0000-4000-8000-000000000000";
const second = "GPU-bbbbbbbb-0000-4000-8000-000000000001";

const list = `GPU 0: NVIDIA A100-SXM4-40GB (UUID: ${first})
GPU 1: NVIDIA H100 80GB HBM3 (UUID: ${second})
  MIG 3g.40gb     Device  0: (UUID: MIG-00000001-0000-4000-8000-000000000000)
  MIG 1g.10gb+me  Device  1: (UUID: MIG-00000001-0000-4000-8000-000000000001)
  MIG 1c.2g.20gb  Device  2: (UUID: MIG-GPU-bbbbbbbb-0000-4000-8000-000000000001/5/0)
`;

const placements = `+---------------------------------------------------------+
| GPU instances:                                          |
| GPU   Name               Profile  Instance   Placement  |
|                            ID       ID       Start:Size |
|=========================================================|
|   1  MIG 3g.40gb            9        2          4:4     |
+---------------------------------------------------------+
|   1  MIG 1g.10gb+me        20        9          0:1     |
+---------------------------------------------------------+
`;

function xml(...gpus: string[]): string {
  return `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log>
  <timestamp>Mon Jan  5 09:00:00 2026</timestamp>
  <driver_version>580.82.07</driver_version>
  <attached_gpus>${gpus.length}</attached_gpus>
${gpus.join("\n")}
</nvidia_smi_log>
`;
}

function gpu(
  uuid: string,
  more: { mig?: string; slices?: string; used?: string; busy?: string; processes?: string } = {},
): string {
  return `  <gpu id="00000000:01:00.0">
    <product_name>NVIDIA A100-SXM4-40GB</product_name>
    <mig_mode><current_mig>${more.mig ?? "Disabled"}</current_mig><pending_mig>Enabled</pending_mig></mig_mode>
    <mig_devices>
      ${more.slices ?? "None"}
    </mig_devices>
    <uuid>${uuid}</uuid>
    <minor_number>0</minor_number>
    <fb_memory_usage><total>40960 MiB</total><reserved>600 MiB</reserved><used>${more.used ?? "0 MiB"}</used></fb_memory_usage>
    <bar1_memory_usage><total>65536 MiB</total><used>1 MiB</used></bar1_memory_usage>
    <utilization><gpu_util>${more.busy ?? "0 %"}</gpu_util><memory_util>0 %</memory_util></utilization>
    <processes>${more.processes ?? "\n    "}</processes>
  </gpu>`;
}

function slice(index: number, instance: number): string {
  return `<mig_device><index>${index}</index><gpu_instance_id>${instance}</gpu_instance_id><compute_instance_id>0</compute_instance_id>
      <fb_memory_usage><total>40448 MiB</total><reserved>0 MiB</reserved><used>26 MiB</used></fb_memory_usage>
      <bar1_memory_usage><total>65535 MiB</total><used>0 MiB</used></bar1_memory_usage></mig_device>`;
}

function computing(
  pid: number,
  more: { type?: string; instance?: string; name?: string; memory?: string } = {},
): string {
  return `<process_info><gpu_instance_id>${more.instance ?? "N/A"}</gpu_instance_id><compute_instance_id>N/A</compute_instance_id>
      <pid>${pid}</pid><type>${more.type ?? "C"}</type><process_name>${more.name ?? "python"}</process_name>
      <used_memory>${more.memory ?? "512 MiB"}</used_memory></process_info>`;
}

test("the list tells every GPU and slice with its UUID, whatever the profile is called", () => {
  expect(parseList(list)).toMatchObject([
    { index: 0, uuid: first, slices: [] },
    {
      index: 1,
      uuid: second,
      slices: [
        { index: 0, profile: "3g.40gb" },
        { index: 1, profile: "1g.10gb+me" },
        { index: 2, profile: "1c.2g.20gb", uuid: `MIG-${second}/5/0` },
      ],
    },
  ]);
});

test("a line about a GPU in trouble is no GPU", () => {
  expect(
    parseList(`Unable to determine the device handle for gpu 0000:0A:00.0: Unknown Error\n${list}`),
  ).toHaveLength(2);
});

test("placements are read by instance", () => {
  expect(parsePlacements(placements)).toEqual([
    { gpuIndex: 1, gpuInstanceId: 2, start: 4, size: 4 },
    { gpuIndex: 1, gpuInstanceId: 9, start: 0, size: 1 },
  ]);
});

test("no instances are no placements", () => {
  expect(parsePlacements("No GPU instances found: Not Found\n")).toEqual([]);
});

test("a whole GPU is told with memory and use, numbered as the list numbers it", () => {
  const text = xml(gpu(second, { used: "1200 MiB", busy: "37 %" }), gpu(first));
  expect(parseQuery(text, parseList(list), []).gpus).toMatchObject([
    { uuid: first, index: 0 },
    {
      uuid: second,
      index: 1,
      model: "NVIDIA A100-SXM4-40GB",
      memoryMiB: 40960,
      memoryUsedMiB: 1200,
      utilisationPercent: 37,
      migEnabled: false,
      slices: [],
    },
  ]);
});

test("slices get their UUID from the list and their place from their instance; use is not told", () => {
  const text = xml(gpu(second, { mig: "Enabled", busy: "N/A", slices: slice(0, 2) + slice(1, 9) }));
  const [only] = parseQuery(text, parseList(list), parsePlacements(placements)).gpus;
  expect(only).toMatchObject({ migEnabled: true, utilisationPercent: undefined });
  expect(only?.slices).toMatchObject([
    {
      uuid: "MIG-00000001-0000-4000-8000-000000000000",
      profile: "3g.40gb",
      gpuInstanceId: 2,
      memoryMiB: 40448,
      memoryUsedMiB: 26,
      placement: { start: 4, size: 4 },
    },
    { profile: "1g.10gb+me", gpuInstanceId: 9, placement: { start: 0, size: 1 } },
  ]);
});

test("a single slice is still a list of one", () => {
  const text = xml(gpu(second, { mig: "Enabled", slices: slice(0, 2) }));
  expect(parseQuery(text, parseList(list), []).gpus[0]?.slices).toMatchObject([
    { index: 0, placement: undefined },
  ]);
});

test("a slice the list does not know is left out: it has no UUID to be given by", () => {
  const text = xml(gpu(second, { mig: "Enabled", slices: slice(7, 2) }));
  expect(parseQuery(text, parseList(list), []).gpus[0]?.slices).toEqual([]);
});

test("processes that compute are told with their instance; what only draws is not", () => {
  const text = xml(
    gpu(second, {
      processes:
        computing(10, { instance: "2" }) +
        computing(11, { type: "G" }) +
        computing(12, { type: "C+G", memory: "N/A" }),
    }),
  );
  expect(parseQuery(text, parseList(list), []).processes).toEqual([
    { pid: 10, gpuUuid: second, gpuInstanceId: 2, memoryMiB: 512 },
    { pid: 12, gpuUuid: second, gpuInstanceId: undefined, memoryMiB: undefined },
  ]);
});

test.each([
  "a & b < c",
  "train,\n--name=x",
  "&#x0;",
  "<pid>1</pid>",
  "</process_name><pid>999</pid><process_name>",
])("whatever a process calls itself, it hides nobody: %s", (name) => {
  const text = xml(gpu(first, { processes: computing(10, { name }) + computing(11) }));
  expect(parseQuery(text, parseList(list), []).processes.map(({ pid }) => pid)).toEqual([10, 11]);
});

test("an answer that was cut off is refused, not read as fewer GPUs", () => {
  const text = xml(gpu(first), gpu(second));
  expect(() => parseQuery(text.slice(0, text.indexOf(second)), parseList(list), [])).toThrow(/cut off/);
});

test("figures that can't be told are unknown, not 0 per cent", () => {
  const text = xml(gpu(first, { busy: "[Unknown Error]" }));
  expect(parseQuery(text, parseList(list), []).gpus[0]?.utilisationPercent).toBeUndefined();
});

test("links: the best NVLink is nearest, the processors' bus is farthest", () => {
  const gpus = [0, 1, 2, 3].map((index) => ({ index, uuid: `GPU-${index}`, slices: [] }));
  const text = `\t\u001b[4mGPU0\tGPU1\tGPU2\tGPU3\tNIC0\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID\u001b[0m
GPU0\t X \tNV4\tNV2\tSYS\tPIX\t0-31\t0\t\tN/A
GPU1\tNV4\t X \tPIX\tPHB\tPIX\t0-31\t0\t\tN/A
GPU2\tNV2\tPIX\t X \tNODE\tSYS\t32-63\t1\t\tN/A
GPU3\tSYS\tPHB\tNODE\t X \tSYS\t32-63\t1\t\tN/A
NIC0\tPIX\tPIX\tSYS\tSYS\t X \t\t\t\t

Legend:

  X    = Self
`;
  expect(Object.fromEntries(parseTopology(text, gpus))).toEqual({
    "GPU-0 GPU-1": 0,
    "GPU-0 GPU-2": 0.02,
    "GPU-1 GPU-2": 1,
    "GPU-1 GPU-3": 3,
    "GPU-2 GPU-3": 4,
    "GPU-0 GPU-3": 5,
  });
});
