CREATE TABLE "monday_notes" (
	"monday" timestamp (3) with time zone PRIMARY KEY NOT NULL,
	"written_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "gone_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "gone_known_by" text;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "state_before_gone" text;--> statement-breakpoint
ALTER TABLE "notices" ADD COLUMN "recipient" text;