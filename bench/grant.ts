import type pg from "pg";
import { deploy } from "../src/containers/deploy.ts";
import { move } from "../src/containers/move.ts";
import { retire } from "../src/containers/stop.ts";
import { watchNode } from "../src/jobs/watch-node.ts";
import type { ActiveMember } from "../src/ledger/schema.ts";
import { type MemoryWorld, memoryWorld } from "../test/support/memory-world.ts";
import type { Bench } from "./bench.ts";
import { grantFloor } from "./grant-floor.ts";
import { fillHistory } from "./history.ts";
import { inTurns, type Pair, timed } from "./pairs.ts";
import { connect, type Postgres, startPostgres } from "./postgres.ts";

const generous = `
enrol: open
defaults: { cpus: 1, memory_gib: 1, shm_gib: 0.25 }
groups:
  student: { max_gpu_equivalents: null, max_gpus_per_container: null, max_containers: null, max_memory_gib_total: null }
`;

/**
 * From the wish to the committed grant: `deploy()` for a member's new project, on an empty ledger, on one with 600 open
 * leases on 640 devices, and on one with a million of everything that ever was.
 */
export const grant: Bench = {
  rows: ["grant.empty", "grant.600", "grant.history1m"],
  async run(wanted, say, cleanUp) {
    const postgres = await startPostgres();
    cleanUp(() => postgres.stop());
    const pairs: Pair[] = [];
    for (const name of wanted) {
      const begun = performance.now();
      const ledger = await openLedger(postgres, name.replace(".", "_"), name === "grant.600" ? 640 : 8);
      cleanUp(ledger.close);
      if (name === "grant.600") await holdDevices(ledger, 600);
      if (name === "grant.history1m") await fillHistory(ledger.client, 1_000_000);
      await ledger.client.query("vacuum analyze");
      pairs.push(await pairOn(name, ledger));
      say(`${name}: its ledger is filled (${((performance.now() - begun) / 1000).toFixed(0)} s)`);
    }
    // What the filling left to write must not be written while it is measured.
    const client = await connect(await postgres.database("last"));
    await client.query("checkpoint");
    await client.end();
    return inTurns(pairs, { rounds: 200, warmUp: 10, say });
  },
};

type Ledger = { world: MemoryWorld; client: pg.Client; close: () => Promise<void> };

async function openLedger(postgres: Postgres, name: string, gpus: number): Promise<Ledger> {
  const url = await postgres.database(name);
  const world = await memoryWorld(url, { gpus, policy: generous });
  const client = await connect(url);
  const close = async () => {
    await client.end();
    await world.end();
  };
  // Nothing is granted before the machine was looked at once. The jobs are not started: only the grant is measured.
  await watchNode(world.node, 1000).run(world, new AbortController().signal);
  return { world, client, close };
}

async function pairOn(name: string, { world, client }: Ledger): Promise<Pair> {
  const ana = await world.member("ana");
  let asked = 0;
  return {
    name,
    floor: await grantFloor(client, ana.id),
    async ours() {
      asked += 1;
      const project = `p${asked}`;
      const milliseconds = await timed(() => deployAt(world, ana, project));
      await retireNow(world, ana, project);
      // What it is decided from stays the same from round to round.
      await client.query("update projects set ssh_port = null where member_id = $1", [ana.id]);
      await client.query("update outbox set sent_at = now() where sent_at is null");
      return milliseconds;
    },
  };
}

async function deployAt(world: MemoryWorld, by: ActiveMember, project: string): Promise<void> {
  const { container } = await deploy(world, {
    by,
    requestId: `${by.handle} ${project}`,
    project,
    wish: { kind: "gpu", count: 1 },
  });
  if (container.state !== "starting") throw new Error(`it was not granted: ${container.waitsFor}`);
}

async function retireNow(world: MemoryWorld, by: ActiveMember, project: string): Promise<void> {
  const { container } = await retire(world, { by, which: { project } });
  for (let tries = 0; tries < 5; tries++) {
    if ((await move(world, container.id, new AbortController().signal)) === "done") return;
  }
  throw new Error(`${container.name} could not be retired`);
}

/** Six containers with a GPU each for every member, as a large lab would have them. */
async function holdDevices({ world, client }: Ledger, devices: number): Promise<void> {
  const each = 6;
  for (let holder = 1; holder <= devices / each; holder++) {
    const member = await world.member(`m${holder}`);
    for (let number = 1; number <= each; number++) await deployAt(world, member, `p${number}`);
  }
  await client.query("update containers set state = 'running'");
  await client.query("update outbox set sent_at = now()");
}
