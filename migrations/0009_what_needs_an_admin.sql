CREATE TABLE "problems" (
	"key" text PRIMARY KEY NOT NULL,
	"node_id" text,
	"text" text NOT NULL,
	"detail" text,
	"when_solved" text NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"said_at" timestamp (3) with time zone NOT NULL,
	"unseen_since" timestamp (3) with time zone,
	"solved_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE INDEX "outbox_set_aside_at" ON "outbox" USING btree ("set_aside_at") WHERE set_aside_at is not null;