import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  serial,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { instant } from "./column-kinds.ts";
import { members } from "./member-table.ts";

/** The ledger's tables of images, beside those of schema.ts. */

/**
 * What an image is made of, complete in itself: names of catalogue rows and package sets may change their meaning later,
 * a recipe does not. `pip` and `apt` lines are canonical, as src/images/packages reads them.
 */
export type Recipe = {
  base:
    | {
        kind: "catalogue";
        /** The row's name, for people. */
        name: string;
        /** The reference it had: what is fetched. */
        image: string;
      }
    /** A member's own Dockerfile, judged; `context`: it may copy files of the project's workspace. */
    | { kind: "dockerfile"; text: string; context: boolean };
  /** In this order: one layer each. `always` of the policy is the first, if it has packages. */
  sets: { name: string; pip: string[]; apt: string[] }[];
  pip: string[];
  apt: string[];
};

/** What a finished image holds, as read from it. */
export type ImageContents = {
  python: string | null;
  /** `Debian 12`, `Ubuntu 24.04`. */
  os: string | null;
  cuda: string | null;
  /** `pip freeze` of the finished image: `name==version`, sorted. */
  pip: string[];
  /** `name=version` of every package of the distribution in it, sorted. */
  apt: string[];
  /** Of those, the ones somebody asked for (`apt-mark showmanual`): names, sorted. */
  aptManual: string[];
};

/** What must be known of a base image before a Dockerfile can be written on it; read once per engine image id. */
export type BaseFacts = {
  /** From /etc/os-release. `other`: no image can be built on it. */
  os: "debian" | "ubuntu" | "other";
  osName: string;
  /** What is missing for an SSH layer and a Python of one's own, in words; empty: nothing. */
  missing: string[];
  /** Of the `python3` that is first on its PATH; null: it has none yet, apt brings it. */
  python: string | null;
  cuda: string | null;
  /** `pip freeze` of that Python: constraints for whatever is installed above it. */
  pip: string[];
  /** Whether `python3 -m venv` works as it stands. */
  hasVenv: boolean;
  hasSshd: boolean;
  /** Packages of the distribution that the SSH layer must bring. */
  lacks: string[];
  /** Whose /opt/venv it has, if it has one: that of an image of ours, or somebody else's, which is left alone. */
  optVenv?: "ours" | "theirs";
};

/** What a build is doing at the moment, for its message. */
export type BuildProgress = {
  /** The steps there are so far, in the order they began. */
  steps: { name: string; seconds: number | null; cached: boolean }[];
  /** How many there will be, as far as is known. */
  of: number;
};

/** Why a build failed: the one line that says it, in words, and the last 30 lines of its log. */
export type BuildFailure = { because: string; tail: string[] };

/** A member's image by its name; what it is made of and what was built of it are `recipes` and `builds`. */
export const images = pgTable(
  "images",
  {
    id: serial("id").primaryKey(),
    memberId: integer("member_id")
      .notNull()
      .references(() => members.id),
    /** The pattern of a project's name; usually the name of one. */
    name: text("name").notNull(),
    /** What `latest` is: the newest build that became ready. Null: none yet, or deleted. */
    latestBuildId: integer("latest_build_id"),
    createdAt: instant("created_at").notNull(),
    /** Deleted by its owner; the recipe stays and can be built again, which clears this. */
    deletedAt: instant("deleted_at"),
  },
  (t) => [unique("images_name_taken").on(t.memberId, t.name)],
);
export type Image = typeof images.$inferSelect;

/** Every version of what an image is made of, kept for ever. */
export const recipes = pgTable(
  "recipes",
  {
    id: serial("id").primaryKey(),
    imageId: integer("image_id")
      .notNull()
      .references(() => images.id),
    version: integer("version").notNull(),
    recipe: jsonb("recipe").$type<Recipe>().notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [unique("recipes_version_taken").on(t.imageId, t.version)],
);
export type RecipeRow = typeof recipes.$inferSelect;

/** queued → building → ready | failed | cancelled. The last three are final; a building one that was cut off is queued again. */
export type BuildState = "queued" | "building" | "ready" | "failed" | "cancelled";

export const builds = pgTable(
  "builds",
  {
    id: serial("id").primaryKey(),
    /** Made by whoever asked, so that an asking that was committed but not answered is found again. */
    requestId: text("request_id").notNull().unique("builds_asked_once"),
    imageId: integer("image_id")
      .notNull()
      .references(() => images.id),
    recipeId: integer("recipe_id")
      .notNull()
      .references(() => recipes.id),
    memberId: integer("member_id")
      .notNull()
      .references(() => members.id),
    /** The machine that builds it and has it. */
    nodeId: text("node_id").notNull(),
    state: text("state").$type<BuildState>().notNull(),
    stateSince: instant("state_since").notNull(),
    /** Its member pressed Cancel; whoever builds it ends it. */
    cancelWished: boolean("cancel_wished").notNull().default(false),
    /** Counts from 1; more than 1: it was cut off and began again. */
    attempt: integer("attempt").notNull().default(1),
    askedAt: instant("asked_at").notNull(),
    startedAt: instant("started_at"),
    endedAt: instant("ended_at"),
    /** Why it is not being built yet, as a sentence; null once it is. */
    waitsFor: text("waits_for"),
    progress: jsonb("progress").$type<BuildProgress>(),
    failure: jsonb("failure").$type<BuildFailure>(),
    /** The generated Dockerfile, once written. */
    dockerfile: text("dockerfile"),
    /** Engine image id of what it was built on. */
    baseImageId: text("base_image_id"),
    /** Engine image id, once ready: what people call the digest. */
    engineImageId: text("engine_image_id"),
    /** All of its layers. */
    sizeBytes: bigint("size_bytes", { mode: "number" }),
    contents: jsonb("contents").$type<ImageContents>(),
    /** Deleted by its owner, or to be pruned: a job takes its image from the engine once nothing refers to it. */
    removeWishedAt: instant("remove_wished_at"),
    /** The engine does not have it any more. */
    removedAt: instant("removed_at"),
    cardChannel: text("card_channel"),
    cardTs: text("card_ts"),
  },
  (t) => [
    index("builds_of_image").on(t.imageId, t.id),
    index("builds_to_make").on(t.id).where(sql`state in ('queued', 'building')`),
    index("builds_on_engine").on(t.engineImageId).where(sql`state = 'ready' and removed_at is null`),
  ],
);
export type Build = typeof builds.$inferSelect;

/** A build kept under a name for ever: a tag is never moved, only deleted. `latest` is not a tag but `images.latest_build_id`. */
export const tags = pgTable(
  "tags",
  {
    id: serial("id").primaryKey(),
    imageId: integer("image_id")
      .notNull()
      .references(() => images.id),
    name: text("name").notNull(),
    buildId: integer("build_id")
      .notNull()
      .references(() => builds.id),
    createdAt: instant("created_at").notNull(),
    deletedAt: instant("deleted_at"),
  },
  (t) => [uniqueIndex("tags_name_taken").on(t.imageId, t.name).where(sql`deleted_at is null`)],
);
export type Tag = typeof tags.$inferSelect;

/** Somebody else may deploy the image, every build and tag of it, until `endedAt`. */
export const shares = pgTable(
  "shares",
  {
    id: serial("id").primaryKey(),
    imageId: integer("image_id")
      .notNull()
      .references(() => images.id),
    withMemberId: integer("with_member_id")
      .notNull()
      .references(() => members.id),
    createdAt: instant("created_at").notNull(),
    endedAt: instant("ended_at"),
  },
  (t) => [uniqueIndex("shares_there_once").on(t.imageId, t.withMemberId).where(sql`ended_at is null`)],
);
export type Share = typeof shares.$inferSelect;

/** Facts of base images, by engine image id: read once. */
export const bases = pgTable("bases", {
  engineImageId: text("engine_image_id").primaryKey(),
  facts: jsonb("facts").$type<BaseFacts>().notNull(),
  readAt: instant("read_at").notNull(),
});

/** The last measurement of what something takes on disk. `layer`: what a container wrote outside /workspace. */
export const diskUse = pgTable(
  "disk_use",
  {
    kind: text("kind").$type<"workspace" | "layer" | "image">().notNull(),
    /** `projects.id`, `containers.id` or `builds.id`. */
    ofId: integer("of_id").notNull(),
    memberId: integer("member_id")
      .notNull()
      .references(() => members.id),
    /** Images: only the layers that no other image on the engine has. */
    bytes: bigint("bytes", { mode: "number" }).notNull(),
    measuredAt: instant("measured_at").notNull(),
    /** Its member was told that 80 % of the limit are used; cleared when it is below again. */
    warnedAt: instant("warned_at"),
  },
  (t) => [
    primaryKey({ name: "disk_use_measured_once", columns: [t.kind, t.ofId] }),
    index("disk_use_of_member").on(t.memberId),
  ],
);
export type DiskUse = typeof diskUse.$inferSelect;
