import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { XMLParser } from "fast-xml-parser";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type GpuCut, gpuServer } from "../../src/demo/gpus/server.ts";
import { type GpuSimulator, gpuSimulator } from "../../src/demo/gpus/simulator.ts";

// The host's nvidia-smi of the simulator, asked as the host room asks the real one. No engine is needed for this.
let dir: string;
let gpus: GpuSimulator;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "berth-gpus-"));
  gpus = gpuSimulator({ dir, server: gpuServer({ seed: "formats" }), busyWhenHeld: false });
});
beforeEach(() => gpus.reset());
afterAll(() => rm(dir, { recursive: true, force: true }));

test("-L names every GPU and slice with its UUID", async () => {
  const lines = (await ask("-L")).out.trimEnd().split("\n");
  expect(lines).toHaveLength(8);
  expect(lines[0]).toMatch(/^GPU 0: NVIDIA A100-SXM4-40GB \(UUID: GPU-[0-9a-f-]{36}\)$/);
  expect(lines[5]).toMatch(/^ {2}MIG 2g\.10gb {5}Device {2}1: \(UUID: MIG-[0-9a-f-]{36}\)$/);
});

test("CSV: units in header and cells, none if not wanted, and no use on a GPU that is cut", async () => {
  gpus.setLoad(gpus.devices[0]!, { usePercent: 50, memoryMiB: 1000 });
  const fields = "--query-gpu=index,memory.used,utilization.gpu,mig.mode.current";
  expect((await ask(fields, "--format=csv")).out).toBe(
    "index, memory.used [MiB], utilization.gpu [%], mig.mode.current\n" +
      "0, 1000 MiB, 50 %, Disabled\n1, 0 MiB, 0 %, Disabled\n2, 0 MiB, 0 %, Disabled\n3, 35 MiB, [N/A], Enabled\n",
  );
  const bare = (await ask(fields, "--format=csv,noheader,nounits", "-i", "0")).out;
  expect(bare).toBe("0, 1000, 50, Disabled\n");
});

test("a field that does not exist is refused with exit status 2", async () => {
  const refused = await ask("--query-gpu=index,hats", "--format=csv");
  expect(refused).toMatchObject({ status: 2, out: 'Field "hats" is not a valid field to query.\n\n' });
});

test("XML: slices with their instances, processes with theirs, names that need escaping", async () => {
  const slice = gpus.devices[4]!;
  gpus.addProcess(slice, { pid: 4711, memoryMiB: 3000, name: "python3, a<b\nsecond line" });
  gpus.addProcess(gpus.devices[1]!, { pid: 4712, memoryMiB: 100 });
  const { gpu } = new XMLParser().parse((await ask("-q", "-x")).out).nvidia_smi_log;
  expect(gpu).toHaveLength(4);
  expect(gpu[0].mig_devices).toBe("None");
  expect(gpu[1].processes.process_info).toMatchObject({ pid: 4712, gpu_instance_id: "N/A" });
  expect(
    gpu[3].mig_devices.mig_device.map((one: { gpu_instance_id: number }) => one.gpu_instance_id),
  ).toEqual([1, 3, 9, 10]);
  expect(gpu[3].mig_devices.mig_device[1].fb_memory_usage.used).toBe("3000 MiB");
  expect(gpu[3].utilization.gpu_util).toBe("N/A");
  expect(gpu[3].processes.process_info).toMatchObject({
    pid: 4711,
    gpu_instance_id: 3,
    compute_instance_id: 0,
    process_name: "python3, a<b\nsecond line",
    used_memory: "3000 MiB",
  });
});

test("mig -lgi tells where each slice lies; mig -lgip that nothing more fits", async () => {
  const placements = [...(await ask("mig", "-lgi")).out.matchAll(/MIG (\S+) .* (\d+:\d+) /g)];
  expect(placements.map(([, profile, at]) => `${profile} ${at}`)).toEqual([
    "3g.20gb 4:4",
    "2g.10gb 0:2",
    "1g.5gb 2:1",
    "1g.5gb 3:1",
  ]);
  expect((await ask("mig", "-lgip")).out).toMatch(/MIG 1g\.5gb +19 +0\/7 /);
});

test("the table a person reads is as straight as the real one", async () => {
  gpus.addProcess(gpus.devices[0]!, { pid: 99, memoryMiB: 21000, name: "/opt/venv/bin/python3" });
  gpus.setLoad(gpus.devices[3]!, { usePercent: 100, memoryMiB: 20000 });
  const lines = (await ask()).out.trimEnd().split("\n").slice(1).filter(Boolean);
  expect(new Set(lines.map((line) => line.length))).toEqual(new Set([91]));
  expect(lines.join("\n")).toMatch(/ 0 +N\/A +N\/A +99 +C +\/opt\/venv\/bin\/python3 +21000MiB/);
});

test("topo -m: how each pair is joined", async () => {
  const rows = (await ask("topo", "-m")).out.split("\n").filter((line) => /^GPU/.test(line));
  expect(rows[1]).toBe("GPU1\tNV4\t X \tNV4\tNV4\t0-31\t0\t\tN/A");
});

test("a device can go and come back", async () => {
  gpus.takeAway(gpus.devices[0]!);
  gpus.takeAway(gpus.devices[3]!);
  expect((await ask("-L")).out.trimEnd().split("\n")).toHaveLength(6);
  gpus.bringBack(gpus.devices[0]!);
  gpus.bringBack(gpus.devices[3]!);
  expect((await ask("-L")).out.trimEnd().split("\n")).toHaveLength(8);
});

test("it can lose its driver, and it can hang", async () => {
  gpus.setAnswers("fail");
  expect(await ask("-L")).toMatchObject({ status: 9 });
  gpus.setAnswers("hang");
  expect(await ask("-L")).toMatchObject({ status: "killed", out: "" });
});

test("use by a holder moves with time, and is the same at the same instant", async () => {
  gpus.setBusyWhenHeld(true);
  await writeFile(join(dir, "held", gpus.devices[0]!), `${process.pid} ${await startedAt(process.pid)}\n`);
  const seen = new Set<string>();
  for (const second of [1000, 1030, 1060, 1000]) {
    gpus.setClock(second);
    seen.add((await ask("--query-gpu=utilization.gpu", "--format=csv,noheader", "-i", "0")).out);
  }
  expect(seen.size).toBe(3);
  // A process of that number that started at another time is another process.
  await writeFile(join(dir, "held", gpus.devices[0]!), `${process.pid} 1\n`);
  expect((await ask("--query-compute-apps=pid", "--format=csv,noheader")).out).toBe("");
});

test("640 GPUs are answered in one go", async () => {
  const other = join(dir, "many");
  const cuts = Array.from({ length: 640 }, (): GpuCut => "whole");
  const many = gpuSimulator({ dir: other, server: gpuServer({ seed: "many", cuts }) });
  expect(new Set(many.devices).size).toBe(640);
  const { out } = await askOf(many, "--query-gpu=uuid", "--format=csv,noheader");
  expect(out.trimEnd().split("\n")).toEqual(many.devices);
});

type Answer = { status: number | string; out: string };

function ask(...args: string[]): Promise<Answer> {
  return askOf(gpus, ...args);
}

function askOf({ nvidiaSmi }: GpuSimulator, ...args: string[]): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(nvidiaSmi, args, { timeout: 5000, killSignal: "SIGKILL" }, (error, out) => {
      resolve({ status: error ? (error.killed ? "killed" : (error.code ?? 1)) : 0, out });
    });
  });
}

async function startedAt(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /, "").split(" ")[19]!;
}
