CREATE TYPE "fan_out_state" AS ENUM ('waiting', 'delivering', 'delivered', 'failed', 'cancelled');
CREATE TYPE "chunk_state" AS ENUM ('waiting', 'delivered', 'failed');

-- Tweets and follow edges draw from one sequence: see docs/decisions/002.
CREATE SEQUENCE "tweet_id_seq" AS BIGINT MAXVALUE 9007199254740991;

CREATE TABLE "user" (
    "id" INTEGER NOT NULL,
    "handle" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "bio" TEXT NOT NULL DEFAULT '',
    "role" TEXT,
    "follower_count" INTEGER NOT NULL DEFAULT 0,
    "following_count" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "user_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "user_counts_not_negative" CHECK ("follower_count" >= 0 AND "following_count" >= 0)
);

-- INCLUDE (since): planning and delivering a chunk read this index alone, never the table.
CREATE TABLE "follow" (
    "followee_id" INTEGER NOT NULL,
    "follower_id" INTEGER NOT NULL,
    "since" BIGINT NOT NULL,
    "backfilled_at" TIMESTAMPTZ(3),
    CONSTRAINT "follow_pkey" PRIMARY KEY ("followee_id", "follower_id") INCLUDE ("since"),
    CONSTRAINT "follow_not_self" CHECK ("followee_id" <> "follower_id")
);

CREATE TABLE "tweet" (
    "id" BIGINT NOT NULL,
    "author_id" INTEGER NOT NULL,
    "text" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),
    CONSTRAINT "tweet_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "idempotency_key" (
    "account_id" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "tweet_id" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("account_id", "key")
);

CREATE TABLE "fan_out" (
    "tweet_id" BIGINT NOT NULL,
    "author_id" INTEGER NOT NULL,
    "state" "fan_out_state" NOT NULL DEFAULT 'waiting',
    "expected" INTEGER NOT NULL,
    "delivered" INTEGER NOT NULL DEFAULT 0,
    "cold" INTEGER NOT NULL DEFAULT 0,
    "gone" INTEGER NOT NULL DEFAULT 0,
    "chunks" INTEGER NOT NULL DEFAULT 0,
    "chunks_done" INTEGER NOT NULL DEFAULT 0,
    "chunks_failed" INTEGER NOT NULL DEFAULT 0,
    "redeliveries" INTEGER NOT NULL DEFAULT 0,
    "planned_shard" INTEGER NOT NULL DEFAULT 0,
    "planned_to" INTEGER NOT NULL DEFAULT 0,
    "accepted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "published_at" TIMESTAMPTZ(3),
    "planned_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "first_at" TIMESTAMPTZ(3),
    "median_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "fan_out_pkey" PRIMARY KEY ("tweet_id"),
    CONSTRAINT "fan_out_never_above_expected" CHECK ("delivered" + "cold" + "gone" <= "expected")
);

CREATE TABLE "chunk" (
    "tweet_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "shard" INTEGER NOT NULL,
    "from_id" INTEGER NOT NULL,
    "to_id" INTEGER NOT NULL,
    "expected" INTEGER NOT NULL,
    "state" "chunk_state" NOT NULL DEFAULT 'waiting',
    "delivered" INTEGER NOT NULL DEFAULT 0,
    "cold" INTEGER NOT NULL DEFAULT 0,
    "gone" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "redeliveries" INTEGER NOT NULL DEFAULT 0,
    "worker" TEXT,
    "error" TEXT,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    CONSTRAINT "chunk_pkey" PRIMARY KEY ("tweet_id", "number")
);

CREATE TABLE "backlog" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "deliveries" BIGINT NOT NULL DEFAULT 0,
    "done" BIGINT NOT NULL DEFAULT 0,
    "rate" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "sampled_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sampled_done" BIGINT NOT NULL DEFAULT 0,
    "sampled_deliveries" BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT "backlog_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "backlog_is_one_row" CHECK ("id")
);
INSERT INTO "backlog" DEFAULT VALUES;

CREATE TABLE "worker" (
    "name" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "worker_pkey" PRIMARY KEY ("name")
);

CREATE UNIQUE INDEX "user_handle_key" ON "user"("handle");
CREATE INDEX "follow_follower_id_followee_id_idx" ON "follow"("follower_id", "followee_id");
CREATE INDEX "tweet_author_id_id_idx" ON "tweet"("author_id", "id" DESC);
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");
CREATE INDEX "fan_out_finished_at_idx" ON "fan_out"("finished_at");
CREATE INDEX "fan_out_author_id_tweet_id_idx" ON "fan_out"("author_id", "tweet_id" DESC);

-- Partial, so that looking for what is due or not backfilled costs nothing while all is well.
CREATE INDEX "fan_out_due" ON "fan_out"("due_at") WHERE "state" IN ('waiting', 'delivering');
CREATE INDEX "follow_not_backfilled" ON "follow"("follower_id") WHERE "backfilled_at" IS NULL;

-- Deliveries that a fan-out still owes.
CREATE FUNCTION "remaining"(f "fan_out") RETURNS INTEGER LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN f.state IN ('waiting', 'delivering') THEN f.expected - f.delivered - f.cold - f.gone ELSE 0 END
$$;

-- Keeps the one row of "backlog" in the transaction that changes a fan-out. It is the last lock that any of them
-- takes, so that they cannot deadlock, and it is held until the commit alone.
CREATE FUNCTION "keep_backlog"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
  owed INTEGER := CASE WHEN TG_OP = 'DELETE' THEN 0 ELSE "remaining"(NEW) END
                - CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE "remaining"(OLD) END;
  finished INTEGER := CASE WHEN TG_OP <> 'UPDATE' THEN 0
                      ELSE NEW.delivered + NEW.cold + NEW.gone - OLD.delivered - OLD.cold - OLD.gone END;
BEGIN
  IF owed <> 0 OR finished <> 0 THEN
    UPDATE "backlog" SET "deliveries" = "deliveries" + owed, "done" = "done" + finished;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "fan_out_keeps_backlog" AFTER INSERT OR UPDATE OR DELETE ON "fan_out"
  FOR EACH ROW EXECUTE FUNCTION "keep_backlog"();
