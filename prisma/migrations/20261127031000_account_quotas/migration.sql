-- When an account did a thing of which it may do so many in a while: its newest times. See docs/decisions/028.
CREATE TABLE "account_rate" (
    "account_id" INTEGER NOT NULL,
    "thing" TEXT NOT NULL,
    "times" TIMESTAMPTZ[] NOT NULL DEFAULT '{}',
    CONSTRAINT "account_rate_pkey" PRIMARY KEY ("account_id", "thing")
);

-- Takes a turn of an account at a thing that it may do "most" times within any "window_s" seconds. Returns 0 when it has
-- one; otherwise the seconds until it has, and nothing was written. The row is locked until the transaction ends, so that
-- turns of one account come one after the other, and a turn is given back when the transaction is rolled back.
CREATE FUNCTION "take_turn"(account INTEGER, what TEXT, most INTEGER, window_s INTEGER) RETURNS FLOAT8
LANGUAGE plpgsql AS $$
DECLARE
  before TIMESTAMPTZ[];
  at TIMESTAMPTZ;
  oldest TIMESTAMPTZ; -- of as many as there may be: it has to be out of the window
  begins TIMESTAMPTZ; -- of the window that ends now
BEGIN
  INSERT INTO "account_rate" ("account_id", "thing") VALUES (account, what) ON CONFLICT DO NOTHING;
  SELECT r."times" INTO before FROM "account_rate" r WHERE r."account_id" = account AND r."thing" = what FOR UPDATE;
  at := clock_timestamp();
  begins := at - make_interval(secs => window_s);
  oldest := before[cardinality(before) - most + 1];
  IF oldest > begins THEN
    RETURN extract(epoch FROM oldest - begins);
  END IF;
  UPDATE "account_rate" r
  SET "times" = ARRAY(SELECT t FROM unnest(before) AS t WHERE t > begins ORDER BY t) || at
  WHERE r."account_id" = account AND r."thing" = what;
  RETURN 0;
END $$;

-- What an account has of these is counted when it asks for one more, however many other tasks of it are kept.
CREATE INDEX "task_scheduled_tweets" ON "task"("account_id") WHERE "kind" = 'tweet' AND "state" <> 'succeeded';
CREATE INDEX "task_archives" ON "task"("account_id") WHERE "kind" = 'archive';

-- Ticks that asked for nothing, because the task of the one before was not over.
ALTER TABLE "schedule" ADD COLUMN "skipped" INTEGER NOT NULL DEFAULT 0;
CREATE INDEX "schedule_account_id_idx" ON "schedule"("account_id");
