import { probeSsh } from "./access/probe.ts";
import { wallClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { dockerEngine } from "./engine/docker.ts";
import { linuxHost } from "./host/linux.ts";
import { workspacesRootOf } from "./host/workspaces.ts";
import type { Log } from "./log.ts";
import type { Policy } from "./policy/policy.ts";
import type { Node } from "./world.ts";

/** The one machine there is at first: the one the bot runs on. */
export const nodeId = "gpu1";

/** Engine, GPUs and files of the machine the bot runs on. */
export function thisMachine(
  config: Config,
  policy: Policy,
  log: Log,
  instance = config.settings.instance,
): Node {
  const workspacesRoot = workspacesRootOf(policy.workspace_path);
  return {
    id: nodeId,
    engine: dockerEngine({
      dockerHost: config.dockerHost,
      instance,
      network: config.network,
      cgroupParent: "berth",
      gpus: config.gpus,
      mountRoots: () => ({
        writable: [
          workspacesRoot,
          ...policy.data_mounts.filter((mount) => mount.write.length > 0).map((mount) => mount.host),
        ],
        readOnly: [config.settings.stateDir, ...policy.data_mounts.map((mount) => mount.host)],
      }),
      clock: wallClock,
      log,
    }),
    host: linuxHost({ nvidiaSmi: "nvidia-smi", workspacesRoot, clock: wallClock }),
    latest: {},
    probeSsh: (target) => probeSsh(target, wallClock),
  };
}
