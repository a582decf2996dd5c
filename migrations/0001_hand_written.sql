-- What drizzle-kit can't express. Each constraint is in src/ledger/hand-written.ts by name.

-- = on text inside a GiST index.
CREATE EXTENSION IF NOT EXISTS btree_gist;
--> statement-breakpoint
-- A device is held once: a whole GPU and a slice of it overlap, two slices of it don't. The planned end has no part in
-- it: a container that is overdue still holds its device.
ALTER TABLE "leases" ADD CONSTRAINT "leases_device_held_once"
  EXCLUDE USING gist ("gpu_uuid" WITH =, "part" WITH &&) WHERE ("ended_at" IS NULL);
--> statement-breakpoint
-- An empty range overlaps nothing, so it would hold nothing.
ALTER TABLE "leases" ADD CONSTRAINT "leases_part_is_not_empty" CHECK (NOT isempty("part"));
--> statement-breakpoint
ALTER TABLE "active_bot" ADD CONSTRAINT "active_bot_has_one_row" CHECK ("one");
--> statement-breakpoint
CREATE FUNCTION "events_refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are history: they are never changed or deleted' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "events_are_never_changed" BEFORE UPDATE OR DELETE ON "events"
  FOR EACH ROW EXECUTE FUNCTION "events_refuse_change"();
--> statement-breakpoint
CREATE TRIGGER "events_are_never_emptied" BEFORE TRUNCATE ON "events"
  FOR EACH STATEMENT EXECUTE FUNCTION "events_refuse_change"();
