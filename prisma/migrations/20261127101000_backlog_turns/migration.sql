-- Every post and every finished chunk writes the backlog's one row. While somebody holds an old snapshot, as pg_dump does for
-- as long as it runs, no version of a row can be cleared. Whoever looked for the row passed over all of them: after half a
-- minute of posting a read took eight times as long, and it grew without end.
--
-- So the row has a turn, which the sample of the rate moves on twice a second, and an index of turns. All that look for the
-- row do so from the largest turn on, and pass over what was written since the last sample. In this form and no other: a
-- turn only grows, so that the condition still holds for a version that somebody writes while we wait for his lock. With
-- "=" such an update would be lost. See docs/decisions/039.
ALTER TABLE "backlog" ADD COLUMN "turn" BIGINT NOT NULL DEFAULT 0;
CREATE INDEX "backlog_turn_idx" ON "backlog"("turn");

-- As before, but for how they find the row. Plans are kept, and those of a small table would read all of a large one: without
-- seqscan there is one way. Processes of the version before read and write the row as they did, which stays right.

CREATE OR REPLACE FUNCTION "keep_backlog_of_inserts"() RETURNS TRIGGER LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  owed BIGINT;
  opened BIGINT;
BEGIN
  SELECT coalesce(sum("expected" - "delivered" - "cold" - "gone"), 0), count(*) INTO owed, opened
  FROM "after" WHERE "state" IN ('waiting', 'delivering');
  IF opened <> 0 THEN
    UPDATE "backlog" SET "deliveries" = "deliveries" + owed, "fan_outs" = "fan_outs" + opened
    WHERE "turn" >= (SELECT max("turn") FROM "backlog");
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION "keep_backlog_of_updates"() RETURNS TRIGGER LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  owed BIGINT;
  finished BIGINT;
  opened BIGINT;
  delivered BIGINT;
BEGIN
  SELECT coalesce(sum("row"."sign" * (CASE WHEN "row"."open" THEN "row"."expected" - "row"."ended" ELSE 0 END)), 0),
    coalesce(sum("row"."sign" * "row"."ended"), 0),
    coalesce(sum("row"."sign") FILTER (WHERE "row"."open"), 0),
    coalesce(sum("row"."sign") FILTER (WHERE "row"."state" = 'delivered'), 0)
  INTO owed, finished, opened, delivered
  FROM (
    SELECT 1 AS "sign", a."state", a."state" IN ('waiting', 'delivering') AS "open", a."expected",
      a."delivered" + a."cold" + a."gone" AS "ended" FROM "after" a
    UNION ALL
    SELECT -1, b."state", b."state" IN ('waiting', 'delivering'), b."expected",
      b."delivered" + b."cold" + b."gone" FROM "before" b
  ) "row";
  IF owed <> 0 OR finished <> 0 OR opened <> 0 OR delivered <> 0 THEN
    UPDATE "backlog" SET "deliveries" = "deliveries" + owed, "done" = "done" + finished,
      "fan_outs" = "fan_outs" + opened, "fan_outs_done" = "fan_outs_done" + delivered
    WHERE "turn" >= (SELECT max("turn") FROM "backlog");
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION "keep_backlog"() RETURNS TRIGGER LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  IF OLD.state IN ('waiting', 'delivering') THEN
    UPDATE "backlog" SET "deliveries" = "deliveries" - "remaining"(OLD), "fan_outs" = "fan_outs" - 1
    WHERE "turn" >= (SELECT max("turn") FROM "backlog");
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION "hold_room"(
  expected INTEGER[], fan_out_cost INTEGER, bounds BIGINT[], rates_seen FLOAT8[], deviations_seen FLOAT8[]
) RETURNS "backlog" LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  locked "backlog";
BEGIN
  SELECT b.* INTO locked FROM "backlog" b WHERE b.turn >= (SELECT max(c.turn) FROM "backlog" c) FOR NO KEY UPDATE;
  FOR n IN 1 .. cardinality(expected) LOOP
    CONTINUE WHEN expected[n] IS NULL;
    IF NOT "has_room"(locked, expected[n], fan_out_cost, bounds[n], rates_seen[n], deviations_seen[n]) THEN
      RAISE EXCEPTION 'Others took the room meanwhile' USING ERRCODE = 'TF001';
    END IF;
    IF expected[n] > 0 THEN
      locked.deliveries := locked.deliveries + expected[n];
      locked.fan_outs := locked.fan_outs + 1;
    END IF;
  END LOOP;
  RETURN locked;
END $$;

-- In "post_tweets" it is one line of two hundred.
DO $$
DECLARE
  before CONSTANT TEXT := 'FROM "backlog" b WHERE b.id;';
  source TEXT;
BEGIN
  SELECT pg_get_functiondef(p.oid) INTO STRICT source FROM pg_proc p
  WHERE p.proname = 'post_tweets' AND p.pronamespace = current_schema()::regnamespace AND position(before IN p.prosrc) > 0;
  EXECUTE replace(source, before, 'FROM "backlog" b WHERE b.turn >= (SELECT max(c.turn) FROM "backlog" c);');
END $$;
