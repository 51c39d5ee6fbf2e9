-- What web processes have to forget of what they keep of home timelines. See core/timelines/home-changes.ts.
CREATE TABLE "home_change" (
    "version" BIGINT NOT NULL,
    "at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "tweet_id" BIGINT,
    "reader_id" INTEGER,
    CONSTRAINT "home_change_pkey" PRIMARY KEY ("version")
);

-- Writes one row. The lock is held until the commit, so that versions are committed in their order: whoever sees one
-- sees all before it. Constraint triggers are deferred to the commit, so that no other lock is waited for meanwhile.
-- Rows of the last hour stay, and the last thousand: a process that is further behind forgets everything.
CREATE FUNCTION "keep_home_changes"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
  tweet BIGINT;
  reader INTEGER;
  newest BIGINT;
BEGIN
  IF TG_TABLE_NAME = 'tweet' AND TG_OP = 'UPDATE' THEN tweet := NEW.id;
  ELSIF TG_TABLE_NAME = 'follow' AND TG_OP = 'UPDATE' THEN reader := NEW.follower_id;
  ELSIF TG_TABLE_NAME = 'follow' AND TG_OP = 'DELETE' THEN reader := OLD.follower_id;
  END IF;
  PERFORM pg_advisory_xact_lock(7102, 0); -- a number that no other advisory lock of this database uses
  INSERT INTO "home_change" ("version", "tweet_id", "reader_id")
    SELECT coalesce(max("version"), 0) + 1, tweet, reader FROM "home_change" RETURNING "version" INTO newest;
  DELETE FROM "home_change" WHERE "version" IN (
    SELECT "version" FROM (SELECT "version", "at" FROM "home_change" ORDER BY "version" LIMIT 10) oldest
    WHERE "version" < newest - 1000 AND "at" < clock_timestamp() - interval '1 hour'
  );
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER "tweet_deleted" AFTER UPDATE OF "deleted_at" ON "tweet" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD."deleted_at" IS NULL AND NEW."deleted_at" IS NOT NULL) EXECUTE FUNCTION "keep_home_changes"();
CREATE CONSTRAINT TRIGGER "unfollowed" AFTER DELETE ON "follow" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION "keep_home_changes"();
CREATE CONSTRAINT TRIGGER "backfilled" AFTER UPDATE OF "backfilled_at" ON "follow" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD."backfilled_at" IS NULL AND NEW."backfilled_at" IS NOT NULL)
  EXECUTE FUNCTION "keep_home_changes"();
-- Rare, and of all readers: these say that everything is to be forgotten.
CREATE CONSTRAINT TRIGGER "author_renamed" AFTER UPDATE OF "handle", "name" ON "user" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN ((OLD."handle", OLD."name") IS DISTINCT FROM (NEW."handle", NEW."name"))
  EXECUTE FUNCTION "keep_home_changes"();
CREATE TRIGGER "tweets_emptied" AFTER TRUNCATE ON "tweet" EXECUTE FUNCTION "keep_home_changes"();
CREATE TRIGGER "follows_emptied" AFTER TRUNCATE ON "follow" EXECUTE FUNCTION "keep_home_changes"();
