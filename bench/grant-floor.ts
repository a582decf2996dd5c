import type pg from "pg";
import { ledgerLock, lockArguments } from "../src/ledger/locks.ts";
import { timed } from "./pairs.ts";

/**
 * The least a grant could be: the lock, one look at what is held, one row in each table that a grant writes, by the plain
 * driver on the same server and the same tables. No rule is judged and no device chosen.
 */
export async function grantFloor(client: pg.Client, memberId: number): Promise<() => Promise<number>> {
  const at = new Date();
  const project = await client.query<{ id: number }>(
    "insert into projects (member_id, name, alias_id, workspace_path, created_at) values ($1, 'floor', 'floor', '/srv/floor', $2) returning id",
    [memberId, at],
  );
  const projectId = project.rows[0]?.id;
  let asked = 0;

  const grant = async () => {
    asked += 1;
    await client.query("begin");
    await client.query(`select pg_advisory_xact_lock(${lockArguments(ledgerLock)})`);
    await client.query("select container_id, member_id, gpu_uuid, part from leases where ended_at is null");
    const inserted = await client.query<{ id: number }>(
      `insert into containers (request_id, member_id, project_id, node_id, name, state, state_since, wanted, wish, hours, image,
         workspace_path, limits, asked_at, stands_at, granted_at)
       values ($1, $2, $3, 'gpu1', 'floor._.ana', 'starting', $4, 'running', $5, 8, 'house', '/srv/floor', $6, $4, $4, $4)
       returning id`,
      [`floor ${asked}`, memberId, projectId, at, wish, limits],
    );
    const containerId = inserted.rows[0]?.id;
    await client.query(
      `insert into leases (container_id, member_id, run, node_id, device_id, gpu_uuid, part, weight, granted_at)
       values ($1, $2, 1, 'gpu1', 'GPU-floor', 'GPU-floor', '[0,8)', 1, $3)`,
      [containerId, memberId, at],
    );
    await client.query(
      `insert into events (at, what, member_id, container_id, node_id, actor, because, evidence)
       values ($1, 'granted', $2, $3, 'gpu1', 'berth', 'Given the GPU that was free.', $4)`,
      [at, memberId, containerId, limits],
    );
    await client.query("insert into outbox (recipient, news, created_at) values ('UANA', $1, $2)", [
      { kind: "card", containerId },
      at,
    ]);
    await client.query("commit");
  };

  return async () => {
    const milliseconds = await timed(grant);
    await client.query(`
      update leases set ended_at = greatest(now(), granted_at) where ended_at is null and gpu_uuid = 'GPU-floor';
      update containers set state = 'retired' where state = 'starting' and name = 'floor._.ana';
      update outbox set sent_at = now() where sent_at is null`);
    return milliseconds;
  };
}

const wish = { kind: "gpu", count: 1 };
const limits = { cpus: 1, memoryGiB: 1, shmGiB: 0.25, pids: 4096, sudo: true, ptrace: false };
