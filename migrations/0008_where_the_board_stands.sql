CREATE TABLE "boards" (
	"channel" text PRIMARY KEY NOT NULL,
	"ts" text NOT NULL,
	"posted_at" timestamp (3) with time zone NOT NULL,
	"edited_at" timestamp (3) with time zone NOT NULL,
	"shows" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "use_minutes" ADD COLUMN "memory_mib" integer;