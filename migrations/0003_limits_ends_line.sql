CREATE TABLE "exemptions" (
	"id" serial PRIMARY KEY NOT NULL,
	"member_id" integer NOT NULL,
	"container_id" integer,
	"spares" text NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	"reason" text NOT NULL,
	"set_by" text NOT NULL,
	"set_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "overrides" (
	"id" serial PRIMARY KEY NOT NULL,
	"member_id" integer NOT NULL,
	"key" text NOT NULL,
	"value" jsonb NOT NULL,
	"until" timestamp (3) with time zone,
	"reason" text NOT NULL,
	"set_by" text NOT NULL,
	"set_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "petitions" (
	"id" serial PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"member_id" integer NOT NULL,
	"wish" jsonb NOT NULL,
	"reason" text NOT NULL,
	"state" text NOT NULL,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"decided_by" integer,
	"decided_at" timestamp (3) with time zone,
	CONSTRAINT "petitions_asked_once" UNIQUE("request_id")
);
--> statement-breakpoint
CREATE TABLE "ends" (
	"id" serial PRIMARY KEY NOT NULL,
	"container_id" integer NOT NULL,
	"run" integer NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"state" text NOT NULL,
	"because" text NOT NULL,
	"evidence" jsonb NOT NULL,
	"actor" text NOT NULL,
	"armed_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "extensions" (
	"id" serial PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"container_id" integer NOT NULL,
	"member_id" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"hours" real NOT NULL,
	"charged_gpu_hours" real NOT NULL,
	"end_id" integer NOT NULL,
	"actor" text NOT NULL,
	CONSTRAINT "extensions_asked_once" UNIQUE("request_id")
);
--> statement-breakpoint
CREATE TABLE "notices" (
	"id" serial PRIMARY KEY NOT NULL,
	"end_id" integer NOT NULL,
	"step" text NOT NULL,
	"attempt" integer NOT NULL,
	"written_at" timestamp (3) with time zone NOT NULL,
	"accepted_at" timestamp (3) with time zone,
	"channel" text,
	"ts" text,
	CONSTRAINT "notices_once" UNIQUE("end_id","step","attempt")
);
--> statement-breakpoint
CREATE TABLE "drains" (
	"id" serial PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"gpu_uuid" text,
	"ends_at" timestamp (3) with time zone,
	"reason" text NOT NULL,
	"set_by" text NOT NULL,
	"set_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "pauses" (
	"id" serial PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"set_by" text NOT NULL,
	"set_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "promises" (
	"id" serial PRIMARY KEY NOT NULL,
	"container_id" integer NOT NULL,
	"node_id" text NOT NULL,
	"device_ids" jsonb NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"made_at" timestamp (3) with time zone NOT NULL,
	"state" text NOT NULL,
	"cause" text,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "ranges" (
	"id" serial PRIMARY KEY NOT NULL,
	"container_id" integer NOT NULL,
	"run" integer NOT NULL,
	"told_at" timestamp (3) with time zone NOT NULL,
	"earliest" timestamp (3) with time zone NOT NULL,
	"latest" timestamp (3) with time zone,
	"promised" boolean NOT NULL,
	"granted_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "containers" ADD COLUMN "held_gpu_hours" real DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "containers" ADD COLUMN "first_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "containers" ADD COLUMN "first_because" text;--> statement-breakpoint
ALTER TABLE "exemptions" ADD CONSTRAINT "exemptions_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exemptions" ADD CONSTRAINT "exemptions_container_id_containers_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."containers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "overrides" ADD CONSTRAINT "overrides_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "petitions" ADD CONSTRAINT "petitions_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "petitions" ADD CONSTRAINT "petitions_decided_by_members_id_fk" FOREIGN KEY ("decided_by") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ends" ADD CONSTRAINT "ends_container_id_containers_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."containers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "extensions" ADD CONSTRAINT "extensions_container_id_containers_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."containers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "extensions" ADD CONSTRAINT "extensions_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "extensions" ADD CONSTRAINT "extensions_end_id_ends_id_fk" FOREIGN KEY ("end_id") REFERENCES "public"."ends"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_end_id_ends_id_fk" FOREIGN KEY ("end_id") REFERENCES "public"."ends"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drains" ADD CONSTRAINT "drains_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "promises" ADD CONSTRAINT "promises_container_id_containers_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."containers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "promises" ADD CONSTRAINT "promises_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ranges" ADD CONSTRAINT "ranges_container_id_containers_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."containers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "exemptions_of_member" ON "exemptions" USING btree ("member_id") WHERE ended_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "overrides_one_of_a_limit" ON "overrides" USING btree ("member_id","key") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "petitions_open" ON "petitions" USING btree ("member_id") WHERE state = 'open';--> statement-breakpoint
CREATE UNIQUE INDEX "ends_one_armed_of_a_reason" ON "ends" USING btree ("container_id","reason") WHERE state = 'armed';--> statement-breakpoint
CREATE INDEX "ends_armed" ON "ends" USING btree ("at") WHERE state = 'armed';--> statement-breakpoint
CREATE INDEX "ends_of_container" ON "ends" USING btree ("container_id","id");--> statement-breakpoint
CREATE INDEX "extensions_of_member" ON "extensions" USING btree ("member_id","at");--> statement-breakpoint
CREATE UNIQUE INDEX "drains_one_of_a_gpu" ON "drains" USING btree ("node_id",coalesce(gpu_uuid, '')) WHERE ended_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "pauses_one_at_a_time" ON "pauses" USING btree ((ended_at is null)) WHERE ended_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "promises_one_open" ON "promises" USING btree ("state") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "promises_of_container" ON "promises" USING btree ("container_id");--> statement-breakpoint
CREATE INDEX "ranges_open" ON "ranges" USING btree ("container_id") WHERE granted_at is null;--> statement-breakpoint
CREATE INDEX "leases_ended_of_member" ON "leases" USING btree ("member_id","ended_at") WHERE ended_at is not null;