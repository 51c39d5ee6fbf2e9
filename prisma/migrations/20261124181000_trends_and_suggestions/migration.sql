-- How many tweets of a minute hold a term. A minute is counted anew as a whole, so that counting it twice is once.
CREATE TABLE "trend_count" (
    "minute" TIMESTAMPTZ(3) NOT NULL,
    "term" TEXT NOT NULL,
    "tweets" INTEGER NOT NULL,
    CONSTRAINT "trend_count_pkey" PRIMARY KEY ("minute", "term")
);

-- What is read: the terms that most tweets of the last hours hold, in their order.
CREATE TABLE "trend" (
    "place" SMALLINT NOT NULL,
    "term" TEXT NOT NULL,
    "tweets" INTEGER NOT NULL,
    CONSTRAINT "trend_pkey" PRIMARY KEY ("place")
);

-- One row: everything that was written or deleted before is counted.
CREATE TABLE "trend_state" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "counted_to" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "trend_state_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "trend_state_is_one_row" CHECK ("id")
);

-- Tweets lie in the order of their times: a few bytes for 16 pages find those of a minute, and posting pays nothing.
CREATE INDEX "tweet_created_at" ON "tweet" USING brin ("created_at") WITH (pages_per_range = 16);
CREATE INDEX "tweet_deleted_at" ON "tweet" ("deleted_at") WHERE "deleted_at" IS NOT NULL;

-- Whom an account might follow, as it was computed last; replaced as a whole.
CREATE TABLE "suggestion_list" (
    "account_id" INTEGER NOT NULL,
    "suggested" JSONB NOT NULL,
    "readers" INTEGER NOT NULL,
    "computed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "suggestion_list_pkey" PRIMARY KEY ("account_id")
);
CREATE INDEX "suggestion_list_computed_at_idx" ON "suggestion_list"("computed_at");

-- A key stands for a tweet, or for the task that is to post one.
ALTER TABLE "idempotency_key"
    ALTER COLUMN "tweet_id" DROP NOT NULL,
    ADD COLUMN "task_id" BIGINT,
    ADD CONSTRAINT "idempotency_key_is_of_one" CHECK (("tweet_id" IS NULL) <> ("task_id" IS NULL));
