import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { realpath } from "node:fs/promises";
import pino from "pino";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { chooseAddresses, inNamespace } from "../../src/demo/engine/network.ts";
import { buildNetworkCheck } from "../../src/doctor/build-network.ts";
import { engineCheck } from "../../src/doctor/engine.ts";
import { firewallCheck, type OpenPort } from "../../src/doctor/firewall.ts";
import { gpuCheck } from "../../src/doctor/gpu-binding.ts";
import { type Bench, doctorInstance } from "../../src/doctor/probe-container.ts";
import { signalsCheck } from "../../src/doctor/signals.ts";
import { workspacesCheck } from "../../src/doctor/workspaces.ts";
import { dockerEngine } from "../../src/engine/docker.ts";
import { linuxHost } from "../../src/host/linux.ts";
import { makeRandom } from "../../src/random.ts";
import type { Settings } from "../../src/world.ts";
import { type Bed, bed, bedDir } from "../support/bed.ts";

/** The doctor's checks that need a container, on a real engine with simulated GPUs. */
const bridge = "br-doctor";
const settings: Settings = {
  instance: "examined",
  sshHost: "gpu1.example.org",
  sshBind: "0.0.0.0",
  sshPorts: { first: 22000, last: 22999 },
  sshJump: undefined,
  stateDir: "/var/lib/berth",
  admins: [],
  adminChannel: undefined,
  boardChannel: undefined,
};

let here: Bed;
let bench: Bench;
let inEnginesNetwork: string[];

beforeAll(async () => {
  here = await bed();
  inEnginesNetwork = inNamespace(await chooseAddresses(await realpath(bedDir())));
  bench = {
    engine: engineAt(here.socketPath),
    settings,
    images: ["nowhere/nothing:1", here.imageRef],
    clock: wallClock,
    random: makeRandom(),
  };
});
beforeEach(() => here.clear());

test("one GPU is given to a container, which sees that one and no other, and nothing is left", async () => {
  const host = linuxHost({
    nvidiaSmi: here.gpus.nvidiaSmi,
    workspacesRoot: here.workspacesRoot,
    clock: wallClock,
  });
  const findings = await gpuCheck(bench, host, "simulated").run();
  expect(findings.map(({ level, says }) => [level, says])).toEqual([
    ["ok", expect.stringMatching(/^4 × NVIDIA A100/)],
    ["ok", "A container that is given one GPU sees that one and no other."],
  ]);
  expect(await bench.engine.list()).toEqual([]);
});

test("a container that sees another device than it was given is a fault", async () => {
  const host = linuxHost({
    nvidiaSmi: here.gpus.nvidiaSmi,
    workspacesRoot: here.workspacesRoot,
    clock: wallClock,
  });
  const reading = await host.readGpus();
  const wrong = here.gpus.devices[1] ?? "";
  // The engine is asked for the second GPU while the host says that the first one has that name.
  const gpus = reading.gpus.slice(0, 1).map((gpu) => ({ ...gpu, uuid: `${wrong}-not-there` }));
  const lying = { ...host, readGpus: async () => ({ ...reading, gpus, processes: [] }) };
  const findings = await gpuCheck(bench, lying, "simulated").run();
  expect(findings.at(-1)).toMatchObject({ level: "fault", mend: expect.stringMatching(/nvidia-ctk/) });
  expect(await bench.engine.list()).toEqual([]);
});

test("where no image is there nothing is tried, nothing is pulled, and that is said", async () => {
  const host = linuxHost({
    nvidiaSmi: here.gpus.nvidiaSmi,
    workspacesRoot: here.workspacesRoot,
    clock: wallClock,
  });
  const findings = await gpuCheck({ ...bench, images: ["nowhere/nothing:1"] }, host, "simulated").run();
  expect(findings.at(-1)).toMatchObject({
    level: "warning",
    mend: expect.stringMatching(/^docker pull nowhere\/nothing:1/),
  });
});

test("services of the host are closed to containers, and the doctor sees it when they are not", async () => {
  const closed = await firewallCheck(bench, bridge, openInEnginesNetwork).run();
  expect(closed[0]).toMatchObject({
    level: "ok",
    says: "A container does not reach services of this host.",
    forSudo: true,
  });
  const letIn = ["-w", "10", "-i", bridge, "-j", "ACCEPT"];
  iptables("-I", "INPUT", ...letIn);
  try {
    const open = await firewallCheck(bench, bridge, openInEnginesNetwork).run();
    expect(open[0]).toMatchObject({
      level: "fault",
      says: "A container reaches services of this host.",
      forSudo: true,
    });
  } finally {
    iptables("-D", "INPUT", ...letIn);
  }
});

test("services of the host are closed to builds, and the doctor sees it when they are not", async () => {
  const closed = await buildNetworkCheck(bench, openInEnginesNetwork).run();
  expect(closed).toMatchObject([
    { level: "ok", what: "builds", says: "A build does not reach services of this host." },
    { what: "builds" },
    { level: "ok", says: "Builds don't reach each other." },
  ]);
  const { buildBridge } = await bench.engine.facts();
  const letIn = ["-w", "10", "-i", buildBridge?.name ?? "", "-j", "ACCEPT"];
  iptables("-I", "INPUT", ...letIn);
  try {
    const open = await buildNetworkCheck(bench, openInEnginesNetwork).run();
    expect(open[0]).toMatchObject({
      level: "fault",
      says: "A build reaches services of this host.",
      mend: expect.stringContaining("iptables -I INPUT -i docker0"),
    });
  } finally {
    iptables("-D", "INPUT", ...letIn);
  }
  const left = (await bench.engine.diskUse()).images.filter(
    ({ labels }) => labels["berth.instance"] === doctorInstance(settings),
  );
  expect(left).toEqual([]);
});

test("processor, memory, network and typed input of a container can be read from outside", async () => {
  expect(await signalsCheck(bench).run()).toMatchObject([{ level: "ok" }]);
});

test("from where containers' processes are not seen that is said", async () => {
  expect(await signalsCheck(bench, "/proc/self/task").run()).toMatchObject([
    { level: "warning", says: expect.stringMatching(/processes of containers are not seen/) },
  ]);
});

test("the bed's workspaces are mounted as they have to be", async () => {
  expect(await workspacesCheck(here.workspacesRoot).run()).toMatchObject([{ level: "ok", forSudo: true }]);
});

test("an engine is told by its version; one that does not answer is a fault with a command", async () => {
  expect(await engineCheck(bench.engine, "simulated").run()).toContainEqual(
    expect.objectContaining({ says: expect.stringMatching(/^Docker \d+/) }),
  );
  expect(await engineCheck(engineAt("/nowhere/docker.sock"), "simulated").run()).toMatchObject([
    { level: "fault", mend: expect.stringMatching(/systemctl enable --now docker/) },
  ]);
});

function engineAt(socketPath: string) {
  return dockerEngine({
    dockerHost: `unix://${socketPath}`,
    instance: doctorInstance(settings),
    network: { name: "berth-doctor", bridge },
    cgroupParent: "berth-doctor",
    gpus: "simulated",
    mountRoots: () => ({ writable: [], readOnly: [] }),
    clock: wallClock,
    log: pino({ level: "silent" }),
  });
}

/** The bed's engine has a network of its own: "this host" is in there. */
async function openInEnginesNetwork(): Promise<OpenPort> {
  const [program = "", ...args] = inEnginesNetwork;
  const serve = `require("net").createServer((s) => s.destroy()).listen(0, "0.0.0.0", function () { console.log(this.address().port) })`;
  const child = spawn(program, [...args, process.execPath, "-e", serve], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 60_000,
  });
  const [line] = await once(child.stdout, "data");
  return {
    port: Number(line),
    async close() {
      child.kill();
      await once(child, "exit");
    },
  };
}

function iptables(...args: string[]): void {
  const [program = "", ...prefix] = inEnginesNetwork;
  execFileSync(program, [...prefix, "iptables", ...args], { timeout: 20_000 });
}
