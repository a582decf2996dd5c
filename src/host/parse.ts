import { stripVTControlCharacters } from "node:util";
import { XMLParser } from "fast-xml-parser";
import type { GpuLinks, MigSlice, PhysicalGpu } from "./host.ts";

/** What nvidia-smi prints, in values; pure. Formats seen from driver 535 to 595, whole GPUs and MIG. */

export type ListedGpu = {
  index: number;
  uuid: string;
  slices: { index: number; profile: string; uuid: string }[];
};

/** `nvidia-smi -L`: the only place that tells the UUIDs of slices. Lines it doesn't know (a GPU in trouble) are left out. */
export function parseList(text: string): ListedGpu[] {
  const gpus: ListedGpu[] = [];
  for (const line of text.split("\n")) {
    const gpu = /^GPU (\d+): .*\(UUID: (GPU-[^)\s]+)\)/.exec(line);
    if (gpu?.[1] !== undefined && gpu[2] !== undefined)
      gpus.push({ index: Number(gpu[1]), uuid: gpu[2], slices: [] });
    const slice = /^\s+MIG (\S+)\s+Device\s+(\d+):\s+\(UUID: (MIG-[^)\s]+)\)/.exec(line);
    if (slice?.[1] !== undefined && slice[3] !== undefined)
      gpus.at(-1)?.slices.push({ profile: slice[1], index: Number(slice[2]), uuid: slice[3] });
  }
  return gpus;
}

export type GpuPlacement = { gpuIndex: number; gpuInstanceId: number; start: number; size: number };

/** `nvidia-smi mig -lgi`: where each GPU instance lies on its GPU. */
export function parsePlacements(text: string): GpuPlacement[] {
  return text.split("\n").flatMap((line) => {
    const [, gpu, instance, start, size] =
      /^\|\s*(\d+)\s+MIG\s+\S+\s+\d+\s+(\d+)\s+(\d+):(\d+)\s*\|/.exec(line) ?? [];
    if (gpu === undefined || size === undefined) return [];
    return [
      { gpuIndex: Number(gpu), gpuInstanceId: Number(instance), start: Number(start), size: Number(size) },
    ];
  });
}

/** A process that computes, as nvidia-smi tells it; whose it is stands in /proc. */
export type ListedProcess = {
  pid: number;
  gpuUuid: string;
  gpuInstanceId: number | undefined;
  memoryMiB: number | undefined;
};

/**
 * `nvidia-smi -q -x` joined with `-L` and `mig -lgi`. Throws if the XML is cut off or no GPU's UUID can be read.
 * A slice that `-L` does not list is left out: without its UUID nobody can be given it.
 */
export function parseQuery(
  xml: string,
  listed: readonly ListedGpu[],
  placements: readonly GpuPlacement[],
): { driver: string; gpus: PhysicalGpu[]; processes: ListedProcess[] } {
  const log = readXml(xml);
  const known = (log.gpu ?? []).filter((gpu) => /^(GPU-\S+)$/.test(gpu.uuid ?? ""));
  const gpus = known.map((gpu, position) => {
    const list = listed.find(({ uuid }) => uuid === gpu.uuid);
    return physicalGpu(gpu, list ?? { index: position, uuid: gpu.uuid ?? "", slices: [] }, placements);
  });
  return {
    driver: log.driver_version ?? "unknown",
    gpus: gpus.sort((a, b) => a.index - b.index),
    processes: known.flatMap((gpu) => computing(gpu)),
  };
}

/** `nvidia-smi topo -m`: smaller is nearer; 0 is the best NVLink there is here, 5 is across the processors. */
export function parseTopology(text: string, listed: readonly ListedGpu[]): GpuLinks {
  // It underlines its first line even when nobody looks.
  const rows = stripVTControlCharacters(text)
    .split("\n")
    .map((line) => line.split("\t").map((cell) => cell.trim()));
  const header =
    rows.find((cells) => cells.includes("GPU0"))?.filter((cell) => /^(GPU|NIC)\d+$/.test(cell)) ?? [];
  const words = new Map<string, string>();
  for (const [name, ...cells] of rows) {
    const from = uuidOf(name ?? "", listed);
    if (from === undefined || cells.length < header.length) continue;
    for (const [i, column] of header.entries()) {
      const to = uuidOf(column, listed);
      if (to !== undefined && from < to) words.set(`${from} ${to}`, cells[i] ?? "");
    }
  }
  const bonded = (word: string) => Number(/^NV(\d+)$/.exec(word)?.[1] ?? 0);
  const best = Math.max(0, ...[...words.values()].map(bonded));
  return new Map(
    [...words].flatMap(([pair, word]) => {
      const links = bonded(word);
      const far = links > 0 ? (best - links) / 100 : distances[word];
      return far === undefined ? [] : [[pair, far] as const];
    }),
  );
}

const distances: Record<string, number> = { PIX: 1, PXB: 2, PHB: 3, NODE: 4, SYS: 5 };

function uuidOf(name: string, listed: readonly ListedGpu[]): string | undefined {
  const index = /^GPU(\d+)$/.exec(name)?.[1];
  return index === undefined ? undefined : listed.find((gpu) => gpu.index === Number(index))?.uuid;
}

function physicalGpu(gpu: XmlGpu, list: ListedGpu, placements: readonly GpuPlacement[]): PhysicalGpu {
  const migEnabled = gpu.mig_mode?.current_mig === "Enabled";
  return {
    uuid: list.uuid,
    index: list.index,
    model: gpu.product_name ?? "unknown GPU",
    memoryMiB: mebibytes(gpu.fb_memory_usage?.total) ?? 0,
    memoryUsedMiB: mebibytes(gpu.fb_memory_usage?.used) ?? 0,
    utilisationPercent: amount(gpu.utilization?.gpu_util, "%"),
    migEnabled,
    slices: migEnabled ? slicesOf(gpu, list, placements) : [],
  };
}

function slicesOf(gpu: XmlGpu, list: ListedGpu, placements: readonly GpuPlacement[]): MigSlice[] {
  return migDevices(gpu).flatMap((device) => {
    const index = Number(device.index);
    const listed = list.slices.find((slice) => slice.index === index);
    const gpuInstanceId = Number(device.gpu_instance_id);
    if (listed === undefined || !Number.isInteger(gpuInstanceId)) return [];
    const placement = placements.find(
      (one) => one.gpuIndex === list.index && one.gpuInstanceId === gpuInstanceId,
    );
    return [
      {
        uuid: listed.uuid,
        index,
        gpuInstanceId,
        profile: listed.profile,
        memoryMiB: mebibytes(device.fb_memory_usage?.total) ?? 0,
        memoryUsedMiB: mebibytes(device.fb_memory_usage?.used) ?? 0,
        placement: placement && { start: placement.start, size: placement.size },
      },
    ];
  });
}

/** Only what computes (`C`, `C+G`, `M+C`): a desktop that draws on a GPU (`G`) does not keep anybody from it. */
function computing(gpu: XmlGpu): ListedProcess[] {
  const processes = typeof gpu.processes === "object" ? (gpu.processes.process_info ?? []) : [];
  return processes.flatMap((process) => {
    const pid = Number(process.pid);
    if (!Number.isInteger(pid) || pid <= 0 || !(process.type ?? "C").includes("C")) return [];
    return [
      {
        pid,
        gpuUuid: gpu.uuid ?? "",
        gpuInstanceId: amount(process.gpu_instance_id, ""),
        memoryMiB: mebibytes(process.used_memory),
      },
    ];
  });
}

function mebibytes(text: string | undefined): number | undefined {
  return amount(text, "MiB");
}

/** `512 MiB`, `7 %`; undefined for `N/A`, `[Unknown Error]`, `ERR!`. */
function amount(text: string | undefined, unit: string): number | undefined {
  const [, number, of] = /^(\d+(?:\.\d+)?)\s*(\S*)$/.exec(text ?? "") ?? [];
  return number === undefined || of !== unit ? undefined : Number(number);
}

type Memory = { total?: string; used?: string };
type XmlMigDevice = { index?: string; gpu_instance_id?: string; fb_memory_usage?: Memory };
type XmlGpu = {
  uuid?: string;
  product_name?: string;
  fb_memory_usage?: Memory;
  utilization?: { gpu_util?: string };
  mig_mode?: { current_mig?: string };
  /** The text `None` where there are none. */
  mig_devices?: string | { mig_device?: XmlMigDevice[] };
  processes?:
    | string
    | { process_info?: { pid?: string; type?: string; gpu_instance_id?: string; used_memory?: string }[] };
};
type XmlLog = { driver_version?: string; gpu?: XmlGpu[] };

function migDevices(gpu: XmlGpu): XmlMigDevice[] {
  return typeof gpu.mig_devices === "object" ? (gpu.mig_devices.mig_device ?? []) : [];
}

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  processEntities: false,
  isArray: (name) => ["gpu", "mig_device", "process_info"].includes(name),
});

/** Names of processes are text of whoever runs them, and not always escaped: they go before anything is parsed. */
function readXml(xml: string): XmlLog {
  if (!xml.includes("</nvidia_smi_log>")) throw new Error("nvidia-smi's answer is cut off");
  const nameless = xml.replaceAll(/<process_name>[\s\S]*?<\/process_name>(?=\s*<used_memory>)/g, "");
  const { nvidia_smi_log: log } = parser.parse(nameless) as { nvidia_smi_log?: XmlLog };
  if (log === undefined || typeof log !== "object")
    throw new Error("nvidia-smi's answer is not what it should be");
  return log;
}
