import Docker from "dockerode";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { command } from "../../src/demo/engine/command.ts";
import { type Bed, bed } from "../support/bed.ts";

let shared: Bed;

beforeAll(async () => {
  shared = await bed();
});
beforeEach(() => shared.clear());

test("a container is given exactly the devices it asked for, numbered from 0", async () => {
  const [, second, , slice] = shared.gpus.devices as [string, string, string, string];
  const parent = shared.gpus.server.gpus[3]!.uuid;
  expect(await inContainer([second, slice], "nvidia-smi -L; ls -1d /dev/nvidia[0-9]*")).toEqual([
    `GPU 0: NVIDIA A100-SXM4-40GB (UUID: ${second})`,
    `GPU 1: NVIDIA A100-SXM4-40GB (UUID: ${parent})`,
    `  MIG 3g.20gb     Device  0: (UUID: ${slice})`,
    "/dev/nvidia1",
    "/dev/nvidia3",
  ]);
});

test("a container without devices has no nvidia-smi and no device files", async () => {
  const seen = await inContainer([], "command -v nvidia-smi || echo none; ls /dev | grep -c nvidia");
  expect(seen).toEqual(["none", "0"]);
});

test("asking for all gives all, and what a test sets is seen inside at once", async () => {
  const [first] = shared.gpus.devices as [string];
  shared.gpus.setLoad(first, { usePercent: 73, memoryMiB: 12345 });
  const seen = await inContainer(
    ["all"],
    "nvidia-smi -L | grep -c UUID; nvidia-smi -i 0 --query-gpu=utilization.gpu,memory.used --format=csv,noheader",
  );
  expect(seen).toEqual(["8", "73 %, 12345 MiB"]);
});

test("a device that is not there can't be had: the container does not start, in words", async () => {
  const [first] = shared.gpus.devices as [string];
  shared.gpus.takeAway(first);
  await expect(inContainer([first], "true")).rejects.toThrow(`${first}: unknown device`);
  await expect(inContainer(["GPU-of-nobody"], "true")).rejects.toThrow("GPU-of-nobody: unknown device");
  shared.gpus.bringBack(first);
  expect(await inContainer([first], "nvidia-smi -L | wc -l")).toEqual(["1"]);
});

test("a held device is busy by the container's first process, until the container ends", async () => {
  shared.gpus.setBusyWhenHeld(true);
  const slice = shared.gpus.devices[4]!;
  const container = await make([slice], "sleep 600");
  await container.start();
  const { Pid } = (await container.inspect()).State;
  const ask = [shared.gpus.nvidiaSmi, "--query-compute-apps=pid,gpu_uuid", "--format=csv,noheader"];
  // On a slice the driver names the GPU it is cut from.
  expect(await command(ask)).toBe(`${Pid}, ${shared.gpus.server.gpus[3]!.uuid}\n`);
  await container.kill();
  await container.wait();
  expect(await command(ask)).toBe("");
  shared.gpus.setBusyWhenHeld(false);
});

async function make(devices: string[], line: string): Promise<Docker.Container> {
  const docker = new Docker({ socketPath: shared.socketPath });
  const request = devices[0] === "all" ? { Count: -1 } : { Count: 0, DeviceIDs: devices };
  return docker.createContainer({
    Image: shared.imageRef,
    Cmd: ["sh", "-c", line],
    Tty: true,
    HostConfig: {
      DeviceRequests: devices.length > 0 ? [{ Driver: "", ...request, Capabilities: [["gpu"]] }] : [],
    },
  });
}

async function inContainer(devices: string[], line: string): Promise<string[]> {
  const container = await make(devices, line);
  await container.start();
  await container.wait();
  const text = (await container.logs({ stdout: true, stderr: true })).toString();
  return text.trimEnd().split("\r\n");
}
