-- The app that a tweet was posted with, as it called itself then; null for our own pages. It is copied, so that the tweet
-- still says so when the app is forgotten. See docs/decisions/043.
ALTER TABLE "tweet" ADD COLUMN "app_name" TEXT, ADD COLUMN "app_website" TEXT;

-- The tags of tweets, so that the newest tweets of a tag are found without looking at others. In lower case and without
-- "#". Deleted tweets keep their rows, and readers leave them out.
CREATE TABLE "tweet_tag" (
    "tag" TEXT COLLATE "C" NOT NULL,
    "tweet_id" BIGINT NOT NULL,
    CONSTRAINT "tweet_tag_pkey" PRIMARY KEY ("tag", "tweet_id")
);

-- Tweets of before. core/trends/terms.ts knows letters better: what it would call a tag is one here too, in the scripts that
-- people have written in so far.
INSERT INTO "tweet_tag" ("tag", "tweet_id")
SELECT DISTINCT lower(found[1]), t."id"
FROM "tweet" t, regexp_matches(normalize(t."text", NFC), '#([0-9A-Za-z_\u00C0-\u1FFF\u3040-\uD7FF]+)', 'g') AS found
WHERE t."text" LIKE '%#%' AND length(found[1]) <= 59 AND found[1] !~ '^[0-9_]+$';

-- People are looked for by the beginning of their handle. The unique index has another order, unless the database's is "C".
CREATE INDEX "user_handle_prefix" ON "user"("handle" text_pattern_ops);

-- Posts as before, and takes for each post also the name and the website of its app (null: none), and its tags with a space
-- between them (null: none).
DO $$
DECLARE
  tweet CONSTANT TEXT := 'INSERT INTO "tweet" (id, author_id, text, created_at)
      VALUES (post_tweets.tweet_id, author, bodies[n], post_tweets.posted_at);';
  source TEXT;
BEGIN
  SELECT pg_get_functiondef(p.oid) INTO STRICT source FROM pg_proc p
  WHERE p.proname = 'post_tweets' AND p.pronamespace = current_schema()::regnamespace AND position(tweet IN p.prosrc) > 0;
  source := replace(source, 'is_patient boolean)',
    'is_patient boolean, app_names text[], app_websites text[], tags text[])');
  EXECUTE replace(source, tweet, 'INSERT INTO "tweet" (id, author_id, text, created_at, app_name, app_website)
      VALUES (post_tweets.tweet_id, author, bodies[n], post_tweets.posted_at, app_names[n], app_websites[n]);
      IF tags[n] IS NOT NULL THEN
        INSERT INTO "tweet_tag" (tag, tweet_id)
        SELECT DISTINCT found.tag, post_tweets.tweet_id FROM string_to_table(tags[n], '' '') found(tag);
      END IF;');
END $$;

-- For web and worker processes of the version before, while they are replaced: it goes with the version after this one.
CREATE OR REPLACE FUNCTION "post_tweets"(
  author_ids INTEGER[], keys TEXT[], fingerprints TEXT[], bodies TEXT[], most_posts INTEGER[],
  small_bounds BIGINT[], large_bounds BIGINT[], rates_seen FLOAT8[], deviations_seen FLOAT8[],
  small INTEGER, fan_out_cost INTEGER, window_s INTEGER, is_patient BOOLEAN
) RETURNS TABLE (
  outcome TEXT, tweet_id BIGINT, posted_at TIMESTAMPTZ, handle TEXT, name TEXT, expected INTEGER, wait_s FLOAT8,
  deliveries BIGINT, fan_outs BIGINT, rate FLOAT8, deviation FLOAT8, paused BOOLEAN
) LANGUAGE sql ROWS 16 AS $$
  SELECT * FROM "post_tweets"(
    author_ids, keys, fingerprints, bodies, most_posts, small_bounds, large_bounds, rates_seen, deviations_seen,
    small, fan_out_cost, window_s, is_patient, NULL, NULL, NULL
  )
$$;
