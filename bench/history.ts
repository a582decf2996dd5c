import type pg from "pg";

const members = 1000;
const projectsEach = 5;

/**
 * So many retired containers, each with one ended lease, one event and one message that arrived, spread evenly over a
 * thousand members and the years behind. The first projects still have their ports, as a server has after years: let go
 * long ago, and most of the pool.
 */
export async function fillHistory(client: pg.Client, containers: number): Promise<void> {
  const spread = [members, projectsEach, containers];
  const steps: [sql: string, values: number[]][] = [
    [
      `insert into members (slack_user_id, name, handle, uid, "group", state, created_at)
       select 'UH' || i, 'h' || i, 'h' || i, 30000 + i, 'student', 'active', now() - interval '5 years'
       from generate_series(1, $1::int) i`,
      [members],
    ],
    [
      `insert into projects (member_id, name, alias_id, workspace_path, created_at, ssh_port, port_released_at)
       select m.id, 'p' || p, 'history' || m.id || '-' || p, '/srv/h' || m.id || '/p' || p, now() - interval '5 years',
         case when p = 1 and m.uid <= 30900 then m.uid - 30001 + 22000 end, now() - interval '1 year'
       from members m, generate_series(1, $1::int) p where m.slack_user_id like 'UH%'`,
      [projectsEach],
    ],
    [
      `with p as (select id, member_id, row_number() over (order by id) - 1 as n from projects where alias_id like 'history%')
       insert into containers (request_id, member_id, project_id, node_id, name, state, state_since, wanted, wish, hours,
         image, workspace_path, limits, asked_at, stands_at, granted_at, running_at, ends_at)
       select 'history ' || i, p.member_id, p.id, 'gpu1', 'p._.h' || p.member_id, 'retired', t, 'retired',
         '{"kind":"gpu","count":1}', 8, 'house', '/srv/h', '{"cpus":16,"memoryGiB":32,"shmGiB":16,"pids":4096,"sudo":true}',
         t, t, t, t, t
       from generate_series(1, $3::int) i
         join p on p.n = i % ($1::int * $2::int)
         cross join lateral (select now() - interval '5 years' + i * (interval '5 years' / $3::int) as t) as times`,
      spread,
    ],
    [
      `insert into leases (container_id, member_id, run, node_id, device_id, gpu_uuid, part, weight, granted_at, ended_at)
       select c.id, c.member_id, 1, 'gpu1', d.id, d.gpu_uuid, d.part, d.weight, c.granted_at, c.granted_at + interval '7 hours'
       from containers c join (select *, row_number() over (order by id) - 1 as n, count(*) over () as most from devices) d
         on d.n = c.id % d.most
       where c.state = 'retired' order by c.id`,
      [],
    ],
    [
      `insert into events (at, what, member_id, container_id, node_id, actor, because, evidence)
       select granted_at, 'granted', member_id, id, 'gpu1', 'berth',
         'Given GPU 3: the first in the line for which what it asked for (1 GPU) was free.',
         jsonb_build_object('rule', 'oldest request first, whoever fits', 'wish', wish, 'limits', limits, 'waitedSeconds', 0)
       from containers where state = 'retired' order by id`,
      [],
    ],
    [
      `insert into outbox (recipient, news, created_at, attempts, attempted_at, sent_at, channel, ts)
       select 'UH' || member_id, jsonb_build_object('kind', 'card', 'containerId', id), granted_at, 1, granted_at, granted_at,
         'D' || member_id, id || '.000100'
       from containers where state = 'retired' order by id`,
      [],
    ],
  ];
  // The rows refer to what is there: nobody has to look for each of a million. Constraints of the rows' own still hold.
  await client.query("set session_replication_role = replica; set work_mem = '128MB'");
  for (const [sql, values] of steps) await client.query(sql, values);
  await client.query("reset session_replication_role; reset work_mem");
}
