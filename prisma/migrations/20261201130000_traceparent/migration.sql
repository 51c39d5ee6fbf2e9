-- The trace of a post, as the header `traceparent` of the W3C; null unless it was drawn to be kept. The relay publishes it with
-- the fan-out, and the delivery page shows it. See docs/decisions/048.
ALTER TABLE "fan_out" ADD COLUMN "traceparent" TEXT;

-- Posts as before, and notes the traces of those that were posted ("traceparents", null: not traced). It is a function beside
-- the one of before, which is called when none of the posts is traced: so tracing costs nothing where it is off. A process of
-- the version before knows only that one.
--
-- What it writes, it writes after all posts, while the backlog's row is held: some 30 µs for each traced post.
CREATE FUNCTION "post_tweets"(
  author_ids INTEGER[], keys TEXT[], fingerprints TEXT[], bodies TEXT[], most_posts INTEGER[],
  small_bounds BIGINT[], large_bounds BIGINT[], rates_seen FLOAT8[], deviations_seen FLOAT8[],
  small INTEGER, fan_out_cost INTEGER, window_s INTEGER, is_patient BOOLEAN,
  app_names TEXT[], app_websites TEXT[], tags TEXT[], pull_above_s FLOAT8[], assumed_rate FLOAT8, traceparents TEXT[]
) RETURNS TABLE (
  outcome TEXT, tweet_id BIGINT, posted_at TIMESTAMPTZ, handle TEXT, name TEXT, expected INTEGER, wait_s FLOAT8,
  deliveries BIGINT, fan_outs BIGINT, rate FLOAT8, deviation FLOAT8, paused BOOLEAN, pulled INTEGER
) LANGUAGE plpgsql ROWS 16
-- Plans are kept, also one that was made while the table was empty.
SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
DECLARE
  n INTEGER := 0;
BEGIN
  FOR outcome, tweet_id, posted_at, handle, name, expected, wait_s, deliveries, fan_outs, rate, deviation, paused,
    pulled IN
    SELECT * FROM "post_tweets"(
      author_ids, keys, fingerprints, bodies, most_posts, small_bounds, large_bounds, rates_seen, deviations_seen,
      small, fan_out_cost, window_s, is_patient, app_names, app_websites, tags, pull_above_s, assumed_rate
    )
  LOOP
    n := n + 1;
    IF outcome = 'posted' AND traceparents[n] IS NOT NULL THEN
      UPDATE "fan_out" f SET traceparent = traceparents[n] WHERE f.tweet_id = post_tweets.tweet_id;
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
