import { when } from "../sentence.ts";
import type { Limits } from "./keys.ts";

type Words = {
  /** What a person reads, small enough for an option of a select. */
  name: string;
  /** Behind a number: " GB", " h". */
  unit?: string;
};

/** Every limit in the words of people. */
export const limitWords: Record<keyof Limits, Words> = {
  max_gpu_equivalents: { name: "GPUs at once" },
  max_gpus_per_container: { name: "GPUs in one container" },
  whole_gpus: { name: "whole GPUs, not slices only" },
  max_containers: { name: "containers at once" },
  max_waiting: { name: "requests in the line" },
  cpus: { name: "CPUs of a container" },
  memory_gib: { name: "memory of a container", unit: " GB" },
  shm_gib: { name: "shared memory of a container", unit: " GB" },
  pids: { name: "processes of a container" },
  layer_gib: { name: "space outside /workspace", unit: " GB" },
  max_memory_gib_total: { name: "memory of all containers", unit: " GB" },
  max_images: { name: "images" },
  image_gib: { name: "space for images", unit: " GB" },
  workspace_gib: { name: "space for files", unit: " GB" },
  default_hours: { name: "hours a container gets unasked", unit: " h" },
  max_runtime_h: { name: "longest run", unit: " h" },
  idle_timeout_h: { name: "time until a container counts as idle", unit: " h" },
  idle_cap_h: { name: "longest idle time", unit: " h" },
  no_show_m: { name: "time to sign in after a start", unit: " min" },
  gpu_hold_after_stop_h: { name: "time a GPU is kept after a stop", unit: " h" },
  container_hold_after_stop_h: { name: "time a stopped container is kept", unit: " h" },
  extension_gpu_h_per_7d: { name: "extension budget a week", unit: " GPU-hours" },
  sudo: { name: "sudo" },
  ptrace: { name: "debuggers such as py-spy and gdb" },
  ssh_agent: { name: "forwarding of the SSH agent" },
};

/** "4", "96 GB", "unlimited", "yes" */
export function valueInWords(key: keyof Limits, value: number | boolean | null): string {
  if (value === null) return "unlimited";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return `${Math.round(value * 100) / 100}${limitWords[key].unit ?? ""}`;
}

/** "GPUs at once: 4" */
export function limitInWords(key: keyof Limits, value: number | boolean | null): string {
  return `${limitWords[key].name}: ${valueInWords(key, value)}`;
}

/** "until Friday 18:00", "until an admin takes it back" */
export function untilInWords(until: Date | null): string {
  return until === null ? "until an admin takes it back" : `until ${when(until)}`;
}
