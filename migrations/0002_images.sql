CREATE TABLE "bases" (
	"engine_image_id" text PRIMARY KEY NOT NULL,
	"facts" jsonb NOT NULL,
	"read_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "builds" (
	"id" serial PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"image_id" integer NOT NULL,
	"recipe_id" integer NOT NULL,
	"member_id" integer NOT NULL,
	"node_id" text NOT NULL,
	"state" text NOT NULL,
	"state_since" timestamp (3) with time zone NOT NULL,
	"cancel_wished" boolean DEFAULT false NOT NULL,
	"attempt" integer DEFAULT 1 NOT NULL,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"waits_for" text,
	"progress" jsonb,
	"failure" jsonb,
	"dockerfile" text,
	"base_image_id" text,
	"engine_image_id" text,
	"size_bytes" bigint,
	"contents" jsonb,
	"remove_wished_at" timestamp (3) with time zone,
	"removed_at" timestamp (3) with time zone,
	"card_channel" text,
	"card_ts" text,
	CONSTRAINT "builds_asked_once" UNIQUE("request_id")
);
--> statement-breakpoint
CREATE TABLE "disk_use" (
	"kind" text NOT NULL,
	"of_id" integer NOT NULL,
	"member_id" integer NOT NULL,
	"bytes" bigint NOT NULL,
	"measured_at" timestamp (3) with time zone NOT NULL,
	"warned_at" timestamp (3) with time zone,
	CONSTRAINT "disk_use_measured_once" PRIMARY KEY("kind","of_id")
);
--> statement-breakpoint
CREATE TABLE "images" (
	"id" serial PRIMARY KEY NOT NULL,
	"member_id" integer NOT NULL,
	"name" text NOT NULL,
	"latest_build_id" integer,
	"created_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "images_name_taken" UNIQUE("member_id","name")
);
--> statement-breakpoint
CREATE TABLE "recipes" (
	"id" serial PRIMARY KEY NOT NULL,
	"image_id" integer NOT NULL,
	"version" integer NOT NULL,
	"recipe" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "recipes_version_taken" UNIQUE("image_id","version")
);
--> statement-breakpoint
CREATE TABLE "shares" (
	"id" serial PRIMARY KEY NOT NULL,
	"image_id" integer NOT NULL,
	"with_member_id" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "tags" (
	"id" serial PRIMARY KEY NOT NULL,
	"image_id" integer NOT NULL,
	"name" text NOT NULL,
	"build_id" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "containers" ADD COLUMN "awaits_build_id" integer;--> statement-breakpoint
ALTER TABLE "containers" ADD COLUMN "build_id" integer;--> statement-breakpoint
ALTER TABLE "containers" ADD COLUMN "installed" jsonb;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "image_id" integer;--> statement-breakpoint
ALTER TABLE "builds" ADD CONSTRAINT "builds_image_id_images_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."images"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "builds" ADD CONSTRAINT "builds_recipe_id_recipes_id_fk" FOREIGN KEY ("recipe_id") REFERENCES "public"."recipes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "builds" ADD CONSTRAINT "builds_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "disk_use" ADD CONSTRAINT "disk_use_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recipes" ADD CONSTRAINT "recipes_image_id_images_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."images"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shares" ADD CONSTRAINT "shares_image_id_images_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."images"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shares" ADD CONSTRAINT "shares_with_member_id_members_id_fk" FOREIGN KEY ("with_member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tags" ADD CONSTRAINT "tags_image_id_images_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."images"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tags" ADD CONSTRAINT "tags_build_id_builds_id_fk" FOREIGN KEY ("build_id") REFERENCES "public"."builds"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "builds_of_image" ON "builds" USING btree ("image_id","id");--> statement-breakpoint
CREATE INDEX "builds_to_make" ON "builds" USING btree ("id") WHERE state in ('queued', 'building');--> statement-breakpoint
CREATE INDEX "builds_on_engine" ON "builds" USING btree ("engine_image_id") WHERE state = 'ready' and removed_at is null;--> statement-breakpoint
CREATE INDEX "disk_use_of_member" ON "disk_use" USING btree ("member_id");--> statement-breakpoint
CREATE UNIQUE INDEX "shares_there_once" ON "shares" USING btree ("image_id","with_member_id") WHERE ended_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "tags_name_taken" ON "tags" USING btree ("image_id","name") WHERE deleted_at is null;--> statement-breakpoint
ALTER TABLE "containers" ADD CONSTRAINT "containers_awaits_build_id_builds_id_fk" FOREIGN KEY ("awaits_build_id") REFERENCES "public"."builds"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "containers" ADD CONSTRAINT "containers_build_id_builds_id_fk" FOREIGN KEY ("build_id") REFERENCES "public"."builds"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "events_of_image" ON "events" USING btree ("image_id","id");