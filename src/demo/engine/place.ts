import { createHash } from "node:crypto";
import { join } from "node:path";

/** Where one bed lives: its folders, sockets, network names and addresses. All follow from its state folder alone. */
export type Place = {
  id: string;
  /** Kept between runs: images, containers, workspaces, the log. */
  stateDir: string;
  dataRoot: string;
  logPath: string;
  workspacesRoot: string;
  /** Gone after a stop or a reboot: sockets, pids, mounts. Short, because a socket's path may have 107 bytes. */
  runDir: string;
  socketPath: string;
  containerdSocketPath: string;
  namespace: string;
  hostLink: string;
  engineLink: string;
  /** The two ends of the cable between host and engine. Ports of containers are published on the engine's end. */
  hostAddress: string;
  engineAddress: string;
};

/** `attempt` moves the addresses on when something on the host has them already. */
export function placeOf(stateDir: string, attempt = 0): Place {
  const id = createHash("sha256").update(stateDir).digest("hex").slice(0, 8);
  const runDir = `/run/berth-${id}`;
  const { hostAddress, engineAddress } = addresses(id, attempt);
  return {
    id,
    stateDir,
    dataRoot: join(stateDir, "engine"),
    logPath: join(stateDir, "engine.log"),
    workspacesRoot: join(stateDir, "workspaces"),
    runDir,
    socketPath: `${runDir}/docker.sock`,
    containerdSocketPath: `${runDir}/containerd.sock`,
    namespace: `berth-${id}`,
    hostLink: `bh${id}`,
    engineLink: `be${id}`,
    hostAddress,
    engineAddress,
  };
}

/** One of the 16384 blocks of four addresses in 10.213.0.0/16. */
function addresses(id: string, attempt: number): { hostAddress: string; engineAddress: string } {
  const block = (Number.parseInt(id.slice(0, 4), 16) + attempt) % 16384;
  const [third, fourth] = [block >> 6, (block & 63) << 2];
  return { hostAddress: `10.213.${third}.${fourth + 1}`, engineAddress: `10.213.${third}.${fourth + 2}` };
}
