CREATE TABLE "idle_marks" (
	"id" serial PRIMARY KEY NOT NULL,
	"container_id" integer NOT NULL,
	"run" integer NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"marked_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"observed_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"evidence" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "keeps" (
	"id" serial PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"container_id" integer NOT NULL,
	"run" integer NOT NULL,
	"what" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"actor" text NOT NULL,
	CONSTRAINT "keeps_asked_once" UNIQUE("request_id")
);
--> statement-breakpoint
ALTER TABLE "containers" ADD COLUMN "place_kept_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "idle_marks" ADD CONSTRAINT "idle_marks_container_id_containers_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."containers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "keeps" ADD CONSTRAINT "keeps_container_id_containers_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."containers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "idle_marks_one_open" ON "idle_marks" USING btree ("container_id") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "keeps_of_container" ON "keeps" USING btree ("container_id","at");