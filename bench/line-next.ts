import type pg from "pg";
import { deploy } from "../src/containers/deploy.ts";
import { serveLine } from "../src/jobs/serve-line.ts";
import { watchNode } from "../src/jobs/watch-node.ts";
import { endLeases } from "../src/ledger/queries/leases.ts";
import { type MemoryWorld, memoryWorld } from "../test/support/memory-world.ts";
import type { Bench } from "./bench.ts";
import { grantFloor } from "./grant-floor.ts";
import { inTurns, timed } from "./pairs.ts";
import { connect, startPostgres } from "./postgres.ts";

const waiting = 500;
const gpus = 8;
const policy = `
enrol: open
defaults: { cpus: 1, memory_gib: 1, shm_gib: 0.25, max_waiting: null, max_containers: null }
`;

/** From the commit that ends a lease to the commit that gives its device to the first of 500 in the line. */
export const lineNext: Bench = {
  rows: ["line.next"],
  async run(_wanted, say, cleanUp) {
    const postgres = await startPostgres();
    cleanUp(() => postgres.stop());
    const url = await postgres.database("line_next");
    const world = await memoryWorld(url, { gpus, policy });
    cleanUp(() => world.end());
    const client = await connect(url);
    cleanUp(() => client.end());
    await watchNode(world.node, 1000).run(world, new AbortController().signal);
    await fill(world);
    await client.query("update outbox set sent_at = now()");
    await client.query("vacuum analyze");
    say(`${waiting} wait`);
    const ana = await world.member("ana");
    return inTurns(
      [
        {
          name: "line.next",
          floor: await grantFloor(client, ana.id),
          ours: () => freedToGranted(world, client),
        },
      ],
      { rounds: 200, warmUp: 10, say },
    );
  },
};

/** Whoever comes first has the devices; everybody after them waits, each member once. */
async function fill(world: MemoryWorld): Promise<void> {
  for (let n = 0; n < gpus + waiting; n++) {
    const by = await world.member(`m${n}`);
    await deploy(world, { by, requestId: `line ${n}`, project: "vision", wish: { kind: "gpu", count: 1 } });
  }
}

async function freedToGranted(world: MemoryWorld, client: pg.Client): Promise<number> {
  const held = await client.query<{ id: number; container_id: number }>(
    "select id, container_id from leases where ended_at is null order by id limit 1",
  );
  const lease = held.rows[0];
  if (!lease) throw new Error("nobody holds anything");
  const first = await client.query<{ id: number }>(
    "select id from containers where state = 'waiting' order by first_since nulls last, stands_at, id limit 1",
  );
  await world.ledger.transaction((tx) => endLeases(tx, lease.container_id, world.clock.now()));
  const milliseconds = await timed(() => serveLine.run(world, new AbortController().signal));
  const granted = await client.query<{ id: number }>(
    "select container_id as id from leases where ended_at is null and id > $1 order by id desc limit 1",
    [lease.id],
  );
  if (granted.rows[0]?.id !== first.rows[0]?.id)
    throw new Error("the device did not go to the first in the line");
  // What it is decided from stays the same from round to round.
  await client.query(
    `with back as (delete from leases where container_id = $1 and ended_at is null)
     update containers set state = 'waiting', granted_at = null, node_id = null, limits = null,
       waits_for = 'No GPU is free.' where id = $1`,
    [granted.rows[0]?.id],
  );
  await client.query("update leases set ended_at = null where id = $1", [lease.id]);
  await client.query(
    "update projects set ssh_port = null where id = (select project_id from containers where id = $1)",
    [granted.rows[0]?.id],
  );
  await client.query("update outbox set sent_at = now() where sent_at is null");
  return milliseconds;
}
