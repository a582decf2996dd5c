import { chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { ensureHostKey } from "../../src/access/host-key.ts";
import { type Instructions, instructions } from "../../src/access/instructions.ts";
import { parsePublicKey } from "../../src/access/keys.ts";
import { writeKeys } from "../../src/access/keys-file.ts";
import { probeSsh, type SshTarget } from "../../src/access/probe.ts";
import { writeScripts } from "../../src/access/scripts.ts";
import { wallClock } from "../../src/clock.ts";
import { containerSpec } from "../../src/containers/spec.ts";
import { dockerEngine } from "../../src/engine/docker.ts";
import type { ContainerSpec, Engine } from "../../src/engine/engine.ts";
import type { ContainerView } from "../../src/ledger/queries/container-views.ts";
import type { Settings } from "../../src/world.ts";
import type { Bed } from "../support/bed.ts";
import { testPolicy } from "../support/policy.ts";

/** The rooms below the ledger, put together by hand: a spec, an engine, keys and host keys, for ana's containers. */
export type Berth = {
  engine: Engine;
  settings: Settings;
  dataDir: string;
  /** Makes, starts and waits until SSH answers with the right key. */
  start(wish: Start): Promise<Started>;
  keys(...publicKeys: string[]): Promise<void>;
  close(): Promise<void>;
};

export type Start = {
  project: string;
  port: number;
  devices?: string[];
  sudo?: boolean;
  change?: (spec: ContainerSpec) => ContainerSpec;
};

export type Started = {
  id: string;
  spec: ContainerSpec;
  instructions: Instructions;
  workspace: string;
  hostKey: string;
};

const anaId = 11;
const anaUid = 20_011;

export async function berthOn(bed: Bed): Promise<Berth> {
  const stateDir = await mkdtemp(join(tmpdir(), "berth-state-"));
  const dataDir = join(stateDir, "datasets");
  await mkdir(dataDir, { mode: 0o755 });
  const settings: Settings = {
    instance: "access",
    sshHost: bed.sshAddress,
    sshBind: bed.sshAddress,
    sshPorts: { first: 22_100, last: 22_199 },
    sshJump: undefined,
    stateDir,
    admins: [],
    adminChannel: undefined,
    boardChannel: undefined,
  };
  const policy = testPolicy(`
notices: { sigterm_grace_s: 5 }
data_mounts: [{ host: ${dataDir}, name: sets }]
`);
  const engine = dockerEngine({
    dockerHost: `unix://${bed.socketPath}`,
    instance: settings.instance,
    network: { name: "berth-access", bridge: "br-access" },
    cgroupParent: "berth-access",
    gpus: "simulated",
    mountRoots: () => ({ writable: [bed.workspacesRoot], readOnly: [stateDir] }),
    clock: wallClock,
    log: pino({ level: "silent" }),
  });
  await writeScripts(stateDir);
  await engine.ensureNetwork();
  const image = await engine.image(bed.imageRef);
  if (!image) throw new Error("the bed has no image");

  return {
    engine,
    settings,
    dataDir,
    keys: (...texts) => writeKeys(stateDir, anaId, texts.map(parsePublicKey)),
    close: () => rm(stateDir, { recursive: true, force: true }),
    async start({ project, port, devices = [], sudo = true, change = (spec) => spec }) {
      const workspace = join(bed.workspacesRoot, "ana", project);
      await mkdir(workspace, { recursive: true, mode: 0o700 });
      await chown(workspace, anaUid, anaUid);
      const { publicKey } = await ensureHostKey(stateDir, port);
      const view = viewOf({ project, port, devices, sudo, workspace, hostKey: publicKey });
      const spec = change(
        containerSpec({ world: { settings, policy }, view, image, agentForwarding: false }),
      );
      const made = await engine.create(spec);
      if (!("id" in made)) throw new Error(`not made: ${made.is}`);
      const started = await engine.start(made.id);
      if (started === "gone" || started === "port-taken") throw new Error(`not started: ${started}`);
      await sshAnswers(engine, made.id, { address: bed.sshAddress, port, hostKey: publicKey });
      const shown = instructions(settings, view.member, view.project);
      return { id: made.id, spec, instructions: shown, workspace, hostKey: publicKey };
    },
  };
}

async function sshAnswers(engine: Engine, id: string, target: SshTarget): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if ((await probeSsh(target, wallClock)) === "ready") return;
    if (tries % 20 === 19 && (await engine.inspect(id))?.state !== "running") break;
    await wallClock.sleep(20);
  }
  throw new Error(`SSH does not answer; the container said: ${await engine.lastWords(id, 5)}`);
}

type Given = Required<Omit<Start, "change">> & { workspace: string; hostKey: string };

/** Rows as the ledger would have them, with what the spec reads. */
function viewOf({ project, port, devices, sudo, workspace, hostKey }: Given): ContainerView {
  const at = new Date();
  return {
    container: {
      id: port,
      run: 1,
      image: "house/demo",
      workspacePath: workspace,
      grantedAt: at,
      limits: { cpus: 1, memoryGiB: 0.5, shmGiB: 0.125, pids: 200, sudo, ptrace: false },
    },
    project: { id: port, name: project, sshPort: port, aliasId: `a${port}`, hostKey },
    member: { id: anaId, slackUserId: "UANA", handle: "ana", uid: anaUid, group: "student" },
    devices: devices.map((id) => ({ id })),
  } as unknown as ContainerView;
}
