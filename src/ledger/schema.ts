import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  real,
  serial,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { instant } from "./column-kinds.ts";
import { builds } from "./image-tables.ts";
import { members } from "./member-table.ts";

/**
 * The ledger's tables. Rows are the domain types of every room (`typeof containers.$inferSelect`).
 * What drizzle-kit can't express is in the custom migration: the extension btree_gist, the exclusion constraint
 * `leases_device_held_once`, and the triggers that make `events` append-only.
 */

/** Half-open range of placement units of the physical GPU, as Postgres prints it: `[0,8)`; `(,)` is the whole. */
const int4range = customType<{ data: string }>({ dataType: () => "int4range" });

export type Member = typeof members.$inferSelect;
/** A member who may use the server: has a handle, a uid and a group. */
export type ActiveMember = Member & { handle: string; uid: number; group: string };

export const keys = pgTable(
  "keys",
  {
    id: serial("id").primaryKey(),
    memberId: integer("member_id")
      .notNull()
      .references(() => members.id),
    type: text("type").notNull(),
    /** Base64 as it stands in authorized_keys. */
    body: text("body").notNull(),
    /** `SHA256:…` */
    fingerprint: text("fingerprint").notNull(),
    comment: text("comment").notNull(),
    addedAt: instant("added_at").notNull(),
    removedAt: instant("removed_at"),
  },
  (t) => [uniqueIndex("keys_there_once").on(t.memberId, t.fingerprint).where(sql`removed_at is null`)],
);
export type Key = typeof keys.$inferSelect;

/** One piece of work of a member; outlives its containers, and so do its SSH port, alias and host key. */
export const projects = pgTable(
  "projects",
  {
    id: serial("id").primaryKey(),
    memberId: integer("member_id")
      .notNull()
      .references(() => members.id),
    name: text("name").notNull(),
    /** Given at the first grant, kept until another project needs a port and this one was let go 30 days before. */
    sshPort: integer("ssh_port").unique("projects_port_taken"),
    /** Since when no living container uses the port. */
    portReleasedAt: instant("port_released_at"),
    /** The `HostKeyAlias berth-<aliasId>` of its SSH block. */
    aliasId: text("alias_id").notNull().unique("projects_alias_taken"),
    /** Public half of its host key: `ssh-ed25519 AAAA…`; null before the first start. The private half is a file. */
    hostKey: text("host_key"),
    /** Absolute path on the host. */
    workspacePath: text("workspace_path").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [unique("projects_name_taken").on(t.memberId, t.name)],
);
export type Project = typeof projects.$inferSelect;

export const nodes = pgTable("nodes", {
  id: text("id").primaryKey(),
  /** Only `up` is given new work. What admins hold back are rows of their own: `drains`, `pauses`. */
  state: text("state").$type<"up" | "unreachable">().notNull(),
  stateSince: instant("state_since").notNull(),
  reason: text("reason"),
  cpus: integer("cpus").notNull(),
  /** What may be given to members, not what the machine has. */
  memoryMiB: integer("memory_mib").notNull(),
  /** Set by the first full comparison after each start of the bot; nothing is granted before. Holds the epoch it was made in. */
  adoptedInEpoch: bigint("adopted_in_epoch", { mode: "number" }),
});
export type NodeRow = typeof nodes.$inferSelect;

/** Something that can be held: a whole GPU or one MIG slice. */
export const devices = pgTable(
  "devices",
  {
    /** UUID as nvidia-smi tells it: `GPU-…` or `MIG-…`. */
    id: text("id").primaryKey(),
    nodeId: text("node_id")
      .notNull()
      .references(() => nodes.id),
    gpuUuid: text("gpu_uuid").notNull(),
    gpuIndex: integer("gpu_index").notNull(),
    /** Null for a whole GPU. */
    sliceIndex: integer("slice_index"),
    profile: text("profile"),
    model: text("model").notNull(),
    memoryMiB: integer("memory_mib").notNull(),
    part: int4range("part").notNull(),
    /** GPU-equivalents: 1 for a whole GPU, n/7 for a slice. */
    weight: real("weight").notNull(),
    /**
     * ok · lost: missing in 3 good readings · quarantined: a process of an ended container is still on it ·
     * outside: somebody not ours computes on it · unusable: MIG on without slices · gone: repartitioned, no longer exists
     */
    state: text("state").$type<"ok" | "lost" | "quarantined" | "outside" | "unusable" | "gone">().notNull(),
    stateSince: instant("state_since").notNull(),
    reason: text("reason"),
    missedReadings: integer("missed_readings").notNull().default(0),
  },
  (t) => [index("devices_of_node").on(t.nodeId)],
);
export type Device = typeof devices.$inferSelect;

/**
 * What devices a member wishes for. `preferably`: these if they are free, for a stopped container was made with them.
 * `exactly`: these and no others, for what is in it can't be carried over to others.
 */
export type Wish = (
  | { kind: "cpu" }
  | { kind: "gpu"; count: number; model?: string }
  | { kind: "mig"; profile: string }
) & { preferably?: string[]; exactly?: string[] };

/** Fixed when a container is granted; the engine container is made with these and never updated. */
export type GrantedLimits = {
  cpus: number;
  memoryGiB: number;
  shmGiB: number;
  pids: number;
  sudo: boolean;
  ptrace: boolean;
};

/** waiting → starting → running → stopping → stopped → retired; or failed. `retired` and `failed` are final. */
export type ContainerState =
  | "waiting"
  | "starting"
  | "running"
  | "stopping"
  | "stopped"
  | "retired"
  | "failed";

/** A container and also the request that waits for one: there is no second thing. */
export const containers = pgTable(
  "containers",
  {
    id: serial("id").primaryKey(),
    /** Made by whoever asked, so that an asking that was committed but not answered is found again. */
    requestId: text("request_id").notNull().unique("containers_asked_once"),
    memberId: integer("member_id")
      .notNull()
      .references(() => members.id),
    projectId: integer("project_id")
      .notNull()
      .references(() => projects.id),
    nodeId: text("node_id").references(() => nodes.id),
    /** `<project>._.<handle>` */
    name: text("name").notNull(),
    /** What is so; moved by loops. */
    state: text("state").$type<ContainerState>().notNull(),
    stateSince: instant("state_since").notNull(),
    /** What a person, an admin or an end asked for; one function writes it. */
    wanted: text("wanted").$type<"running" | "stopped" | "retired">().notNull(),
    /** Who or what asked for `wanted`: `owner`, `owner-frees`, `admin`, `crash`, `engine`, `lost`. Decides whether the GPU is kept after a stop. */
    wantedBy: text("wanted_by").notNull().default("owner"),
    /** Counts grants: 1 for the first, +1 for each run after a stop. */
    run: integer("run").notNull().default(1),
    wish: jsonb("wish").$type<Wish>().notNull(),
    hours: real("hours").notNull(),
    /** As asked for: the name of a house image, or an own image. */
    image: text("image").notNull(),
    /** The build it waits for: passed over in the line until that is ready. Null: nothing to wait for. */
    awaitsBuildId: integer("awaits_build_id").references((): AnyPgColumn => builds.id),
    /** The build it is made from; until the first grant, which fixes it, the one it would be. Null for a house image. */
    buildId: integer("build_id").references((): AnyPgColumn => builds.id),
    /** The engine's image id, once resolved. */
    imageId: text("image_id"),
    /** What its member had installed by hand when it was last stopped: lines for a recipe. Null: not known. */
    installed: jsonb("installed").$type<{ pip: string[]; apt: string[] }>(),
    /** Host path mounted at /workspace. */
    workspacePath: text("workspace_path").notNull(),
    limits: jsonb("limits").$type<GrantedLimits>(),
    askedAt: instant("asked_at").notNull(),
    /** Place in the line: sorted by (first_since, stands_at, id), nulls last. Fixed at asking: `asked_at` and the handicap. */
    standsAt: instant("stands_at").notNull(),
    /** GPU-equivalent-hours its member had held in the 7 days before it was asked: what the handicap is made from. */
    heldGpuHours: real("held_gpu_hours").notNull().default(0),
    /** An admin put it first in the line, and why: everybody in the line sees it. */
    firstSince: instant("first_since"),
    firstBecause: text("first_because"),
    /** While it waits: its member is at a limit, or its image is still to come. It keeps its place and counts in nobody else's. */
    passedOver: boolean("passed_over").notNull().default(false),
    /** Why it waits, as a sentence; null once granted. */
    waitsFor: text("waits_for"),
    grantedAt: instant("granted_at"),
    runningAt: instant("running_at"),
    /** Counted from the first running of a grant: the armed end of reason `end` (end-tables.ts) says the same. */
    endsAt: instant("ends_at"),
    stoppedAt: instant("stopped_at"),
    /** Its devices stay its own until then although it is stopped. */
    gpuKeptUntil: instant("gpu_kept_until"),
    /** Nobody came when it was their turn: run again by then it stands where it stood in the line. */
    placeKeptUntil: instant("place_kept_until"),
    /** Instant of the last restart after its process 1 ended by itself: one in 10 minutes is given. */
    restartedAt: instant("restarted_at"),
    engineId: text("engine_id"),
    /**
     * It could not be carried over to other devices: `too-large`, what is in it is more than may be, so that it runs again on
     * its own only; `failed`, it may go better another time. `fresh`: its member gives up what was changed in it, and the next
     * start makes it from its image. Null: nothing of that, and once it runs.
     */
    resume: text("resume").$type<"too-large" | "failed" | "fresh">(),
    /** What bring-up or stop is doing, for the card: `commit`, `image`, `create`, `ssh`, `stop`. */
    step: text("step"),
    /** What hinders it at the moment, as a sentence: shown on the card. */
    trouble: text("trouble"),
    /** Why it failed or stopped, as a sentence. */
    outcome: text("outcome"),
    /** Where its card is in Slack. */
    cardChannel: text("card_channel"),
    cardTs: text("card_ts"),
  },
  (t) => [
    uniqueIndex("containers_one_living_per_project")
      .on(t.projectId)
      .where(sql`state not in ('retired', 'failed')`),
    uniqueIndex("containers_name_taken").on(t.name).where(sql`state not in ('retired', 'failed')`),
    index("containers_in_line").on(t.standsAt, t.id).where(sql`state = 'waiting'`),
    index("containers_living_of_member").on(t.memberId).where(sql`state not in ('retired', 'failed')`),
    index("containers_to_move").on(t.id).where(sql`state in ('starting', 'running', 'stopping', 'stopped')`),
  ],
);
export type Container = typeof containers.$inferSelect;

/** A device held for a container, from `granted_at` until `ended_at` (null while held). */
export const leases = pgTable(
  "leases",
  {
    id: serial("id").primaryKey(),
    containerId: integer("container_id")
      .notNull()
      .references(() => containers.id),
    memberId: integer("member_id")
      .notNull()
      .references(() => members.id),
    run: integer("run").notNull(),
    nodeId: text("node_id").notNull(),
    deviceId: text("device_id").notNull(),
    gpuUuid: text("gpu_uuid").notNull(),
    part: int4range("part").notNull(),
    weight: real("weight").notNull(),
    grantedAt: instant("granted_at").notNull(),
    endedAt: instant("ended_at"),
  },
  (t) => [
    index("leases_open_of_member").on(t.memberId).where(sql`ended_at is null`),
    index("leases_of_member").on(t.memberId, t.id),
    // What a member held in the last days, however long the history is.
    index("leases_ended_of_member").on(t.memberId, t.endedAt).where(sql`ended_at is not null`),
    index("leases_open_of_container").on(t.containerId).where(sql`ended_at is null`),
    check("leases_end_after_they_begin", sql`ended_at is null or ended_at >= granted_at`),
  ],
);
export type Lease = typeof leases.$inferSelect;
