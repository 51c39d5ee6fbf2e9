-- What an account posted lately: its newest "posts" tweets, counted no further than it may post a minute, begin with
-- "oldest". A minute without a tweet begins anew. So the n-th newest tweet is known without reading n of them: see
-- docs/decisions/020.
CREATE TABLE "post_rate" (
    "account_id" INTEGER NOT NULL,
    "posts" INTEGER NOT NULL,
    "oldest_id" BIGINT NOT NULL,
    "oldest_at" TIMESTAMPTZ(3) NOT NULL,
    "newest_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "post_rate_pkey" PRIMARY KEY ("account_id")
) WITH (fillfactor = 70); -- each post changes its author's row, in place while the page has room

-- What was posted within the last minute still counts.
INSERT INTO "post_rate" ("account_id", "posts", "oldest_id", "oldest_at", "newest_at")
SELECT "author_id", count(*), min("id"), min("created_at"), max("created_at")
FROM "tweet" WHERE "created_at" > statement_timestamp() - interval '60 seconds' GROUP BY "author_id";

-- Compares, and decides nothing: core/admission/admission.ts has decided which bound it is (null: nothing may be
-- promised), and for which measured rate (null: for any). An empty system takes more than its bound.
CREATE FUNCTION "has_room"(
  b "backlog", expected INTEGER, bound BIGINT, rate_seen FLOAT8, deviation_seen FLOAT8
) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE AS $$
  SELECT expected = 0 OR (
    bound IS NOT NULL AND (b.deliveries <= 0 OR b.deliveries + expected <= bound)
    AND b.rate = coalesce(rate_seen, b.rate) AND b.rate_deviation = coalesce(deviation_seen, b.rate_deviation)
  )
$$;

-- Posts a tweet: key, rate, room, tweet and promise in one call, for core/tweets/post-tweet.ts.
--
-- Takes who posts which text under which key; how many tweets he may post within how many seconds; up to how many
-- deliveries a fan-out is small, what the backlog may hold with a small or a large one in it, and the rate that these
-- bounds were computed from. Returns one row. "outcome" is one of
--   posted        written, and promised to "expected" followers
--   replayed      the key has this tweet already; its time and "expected" are as they were then
--   in progress   somebody is answering this key right now
--   mismatch      the key was used for another body, or for a task
--   no author     there is no such account
--   too fast      the account may post again in "wait_s" seconds
--   no room       the bounds do not let it in, or are of another rate: "deliveries" wait, "rate" and "paused" are so
-- Only `posted` has written anything. It raises TF001 when others took the room while it wrote: that is rolled back,
-- call it again.
--
-- Safe to repeat with the same key: beside itself by the key's lock, after a crash by the key's row.
--
-- Every statement in here sees what was committed before it began, so that what is read after a lock is true until the
-- commit. The locks, in this order: the key (does not wait), the author's posts, the author against who follows him, the
-- backlog. Whoever holds the backlog's row holds up all others until his commit is on disk.
CREATE FUNCTION "post_tweet"(
  author_id INTEGER, key TEXT, fingerprint TEXT, body TEXT,
  most_posts INTEGER, window_s INTEGER,
  small INTEGER, small_bound BIGINT, large_bound BIGINT, rate_seen FLOAT8, deviation_seen FLOAT8,
  OUT outcome TEXT, OUT tweet_id BIGINT, OUT posted_at TIMESTAMPTZ, OUT handle TEXT, OUT name TEXT,
  OUT expected INTEGER, OUT wait_s FLOAT8,
  OUT deliveries BIGINT, OUT rate FLOAT8, OUT deviation FLOAT8, OUT paused BOOLEAN
) LANGUAGE plpgsql
-- Plans are kept. One that was made while a table was empty would read all of it once it is full.
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
AS $$
DECLARE
  -- Said so, only the index of an author's tweets has their order. Statistics of an hour with few authors would have them
  -- looked for in the order of all tweets.
  author CONSTANT INTEGER[] := ARRAY[author_id];
  crowd CONSTANT BIGINT := 64; -- posts that may ask for the same room at once
  used RECORD; -- the key's row
  begins TIMESTAMPTZ; -- of the window that ends now
  posted_before BOOLEAN;
  counted INTEGER; -- posts in the window, no more than there may be
  too_many BOOLEAN; -- are counted in the account's row: it might post more before
  first_id BIGINT; -- of those that are counted
  first_at TIMESTAMPTZ;
  has_room BOOLEAN;
  bound BIGINT;
  crowded BOOLEAN;
BEGIN
  -- The key.
  IF NOT pg_try_advisory_xact_lock(post_tweet.author_id, hashtext(post_tweet.key)) THEN
    outcome := 'in progress';
    RETURN;
  END IF;
  SELECT k.fingerprint, k.tweet_id INTO used
  FROM "idempotency_key" k WHERE k.account_id = post_tweet.author_id AND k.key = post_tweet.key;
  IF FOUND THEN
    IF used.fingerprint <> post_tweet.fingerprint OR used.tweet_id IS NULL THEN
      outcome := 'mismatch';
      RETURN;
    END IF;
    SELECT f.tweet_id, f.accepted_at, u.handle, u.name, f.expected INTO STRICT tweet_id, posted_at, handle, name, expected
    FROM "fan_out" f JOIN "user" u ON u.id = f.author_id WHERE f.tweet_id = used.tweet_id;
    outcome := 'replayed';
    RETURN;
  END IF;

  -- An author's posts come one after the other, or two would count the same posts before them. Not by a row's lock:
  -- refusing would have to be written then, and waited for.
  PERFORM pg_advisory_xact_lock(4294967296 + post_tweet.author_id); -- so large that no other lock has that number
  posted_at := date_trunc('milliseconds', clock_timestamp());
  begins := posted_at - make_interval(secs => window_s);

  -- A look, without the locks that have to be written: most of what is refused is refused here.
  SELECT u.follower_count, b.deliveries, b.rate, b.rate_deviation, b.paused,
    "has_room"(
      b, u.follower_count, CASE WHEN u.follower_count <= small THEN small_bound ELSE large_bound END,
      rate_seen, deviation_seen
    ),
    r.account_id IS NOT NULL, CASE WHEN r.newest_at > begins THEN least(r.posts, most_posts) ELSE 0 END,
    r.posts > most_posts, r.oldest_id, r.oldest_at
  INTO expected, deliveries, rate, deviation, paused, has_room, posted_before, counted, too_many, first_id, first_at
  FROM "user" u CROSS JOIN "backlog" b LEFT JOIN "post_rate" r ON r.account_id = u.id
  WHERE u.id = post_tweet.author_id AND b.id;
  IF NOT FOUND THEN
    outcome := 'no author';
    RETURN;
  END IF;

  -- The rate: whether the n-th newest tweet is within the window.
  IF counted = most_posts THEN
    IF too_many THEN
      SELECT t.id, t.created_at INTO first_id, first_at FROM "tweet" t
      WHERE t.author_id = ANY(author) ORDER BY t.author_id, t.id DESC OFFSET most_posts - 1 LIMIT 1;
    END IF;
    IF first_at > begins THEN
      outcome := 'too fast';
      wait_s := extract(epoch FROM first_at - begins);
      RETURN;
    END IF;
  END IF;
  IF NOT has_room THEN
    outcome := 'no room';
    RETURN;
  END IF;

  -- On disk before it is answered, also where commits do not wait for that: see post-tweet.ts.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;

  -- The followers are those of this moment, and whoever follows waits for the commit: see docs/decisions/002.
  SELECT u.follower_count, u.handle, u.name INTO expected, handle, name
  FROM "user" u WHERE u.id = post_tweet.author_id FOR SHARE;
  IF NOT FOUND THEN
    outcome := 'no author';
    RETURN;
  END IF;
  tweet_id := nextval('tweet_id_seq');
  bound := CASE WHEN expected <= small THEN small_bound ELSE large_bound END;

  -- Where others may be about to take the same room, the row is locked before anything is written.
  crowded := expected > 0 AND coalesce(deliveries + crowd * expected > bound, true);
  IF crowded THEN
    SELECT b.deliveries, b.rate, b.rate_deviation, b.paused,
      "has_room"(b, post_tweet.expected, bound, rate_seen, deviation_seen)
    INTO deliveries, rate, deviation, paused, has_room
    FROM "backlog" b WHERE b.id FOR NO KEY UPDATE;
    IF NOT has_room THEN
      outcome := 'no room';
      RETURN;
    END IF;
  END IF;

  -- The oldest of as many as there may be makes room for this one: the next tweet takes its place.
  IF counted = most_posts THEN
    SELECT t.id, t.created_at INTO first_id, first_at FROM "tweet" t
    WHERE t.author_id = ANY(author) AND t.id > first_id ORDER BY t.author_id DESC, t.id LIMIT 1;
    counted := counted - 1;
  END IF;
  IF counted = 0 OR first_id IS NULL THEN
    first_id := tweet_id;
    first_at := posted_at;
  END IF;
  IF posted_before THEN
    UPDATE "post_rate" r
    SET posts = counted + 1, oldest_id = first_id, oldest_at = first_at, newest_at = posted_at
    WHERE r.account_id = post_tweet.author_id;
  ELSE
    INSERT INTO "post_rate" (account_id, posts, oldest_id, oldest_at, newest_at)
    VALUES (post_tweet.author_id, counted + 1, first_id, first_at, posted_at);
  END IF;

  INSERT INTO "tweet" (id, author_id, text, created_at)
  VALUES (post_tweet.tweet_id, post_tweet.author_id, body, posted_at);
  INSERT INTO "idempotency_key" (account_id, key, fingerprint, tweet_id)
  VALUES (post_tweet.author_id, post_tweet.key, post_tweet.fingerprint, post_tweet.tweet_id);

  -- Everywhere else it is locked last, since whoever holds it holds up all others.
  IF expected > 0 AND NOT crowded THEN
    PERFORM FROM "backlog" b
    WHERE b.id AND "has_room"(b, post_tweet.expected, bound, rate_seen, deviation_seen) FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'Others took the room meanwhile' USING ERRCODE = 'TF001';
    END IF;
  END IF;

  -- The promise. Its trigger adds it to the backlog. Two seconds are the web process's to publish it, then the relay's.
  INSERT INTO "fan_out" (tweet_id, author_id, expected, state, accepted_at, finished_at, due_at)
  VALUES (
    post_tweet.tweet_id, post_tweet.author_id, post_tweet.expected,
    CASE WHEN post_tweet.expected = 0 THEN 'delivered' ELSE 'waiting' END::"fan_out_state",
    posted_at, CASE WHEN post_tweet.expected = 0 THEN posted_at END, posted_at + interval '2 seconds'
  );
  outcome := 'posted';
END $$;
