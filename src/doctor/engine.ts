import type { GpuBinding } from "../engine/body.ts";
import type { Engine, EngineFacts } from "../engine/engine.ts";
import { EngineSilent } from "../errors.ts";
import { type Check, type Finding, fault, ok, warning } from "./finding.ts";

const what = "engine";

export function engineCheck(engine: Engine, gpus: GpuBinding): Check {
  return {
    what,
    async run() {
      try {
        return judgeEngine(await engine.facts(), gpus);
      } catch (error) {
        if (!(error instanceof EngineSilent)) throw error;
        return [
          fault(
            what,
            error.message,
            "systemctl enable --now docker    (or DOCKER_HOST names another socket: ls -l /var/run/docker.sock)",
          ),
        ];
      }
    },
  };
}

/** What an engine says of itself. Whether it really gives a GPU to a container is tried, not read (gpu-binding.ts). */
export function judgeEngine(facts: EngineFacts, gpus: GpuBinding): Finding[] {
  if (facts.kind !== "docker")
    return [
      fault(
        what,
        `This is ${facts.kind}, not Docker; Berth's containers were never tried on it.`,
        "Install Docker Engine, and let DOCKER_HOST name its socket.",
      ),
    ];
  return [
    judgeVersion(facts),
    ...judgeControlGroups(facts, gpus),
    judgeLiveRestore(facts),
    ...judgeRootless(facts),
    ...judgeGpuSupport(facts, gpus),
  ];
}

function judgeVersion({ version }: EngineFacts): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major >= 24) return ok(what, `Docker ${version}.`);
  const mend =
    "Install Docker Engine 24 or newer from Docker's own packages: https://docs.docker.com/engine/install/";
  if (major > 20 || (major === 20 && minor >= 10))
    return warning(
      what,
      `Docker ${version} works in Berth's tests, but is not maintained any more; 24 or newer is what members should have.`,
      mend,
    );
  return fault(what, `Docker ${version} is too old.`, mend);
}

function judgeControlGroups({ cgroupDriver, cgroupVersion }: EngineFacts, gpus: GpuBinding): Finding[] {
  if (cgroupDriver === "none")
    return [
      fault(
        what,
        "It has no cgroup driver: limits of memory and processors would be shown and not enforced.",
        "Run Docker as root (not rootless), or on a machine with control groups v2.",
      ),
    ];
  const findings: Finding[] = [];
  if (cgroupDriver === "systemd" && gpus === "nvidia")
    findings.push(
      warning(
        what,
        "With the cgroup driver systemd, a systemctl daemon-reload can take the GPUs away from running containers.",
        'In /etc/docker/daemon.json: "exec-opts": ["native.cgroupdriver=cgroupfs"], then, with no container running: systemctl restart docker\nOr use CDI: BERTH_GPUS=cdi',
      ),
    );
  if (cgroupVersion === "1")
    findings.push(
      warning(
        what,
        "Control groups v1 work, but are on their way out.",
        "Boot with systemd.unified_cgroup_hierarchy=1 (it is the default of Debian 11, Ubuntu 22.04 and newer).",
      ),
    );
  return findings.length > 0
    ? findings
    : [ok(what, `Limits by control groups v${cgroupVersion}, driver ${cgroupDriver}.`)];
}

function judgeLiveRestore({ liveRestore }: EngineFacts): Finding {
  if (liveRestore) return ok(what, "Containers go on while Docker is restarted (live-restore).");
  return warning(
    what,
    "live-restore is off: every restart or upgrade of Docker ends everybody's work.",
    'In /etc/docker/daemon.json: "live-restore": true, then: systemctl reload docker',
  );
}

function judgeRootless({ securityOptions }: EngineFacts): Finding[] {
  if (!securityOptions.some((option) => option.includes("name=rootless"))) return [];
  return [
    fault(
      what,
      "It runs without root: it can't give workspaces to members' own user ids.",
      "Use the Docker Engine that runs as root: DOCKER_HOST=unix:///var/run/docker.sock",
    ),
  ];
}

function judgeGpuSupport({ cdi, runtimes, defaultRuntime }: EngineFacts, gpus: GpuBinding): Finding[] {
  const findings: Finding[] = [];
  if (gpus === "cdi" && !cdi)
    findings.push(
      fault(
        what,
        "BERTH_GPUS is cdi, and CDI is off in this Docker.",
        'In /etc/docker/daemon.json: "features": {"cdi": true}, then: systemctl restart docker    (Docker 25 or newer)',
      ),
    );
  if (gpus === "nvidia" && !runtimes.includes("nvidia"))
    findings.push(
      warning(
        what,
        "The NVIDIA runtime is not set up in it.",
        "apt-get install -y nvidia-container-toolkit && nvidia-ctk runtime configure --runtime=docker && systemctl restart docker",
      ),
    );
  if (defaultRuntime === "nvidia")
    findings.push(
      warning(
        what,
        "Its default runtime is nvidia: a container that somebody starts by hand gets every GPU, whoever holds them.",
        'In /etc/docker/daemon.json take out "default-runtime": "nvidia", then: systemctl restart docker',
      ),
    );
  return findings;
}
