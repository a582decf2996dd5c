CREATE TABLE "use_hours" (
	"container_id" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"active_minutes" integer NOT NULL,
	"idle_minutes" integer NOT NULL,
	"unknown_minutes" integer NOT NULL,
	"max_use_percent" real,
	"cpu_seconds" real NOT NULL,
	"bytes" bigint NOT NULL,
	CONSTRAINT "use_hours_once" PRIMARY KEY("container_id","at")
);
--> statement-breakpoint
CREATE TABLE "use_minutes" (
	"container_id" integer NOT NULL,
	"run" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"sign" text NOT NULL,
	"devices" jsonb NOT NULL,
	"cpu_seconds" real NOT NULL,
	"bytes" bigint NOT NULL,
	"has_input" boolean NOT NULL,
	"failed" jsonb NOT NULL,
	"is_severed" boolean NOT NULL,
	CONSTRAINT "use_minutes_once" PRIMARY KEY("container_id","at")
);
--> statement-breakpoint
ALTER TABLE "use_hours" ADD CONSTRAINT "use_hours_container_id_containers_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."containers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "use_minutes" ADD CONSTRAINT "use_minutes_container_id_containers_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."containers"("id") ON DELETE no action ON UPDATE no action;