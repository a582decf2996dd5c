import type { Config } from "../config.ts";
import { toSettings } from "../config.ts";
import type { Engine } from "../engine/engine.ts";
import type { Host } from "../host/host.ts";
import { workspacesRootOf } from "../host/workspaces.ts";
import { type Catalogue, houseImages } from "../images/catalogue.ts";
import type { PostgresFacts } from "../ledger/facts.ts";
import type { Policy } from "../policy/policy.ts";
import type { Clock, Random } from "../world.ts";
import { buildNetworkCheck } from "./build-network.ts";
import { clockCheck } from "./clock.ts";
import { diskCheck } from "./disk.ts";
import { engineCheck } from "./engine.ts";
import type { Check } from "./finding.ts";
import { firewallCheck } from "./firewall.ts";
import { gpuCheck } from "./gpu-binding.ts";
import { inotifyCheck } from "./inotify.ts";
import { postgresCheck } from "./postgres.ts";
import type { Bench } from "./probe-container.ts";
import { registryLoginsCheck } from "./registry-logins.ts";
import { signalsCheck } from "./signals.ts";
import { type SlackSays, slackCheck } from "./slack.ts";
import { sshPortsCheck } from "./ssh-ports.ts";
import { workspacesCheck } from "./workspaces.ts";

/** Everything the doctor looks at. */
export type Patient = {
  config: Config;
  policy: Policy;
  catalogue: Catalogue;
  /** Of the instance `doctorInstance(settings)`: whatever it makes, no bot takes for its own. */
  engine: Engine;
  host: Host;
  clock: Clock;
  random: Random;
  slack: () => Promise<SlackSays>;
  /** undefined without DATABASE_URL. */
  postgres: (() => Promise<PostgresFacts>) | undefined;
};

/** All of `berth doctor`, in the order they are printed. Safe beside a bot that runs. */
export function allChecks(patient: Patient): Check[] {
  const { config, policy, engine, host } = patient;
  const settings = toSettings(config);
  return [
    engineCheck(engine, config.gpus),
    gpuCheck(benchOf(patient), host, config.gpus),
    ...sudoChecks(patient),
    buildNetworkCheck(benchOf(patient)),
    signalsCheck(benchOf(patient)),
    sshPortsCheck(settings, host, engine),
    diskCheck(
      { "members' files": workspacesRootOf(policy.workspace_path), "keys and the ledger": settings.stateDir },
      policy.disk,
    ),
    imagesDisk(patient),
    registryLoginsCheck(settings),
    clockCheck(),
    postgresCheck(patient.postgres, settings.stateDir),
    slackCheck(patient.slack),
  ];
}

/** Those that decide whether members may be root in their containers; `berth start` makes them every time. */
export function sudoChecks(patient: Patient): Check[] {
  return [
    workspacesCheck(workspacesRootOf(patient.policy.workspace_path)),
    inotifyCheck(),
    firewallCheck(benchOf(patient), patient.config.network.bridge),
  ];
}

function benchOf({ config, catalogue, engine, clock, random }: Patient): Bench {
  const images = houseImages(catalogue).map(({ image }) => image);
  return { engine, settings: toSettings(config), images, clock, random };
}

/** The engine says where its images lie, so it is asked first. */
function imagesDisk({ engine, policy }: Patient): Check {
  return {
    what: "disk",
    run: async () =>
      diskCheck({ "images and containers": (await engine.facts()).rootDir }, policy.disk).run(),
  };
}
