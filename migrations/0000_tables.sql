CREATE TABLE "active_bot" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"epoch" bigint NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"who" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "containers" (
	"id" serial PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"member_id" integer NOT NULL,
	"project_id" integer NOT NULL,
	"node_id" text,
	"name" text NOT NULL,
	"state" text NOT NULL,
	"state_since" timestamp (3) with time zone NOT NULL,
	"wanted" text NOT NULL,
	"wanted_by" text DEFAULT 'owner' NOT NULL,
	"run" integer DEFAULT 1 NOT NULL,
	"wish" jsonb NOT NULL,
	"hours" real NOT NULL,
	"image" text NOT NULL,
	"image_id" text,
	"workspace_path" text NOT NULL,
	"limits" jsonb,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"stands_at" timestamp (3) with time zone NOT NULL,
	"waits_for" text,
	"granted_at" timestamp (3) with time zone,
	"running_at" timestamp (3) with time zone,
	"ends_at" timestamp (3) with time zone,
	"stopped_at" timestamp (3) with time zone,
	"gpu_kept_until" timestamp (3) with time zone,
	"restarted_at" timestamp (3) with time zone,
	"engine_id" text,
	"step" text,
	"trouble" text,
	"outcome" text,
	"card_channel" text,
	"card_ts" text,
	CONSTRAINT "containers_asked_once" UNIQUE("request_id")
);
--> statement-breakpoint
CREATE TABLE "devices" (
	"id" text PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"gpu_uuid" text NOT NULL,
	"gpu_index" integer NOT NULL,
	"slice_index" integer,
	"profile" text,
	"model" text NOT NULL,
	"memory_mib" integer NOT NULL,
	"part" "int4range" NOT NULL,
	"weight" real NOT NULL,
	"state" text NOT NULL,
	"state_since" timestamp (3) with time zone NOT NULL,
	"reason" text,
	"missed_readings" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"what" text NOT NULL,
	"member_id" integer,
	"container_id" integer,
	"device_id" text,
	"node_id" text,
	"actor" text NOT NULL,
	"because" text NOT NULL,
	"evidence" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "keys" (
	"id" serial PRIMARY KEY NOT NULL,
	"member_id" integer NOT NULL,
	"type" text NOT NULL,
	"body" text NOT NULL,
	"fingerprint" text NOT NULL,
	"comment" text NOT NULL,
	"added_at" timestamp (3) with time zone NOT NULL,
	"removed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"id" serial PRIMARY KEY NOT NULL,
	"container_id" integer NOT NULL,
	"member_id" integer NOT NULL,
	"run" integer NOT NULL,
	"node_id" text NOT NULL,
	"device_id" text NOT NULL,
	"gpu_uuid" text NOT NULL,
	"part" "int4range" NOT NULL,
	"weight" real NOT NULL,
	"granted_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "leases_end_after_they_begin" CHECK (ended_at is null or ended_at >= granted_at)
);
--> statement-breakpoint
CREATE TABLE "members" (
	"id" serial PRIMARY KEY NOT NULL,
	"slack_user_id" text NOT NULL,
	"name" text NOT NULL,
	"time_zone" text DEFAULT 'UTC' NOT NULL,
	"handle" text,
	"uid" integer,
	"group" text,
	"state" text DEFAULT 'new' NOT NULL,
	"welcomed_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "members_slack_user_known_once" UNIQUE("slack_user_id"),
	CONSTRAINT "members_handle_taken" UNIQUE("handle"),
	CONSTRAINT "members_uid_taken" UNIQUE("uid")
);
--> statement-breakpoint
CREATE TABLE "nodes" (
	"id" text PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"state_since" timestamp (3) with time zone NOT NULL,
	"reason" text,
	"cpus" integer NOT NULL,
	"memory_mib" integer NOT NULL,
	"adopted_in_epoch" bigint
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"recipient" text NOT NULL,
	"news" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"attempted_at" timestamp (3) with time zone,
	"sent_at" timestamp (3) with time zone,
	"channel" text,
	"ts" text,
	"set_aside_at" timestamp (3) with time zone,
	"error" text
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"id" serial PRIMARY KEY NOT NULL,
	"member_id" integer NOT NULL,
	"name" text NOT NULL,
	"ssh_port" integer,
	"port_released_at" timestamp (3) with time zone,
	"alias_id" text NOT NULL,
	"host_key" text,
	"workspace_path" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "projects_port_taken" UNIQUE("ssh_port"),
	CONSTRAINT "projects_alias_taken" UNIQUE("alias_id"),
	CONSTRAINT "projects_name_taken" UNIQUE("member_id","name")
);
--> statement-breakpoint
CREATE TABLE "seen_keys" (
	"key" text PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "containers" ADD CONSTRAINT "containers_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "containers" ADD CONSTRAINT "containers_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "containers" ADD CONSTRAINT "containers_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "devices" ADD CONSTRAINT "devices_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "keys" ADD CONSTRAINT "keys_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases" ADD CONSTRAINT "leases_container_id_containers_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."containers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases" ADD CONSTRAINT "leases_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "projects" ADD CONSTRAINT "projects_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "containers_one_living_per_project" ON "containers" USING btree ("project_id") WHERE state not in ('retired', 'failed');--> statement-breakpoint
CREATE UNIQUE INDEX "containers_name_taken" ON "containers" USING btree ("name") WHERE state not in ('retired', 'failed');--> statement-breakpoint
CREATE INDEX "containers_in_line" ON "containers" USING btree ("stands_at","id") WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX "containers_living_of_member" ON "containers" USING btree ("member_id") WHERE state not in ('retired', 'failed');--> statement-breakpoint
CREATE INDEX "containers_to_move" ON "containers" USING btree ("id") WHERE state in ('starting', 'running', 'stopping', 'stopped');--> statement-breakpoint
CREATE INDEX "devices_of_node" ON "devices" USING btree ("node_id");--> statement-breakpoint
CREATE INDEX "events_of_container" ON "events" USING btree ("container_id","id");--> statement-breakpoint
CREATE INDEX "events_of_device" ON "events" USING btree ("device_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "keys_there_once" ON "keys" USING btree ("member_id","fingerprint") WHERE removed_at is null;--> statement-breakpoint
CREATE INDEX "leases_open_of_member" ON "leases" USING btree ("member_id") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "leases_of_member" ON "leases" USING btree ("member_id","id");--> statement-breakpoint
CREATE INDEX "leases_open_of_container" ON "leases" USING btree ("container_id") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "outbox_unsent" ON "outbox" USING btree ("recipient","id") WHERE sent_at is null and set_aside_at is null;--> statement-breakpoint
CREATE INDEX "outbox_sent_at" ON "outbox" USING btree ("sent_at") WHERE sent_at is not null;