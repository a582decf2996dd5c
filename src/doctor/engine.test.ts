import { expect, test } from "vitest";
import { troubles } from "../../test/support/troubles.ts";
import type { EngineFacts } from "../engine/engine.ts";
import { judgeEngine } from "./engine.ts";

const engine: EngineFacts = {
  kind: "docker",
  version: "28.3.1",
  apiVersion: "1.51",
  cgroupDriver: "cgroupfs",
  cgroupVersion: "2",
  liveRestore: true,
  defaultRuntime: "runc",
  runtimes: ["runc", "nvidia"],
  cdi: true,
  rootDir: "/var/lib/docker",
  cpus: 64,
  memoryBytes: 2 ** 39,
  storageDriver: "overlay2",
  securityOptions: ["name=seccomp,profile=builtin"],
  buildBridge: { name: "docker0", neighbours: false },
};

test("an engine that is as it should be has no trouble", () => {
  expect(troubles(judgeEngine(engine, "nvidia"))).toEqual([]);
  expect(troubles(judgeEngine(engine, "cdi"))).toEqual([]);
});

test.each<[string, Partial<EngineFacts>, "nvidia" | "cdi" | "simulated", RegExp]>([
  ["podman is refused by its name", { kind: "podman" }, "nvidia", /^✗ engine: This is podman, not Docker/],
  ["an engine that enforces no limits", { cgroupDriver: "none" }, "simulated", /^✗ .*no cgroup driver/],
  ["an old engine works", { version: "20.10.24+dfsg1" }, "simulated", /^! .*20\.10\.24/],
  ["an older one does not", { version: "19.03.15" }, "simulated", /^✗ .*too old/],
  ["a restart that ends everybody's work", { liveRestore: false }, "nvidia", /^! .*live-restore/],
  ["GPUs that a reload takes away", { cgroupDriver: "systemd" }, "nvidia", /^! .*daemon-reload/],
  ["control groups of yesterday", { cgroupVersion: "1" }, "nvidia", /^! .*v1/],
  ["every GPU to everybody", { defaultRuntime: "nvidia" }, "nvidia", /^! .*gets every GPU/],
  ["no NVIDIA runtime", { runtimes: ["runc"] }, "nvidia", /^! .*nvidia-ctk runtime configure/s],
  ["CDI asked for and off", { cdi: false }, "cdi", /^✗ .*CDI is off/],
  ["an engine without root", { securityOptions: ["name=rootless"] }, "nvidia", /^✗ .*without root/],
])("%s", (_sentence, more, gpus, words) => {
  expect(troubles(judgeEngine({ ...engine, ...more }, gpus))).toEqual([expect.stringMatching(words)]);
});

test("the systemd driver is no trouble where CDI gives the GPUs", () => {
  expect(troubles(judgeEngine({ ...engine, cgroupDriver: "systemd" }, "cdi"))).toEqual([]);
});
