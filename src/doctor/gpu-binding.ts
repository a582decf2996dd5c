import type { GpuBinding } from "../engine/body.ts";
import { HostSilent } from "../errors.ts";
import type { GpuReading, Host } from "../host/host.ts";
import { parseList } from "../host/parse.ts";
import { type Check, type Finding, fault, ok, warning } from "./finding.ts";
import { type Bench, withProbe } from "./probe-container.ts";

const what = "GPUs";

/** Reads the GPUs, gives one to a container, and looks at what is seen inside. */
export function gpuCheck(bench: Bench, host: Host, gpus: GpuBinding): Check {
  return {
    what,
    async run() {
      let reading: GpuReading;
      try {
        reading = await host.readGpus();
      } catch (error) {
        if (!(error instanceof HostSilent)) throw error;
        return [
          fault(
            what,
            error.message,
            "nvidia-smi    must list the GPUs: install or repair NVIDIA's driver, or reboot after an upgrade of it.",
          ),
        ];
      }
      const device = anyDevice(reading);
      const findings = judgeReading(reading);
      if (device === undefined) return findings;
      return [...findings, await tryBinding(bench, device, gpus)];
    },
  };
}

export function judgeReading({ driver, gpus }: GpuReading): Finding[] {
  if (gpus.length === 0)
    return [
      warning(
        what,
        "There is no GPU on this machine: members get containers without.",
        "nvidia-smi -L    should list them.",
      ),
    ];
  const names = [...Map.groupBy(gpus, ({ model }) => model)].map(
    ([model, all]) => `${all.length} × ${model}`,
  );
  const uncut = gpus
    .filter(({ migEnabled, slices }) => migEnabled && slices.length === 0)
    .map(({ index }) => index);
  const unplaced = gpus
    .filter(({ slices }) => slices.some(({ placement }) => placement === undefined))
    .map(({ index }) => index);
  const findings = [ok(what, `${names.join(", ")}; driver ${driver}.`)];
  if (uncut.length > 0)
    findings.push(
      warning(
        what,
        `GPU ${uncut.join(", ")} has MIG on and no slices: nobody can be given it.`,
        "nvidia-smi mig -cgi 3g.20gb,3g.20gb -C    (the profiles you want), or: nvidia-smi -mig 0",
      ),
    );
  if (unplaced.length > 0)
    findings.push(
      warning(
        what,
        `Where the slices of GPU ${unplaced.join(", ")} lie is not told; they are known by their numbers.`,
        "nvidia-smi mig -lgi    works as root on the host itself, not in every container.",
      ),
    );
  return findings;
}

/** What a container sees that was given `device` and nothing else; `listed` is what `nvidia-smi -L` printed inside. */
export function judgeSeen(
  device: { uuid: string; isSlice: boolean },
  listed: { exitCode: number; output: string },
  gpus: GpuBinding,
): Finding {
  const inside = parseList(listed.output);
  const seen = device.isSlice
    ? inside.flatMap(({ slices }) => slices.map(({ uuid }) => uuid))
    : inside.map(({ uuid }) => uuid);
  if (seen.length === 1 && seen[0] === device.uuid)
    return ok(
      what,
      `A container that is given one ${device.isSlice ? "slice" : "GPU"} sees that one and no other.`,
    );
  if (seen.length > 1)
    return fault(
      what,
      `A container that was given one ${device.isSlice ? "slice" : "GPU"} sees ${seen.length}.`,
      'In /etc/docker/daemon.json no "default-runtime": "nvidia"; in /etc/nvidia-container-runtime/config.toml: accept-nvidia-visible-devices-envvar-when-unprivileged = false; then: systemctl restart docker',
    );
  const words = listed.output.trim().split("\n").at(-1) ?? "";
  return fault(
    what,
    `A container that was given one ${device.isSlice ? "slice" : "GPU"} does not see it (nvidia-smi -L: ${words || "nothing"}).`,
    mendBinding(gpus),
  );
}

async function tryBinding(
  bench: Bench,
  device: { uuid: string; isSlice: boolean },
  gpus: GpuBinding,
): Promise<Finding> {
  try {
    const listed = await withProbe(bench, [device.uuid], (probe) => probe.exec(["nvidia-smi", "-L"]));
    if (listed !== undefined) return judgeSeen(device, listed, gpus);
    return warning(
      what,
      "No image of the catalogue is on the engine yet, so giving a GPU to a container was not tried.",
      `docker pull ${bench.images[0] ?? "<an image with house: true in the catalogue>"} && berth doctor`,
    );
  } catch (error) {
    return fault(
      what,
      `A container could not be given a GPU: ${(error as Error).message}`,
      mendBinding(gpus),
    );
  }
}

function mendBinding(gpus: GpuBinding): string {
  if (gpus === "cdi")
    return "nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml --device-name-strategy=uuid && nvidia-ctk cdi list";
  return "apt-get install -y nvidia-container-toolkit && nvidia-ctk runtime configure --runtime=docker && systemctl restart docker";
}

/** One that nobody computes on if there is one: it is only looked at, but it should not be shown as somebody else's. */
function anyDevice({ gpus, processes }: GpuReading): { uuid: string; isSlice: boolean } | undefined {
  const busy = new Set(processes.map(({ gpuUuid }) => gpuUuid));
  const devices = [...gpus]
    .sort((a, b) => Number(busy.has(a.uuid)) - Number(busy.has(b.uuid)))
    .flatMap(({ uuid, migEnabled, slices }) =>
      migEnabled ? slices.map((slice) => ({ uuid: slice.uuid, isSlice: true })) : [{ uuid, isSlice: false }],
    );
  return devices[0];
}
