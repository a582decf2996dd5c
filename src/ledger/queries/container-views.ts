import { and, asc, eq, inArray, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { End } from "../end-tables.ts";
import type { Tx } from "../ledger.ts";
import { members } from "../member-table.ts";
import {
  type ActiveMember,
  type Container,
  containers,
  type Device,
  devices,
  leases,
  type Project,
  projects,
} from "../schema.ts";
import { waitingInLine } from "./waiting.ts";

/** A container with whom and what it belongs to, and the devices it holds now. */
export type ContainerView = {
  container: Container;
  project: Project;
  member: ActiveMember;
  devices: Device[];
  /** When it will be stopped, the earliest first: that one is shown. */
  ends: ArmedEnd[];
  /** 1 is next; only while it waits and is not passed over. */
  place?: number;
};

export type ArmedEnd = Pick<End, "id" | "reason" | "at" | "because">;

/** One statement for many, in the order of `ids`; unknown ids are left out. */
export async function containerViews(tx: Tx, ids: readonly number[]): Promise<ContainerView[]> {
  if (ids.length === 0) return [];
  const read = tx
    .select({ container: containers, project: projects, member: members, ends: armedOf(containers.id) })
    .from(containers)
    .innerJoin(projects, eq(projects.id, containers.projectId))
    .innerJoin(members, eq(members.id, containers.memberId))
    .where(inArray(containers.id, [...ids]));
  const readHeld = tx
    .select({ containerId: leases.containerId, device: devices })
    .from(leases)
    .innerJoin(devices, eq(devices.id, leases.deviceId))
    .where(and(inArray(leases.containerId, [...ids]), sql`${leases.endedAt} is null`))
    .orderBy(asc(devices.gpuIndex), asc(devices.sliceIndex));
  const [rows, held] = await Promise.all([read, readHeld]);
  const line = rows.some((row) => row.container.state === "waiting")
    ? (await waitingInLine(tx)).filter((row) => !row.passedOver).map((row) => row.id)
    : [];
  return ids.flatMap((id) => {
    const row = rows.find((candidate) => candidate.container.id === id);
    if (!row) return [];
    const place = line.indexOf(id) + 1;
    return {
      ...row,
      member: row.member as ActiveMember,
      devices: held.filter((lease) => lease.containerId === id).map((lease) => lease.device),
      ...(place > 0 ? { place } : {}),
    };
  });
}

function armedOf(containerId: SQLWrapper): SQL<ArmedEnd[]> {
  return sql`(
    select coalesce(json_agg(json_build_object('id', id, 'reason', reason, 'at', at, 'because', because) order by at, id), '[]')
    from ends where ends.container_id = ${containerId} and ends.state = 'armed')`.mapWith(
    (read: (Omit<ArmedEnd, "at"> & { at: string })[]) =>
      read.map((end): ArmedEnd => ({ ...end, at: new Date(end.at) })),
  );
}
