-- A statement that changes several fan-outs writes the backlog's row once, not once for each of them. It stays what it
-- was: in the transaction that changes a fan-out, at the end of the statement, the last lock that any of them takes.
-- Posting inserts one row a statement: its trigger stays one for each row.
CREATE FUNCTION "keep_backlog_of_updates"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
  owed BIGINT;
  finished BIGINT;
BEGIN
  SELECT coalesce(sum("sign" * (CASE WHEN "state" IN ('waiting', 'delivering') THEN "expected" - "ended" ELSE 0 END)), 0),
    coalesce(sum("sign" * "ended"), 0)
  INTO owed, finished
  FROM (
    SELECT 1 AS "sign", "state", "expected", "delivered" + "cold" + "gone" AS "ended" FROM "after"
    UNION ALL
    SELECT -1, "state", "expected", "delivered" + "cold" + "gone" FROM "before"
  ) "row";
  IF owed <> 0 OR finished <> 0 THEN
    UPDATE "backlog" SET "deliveries" = "deliveries" + owed, "done" = "done" + finished;
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER "fan_out_keeps_backlog" ON "fan_out";
CREATE TRIGGER "fan_out_keeps_backlog" AFTER INSERT OR DELETE ON "fan_out"
  FOR EACH ROW EXECUTE FUNCTION "keep_backlog"();
CREATE TRIGGER "fan_out_updates_keep_backlog" AFTER UPDATE ON "fan_out"
  REFERENCING OLD TABLE AS "before" NEW TABLE AS "after"
  FOR EACH STATEMENT EXECUTE FUNCTION "keep_backlog_of_updates"();
