-- The tables of tweet-fanout, by thought: each table with its indexes, then the functions and triggers that keep it.

CREATE TYPE chunk_state AS ENUM ('waiting', 'delivered', 'failed');
CREATE TYPE fan_out_state AS ENUM ('waiting', 'delivering', 'delivered', 'failed', 'cancelled');
CREATE TYPE task_state AS ENUM ('waiting', 'running', 'succeeded', 'failed', 'cancelled');

-- ==== Accounts and whom they follow ====

CREATE TABLE "user" (
  id integer PRIMARY KEY,
  handle text NOT NULL,
  name text NOT NULL,
  bio text DEFAULT '' NOT NULL,
  role text,
  follower_count integer DEFAULT 0 NOT NULL,
  following_count integer DEFAULT 0 NOT NULL,
  created_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  -- Whether the newest tweets of this account are pulled, and until when somebody forces it (the lab).
  pulled boolean DEFAULT false NOT NULL,
  pulled_until timestamptz(3),
  CONSTRAINT user_counts_not_negative CHECK ((follower_count >= 0) AND (following_count >= 0))
);

CREATE UNIQUE INDEX user_handle_key ON "user" (handle);
-- People are looked for by the beginning of their handle. The unique index has another order, unless the database's is "C".
CREATE INDEX user_handle_prefix ON "user" (handle text_pattern_ops);

-- INCLUDE (since): planning and delivering a chunk read this index alone, never the table.
CREATE TABLE follow (
  followee_id integer NOT NULL,
  follower_id integer NOT NULL,
  since bigint NOT NULL,
  backfilled_at timestamptz(3),
  PRIMARY KEY (followee_id, follower_id) INCLUDE (since),
  CONSTRAINT follow_not_self CHECK (followee_id <> follower_id)
);

-- The repair of a restored timeline store asks which backfills it may have lost. Edges that were complete from the
-- beginning, as the seed writes them, have the time 0 and are not asked for.
CREATE INDEX follow_backfilled ON follow (backfilled_at) WHERE (backfilled_at > '1970-01-01 00:00:00+00');
CREATE INDEX follow_follower_id_followee_id_idx ON follow (follower_id, followee_id);
CREATE INDEX follow_not_backfilled ON follow (follower_id) WHERE (backfilled_at IS NULL);

-- The followers of an author who has more than a chunk of them, a chunk's worth a row: see docs/decisions/017.
CREATE TABLE follower_pack (
  followee_id integer NOT NULL,
  shard integer NOT NULL,
  from_id integer NOT NULL,
  to_id integer NOT NULL,
  shards integer NOT NULL,
  chunk_size integer NOT NULL,
  count integer NOT NULL,
  newest bigint NOT NULL,
  ids bytea NOT NULL,
  PRIMARY KEY (followee_id, shard, from_id),
  CONSTRAINT follower_pack_holds_its_ids CHECK (octet_length(ids) = (4 * count))
);
ALTER TABLE ONLY follower_pack ALTER COLUMN ids SET STORAGE EXTERNAL;

-- Follows or unfollows: edge, both counts and the followee's pack in one statement, so that the two locked rows are free
-- again after a round trip, however busy the process that asks. Every post of either account waits for these rows.
--
-- Returns whether it was not so already, and 0; or the seconds until the follower may follow somebody else again, and
-- nothing is written. Safe to repeat: the second time changes nothing. Both rows are locked in the order of their ids, so
-- that two people who follow each other at once do not deadlock. "since" is drawn under the lock of the followee's row,
-- see post_tweets. Without "per_minute" there is no bound.
CREATE FUNCTION "change_follow"(follower INTEGER, followee INTEGER, follows BOOLEAN, per_minute INTEGER)
RETURNS TABLE (changed BOOLEAN, wait_s FLOAT8)
LANGUAGE plpgsql AS $$
DECLARE
  -- A pack may grow to this many times a chunk. Beyond that its author's packs are dropped, and made again later.
  growth CONSTANT FLOAT8 := 1.1;
  step INTEGER := CASE WHEN follows THEN 1 ELSE -1 END;
  fits BOOLEAN;
BEGIN
  PERFORM FROM "user" u WHERE u."id" IN (follower, followee) ORDER BY u."id" FOR NO KEY UPDATE;
  IF follows = EXISTS (SELECT FROM "follow" f WHERE f."followee_id" = followee AND f."follower_id" = follower) THEN
    RETURN QUERY SELECT false, 0::FLOAT8;
    RETURN;
  END IF;
  IF follows AND per_minute IS NOT NULL THEN
    wait_s := take_turn(follower, 'follows', per_minute, 60);
    IF wait_s > 0 THEN
      RETURN QUERY SELECT false, wait_s;
      RETURN;
    END IF;
  END IF;
  IF follows THEN
    INSERT INTO "follow" ("followee_id", "follower_id", "since") VALUES (followee, follower, nextval('tweet_id_seq'));
  ELSE
    DELETE FROM "follow" f WHERE f."followee_id" = followee AND f."follower_id" = follower;
  END IF;
  UPDATE "user" u SET "follower_count" = u."follower_count" + step WHERE u."id" = followee;
  UPDATE "user" u SET "following_count" = u."following_count" + step WHERE u."id" = follower;
  -- Reads the followers of that range again, 1 ms and 16 KB for a pack of 4,000. A pack that is too large now, or a shard
  -- that had no follower and therefore no pack, ends all packs of the author, until the next fan-out makes them anew.
  UPDATE "follower_pack" p SET ("count", "newest", "ids") = (
    SELECT count(*), coalesce(max(f."since"), 0), coalesce(string_agg(int4send(f."follower_id"), '' ORDER BY f."follower_id"), '')
    FROM "follow" f WHERE f."followee_id" = p."followee_id" AND f."follower_id" BETWEEN p."from_id" AND p."to_id"
      AND f."follower_id" % p."shards" = p."shard"
  )
  WHERE p."followee_id" = followee AND follower BETWEEN p."from_id" AND p."to_id" AND follower % p."shards" = p."shard"
  RETURNING p."count" <= p."chunk_size" * growth INTO fits;
  IF fits IS NOT TRUE THEN
    DELETE FROM "follower_pack" p WHERE p."followee_id" = followee;
  END IF;
  RETURN QUERY SELECT true, 0::FLOAT8;
END $$;

-- ==== Tweets, and the promise to deliver each: the ledger ====

CREATE SEQUENCE tweet_id_seq MAXVALUE 9007199254740991;
CREATE TABLE tweet (
  id bigint PRIMARY KEY,
  author_id integer NOT NULL,
  text text NOT NULL,
  created_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  deleted_at timestamptz(3),
  -- The app that a tweet was posted with, as it called itself then; null for our own pages. It is copied, so that the tweet
  -- still says so when the app is forgotten. See docs/decisions/043.
  app_name text,
  app_website text
);

CREATE INDEX tweet_author_id_id_idx ON tweet (author_id, id DESC);
-- Tweets lie in the order of their times: a few bytes for 16 pages find those of a minute, and posting pays nothing.
CREATE INDEX tweet_created_at ON tweet USING brin (created_at) WITH (pages_per_range='16');
CREATE INDEX tweet_deleted_at ON tweet (deleted_at) WHERE (deleted_at IS NOT NULL);

-- The tags of tweets, so that the newest tweets of a tag are found without looking at others. In lower case and without
-- "#". Deleted tweets keep their rows, and readers leave them out.
CREATE TABLE tweet_tag (
  tag text NOT NULL COLLATE "C",
  tweet_id bigint NOT NULL,
  PRIMARY KEY (tag, tweet_id)
);

CREATE TABLE fan_out (
  tweet_id bigint PRIMARY KEY,
  author_id integer NOT NULL,
  state fan_out_state DEFAULT 'waiting' NOT NULL,
  expected integer NOT NULL,
  delivered integer DEFAULT 0 NOT NULL,
  cold integer DEFAULT 0 NOT NULL,
  gone integer DEFAULT 0 NOT NULL,
  chunks integer DEFAULT 0 NOT NULL,
  chunks_done integer DEFAULT 0 NOT NULL,
  chunks_failed integer DEFAULT 0 NOT NULL,
  redeliveries integer DEFAULT 0 NOT NULL,
  planned_shard integer DEFAULT 0 NOT NULL,
  planned_to integer DEFAULT 0 NOT NULL,
  accepted_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  published_at timestamptz(3),
  planned_at timestamptz(3),
  started_at timestamptz(3),
  first_at timestamptz(3),
  median_at timestamptz(3),
  finished_at timestamptz(3),
  due_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  layout integer,
  pulled integer DEFAULT 0 NOT NULL,
  -- The trace of a post, as the header `traceparent` of the W3C; null unless it was drawn to be kept. The relay publishes it with
  -- the fan-out, and the delivery page shows it. See docs/decisions/048.
  traceparent text,
  CONSTRAINT fan_out_has_an_end CHECK ((finished_at IS NULL) = (state IN ('waiting', 'delivering'))),
  CONSTRAINT fan_out_never_above_expected CHECK (((delivered + cold) + gone) <= expected)
) WITH (autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_threshold='5000');

CREATE INDEX fan_out_author_id_tweet_id_idx ON fan_out (author_id, tweet_id DESC);
-- Partial, so that looking for what is due or not backfilled costs nothing while all is well.
CREATE INDEX fan_out_due ON fan_out (due_at) WHERE (finished_at IS NULL);
-- What failed is looked for among fan-outs: an index of chunks by their state would make every chunk that is delivered a new
-- entry of all indexes.
CREATE INDEX fan_out_failed ON fan_out (tweet_id) WHERE (chunks_failed > 0);
CREATE INDEX fan_out_finished_at_idx ON fan_out (finished_at);

CREATE TABLE chunk (
  tweet_id bigint NOT NULL,
  number integer NOT NULL,
  shard integer NOT NULL,
  from_id integer NOT NULL,
  to_id integer NOT NULL,
  expected integer NOT NULL,
  state chunk_state DEFAULT 'waiting' NOT NULL,
  delivered integer DEFAULT 0 NOT NULL,
  cold integer DEFAULT 0 NOT NULL,
  gone integer DEFAULT 0 NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  failures integer DEFAULT 0 NOT NULL,
  redeliveries integer DEFAULT 0 NOT NULL,
  worker text,
  error text,
  started_at timestamptz(3),
  finished_at timestamptz(3),
  PRIMARY KEY (tweet_id, number)
) WITH (autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_threshold='5000');

CREATE TABLE worker (
  name text PRIMARY KEY,
  started_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  seen_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL
);

-- Deliveries that a fan-out still owes.
CREATE FUNCTION "remaining"(f "fan_out") RETURNS INTEGER LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN f.state IN ('waiting', 'delivering') THEN f.expected - f.delivered - f.cold - f.gone ELSE 0 END
$$;

-- Closes a fan-out, the only place that does: once it is planned and each of its chunks is delivered or given up, whichever
-- statement counts the last one. It is delivered when none was given up, and failed otherwise. Whoever was expected and is
-- neither delivered nor cold has unfollowed: gone. A deleted tweet's fan-out was closed as cancelled and stays so.
--
-- It runs in the statement that counts, on the row that this statement has locked: of two chunks that finish at the same
-- time the second sees the count of the first.
CREATE FUNCTION "close_fan_out"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.chunks_failed = 0 THEN
    NEW.state := 'delivered';
    NEW.gone := NEW.expected - NEW.delivered - NEW.cold;
  ELSE
    NEW.state := 'failed';
  END IF;
  NEW.finished_at := clock_timestamp();
  RETURN NEW;
END $$;

-- 7,105 is any number that no other advisory lock of this database uses.
CREATE FUNCTION planning_lock() RETURNS INTEGER LANGUAGE sql IMMUTABLE AS 'SELECT 7105';

-- The layout in force, for a plan that this transaction writes. Whoever changes the layout waits for the transaction's end.
-- It is VOLATILE, so that the layout is read after the lock was given, and not as the calling statement found it before.
CREATE FUNCTION planning_layout() RETURNS INTEGER LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(planning_lock(), 0);
  RETURN (SELECT max(generation) FROM timeline_layout);
END $$;

-- ==== The backlog, which is a row, and room in it ====

CREATE TABLE backlog (
  id boolean DEFAULT true PRIMARY KEY,
  deliveries bigint DEFAULT 0 NOT NULL,
  done bigint DEFAULT 0 NOT NULL,
  rate float8 DEFAULT 0 NOT NULL,
  sampled_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  sampled_done bigint DEFAULT 0 NOT NULL,
  sampled_deliveries bigint DEFAULT 0 NOT NULL,
  -- Whether workers take deliveries, in the row that counts them: admission, sampling and workers read it anyway.
  paused boolean DEFAULT false NOT NULL,
  switched_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  -- How far the samples of the service rate are from it, in the mean: the bound rests on what may be relied on.
  rate_deviation float8 DEFAULT 0 NOT NULL,
  fan_outs bigint DEFAULT 0 NOT NULL,
  fan_outs_done bigint DEFAULT 0 NOT NULL,
  sampled_fan_outs bigint DEFAULT 0 NOT NULL,
  sampled_fan_outs_done bigint DEFAULT 0 NOT NULL,
  -- Every post and every finished chunk writes the backlog's one row. While somebody holds an old snapshot, as pg_dump does for
  -- as long as it runs, no version of a row can be cleared. Whoever looked for the row passed over all of them: after half a
  -- minute of posting a read took eight times as long, and it grew without end.
  --
  -- So the row has a turn, which the sample of the rate moves on twice a second, and an index of turns. All that look for the
  -- row do so from the largest turn on, and pass over what was written since the last sample. In this form and no other: a
  -- turn only grows, so that the condition still holds for a version that somebody writes while we wait for his lock. With
  -- "=" such an update would be lost. See docs/decisions/039.
  turn bigint DEFAULT 0 NOT NULL,
  CONSTRAINT backlog_is_one_row CHECK (id)
);

CREATE INDEX backlog_turn_idx ON backlog (turn);

-- Keeps the backlog's row in the transaction that changes fan-outs: inserts and updates once a statement, deletes once a
-- row. A fan-out counts while it is waiting or delivering, by its state alone. So its cost comes back exactly once,
-- whatever ends it (delivered, given up, cancelled, deleted), and is taken again when somebody retries it.
CREATE FUNCTION "keep_backlog_of_inserts"() RETURNS TRIGGER LANGUAGE plpgsql SET enable_seqscan = off AS $$
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

-- A statement that changes several fan-outs writes the backlog's row once, not once for each of them. It stays what it
-- was: in the transaction that changes a fan-out, at the end of the statement, the last lock that any of them takes.
CREATE FUNCTION "keep_backlog_of_updates"() RETURNS TRIGGER LANGUAGE plpgsql SET enable_seqscan = off AS $$
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

-- Keeps the one row of "backlog" in the transaction that changes a fan-out. It is the last lock that any of them
-- takes, so that they cannot deadlock, and it is held until the commit alone.
CREATE FUNCTION "keep_backlog"() RETURNS TRIGGER LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  IF OLD.state IN ('waiting', 'delivering') THEN
    UPDATE "backlog" SET "deliveries" = "deliveries" - "remaining"(OLD), "fan_outs" = "fan_outs" - 1
    WHERE "turn" >= (SELECT max("turn") FROM "backlog");
  END IF;
  RETURN NULL;
END $$;

-- What is taken of the bound, in deliveries: those that wait, and "fan_out_cost" for each fan-out that is not finished.
CREATE FUNCTION "taken"(b "backlog", fan_out_cost INTEGER) RETURNS BIGINT LANGUAGE sql IMMUTABLE AS $$
  SELECT b.deliveries + fan_out_cost * b.fan_outs
$$;

-- Compares, and decides nothing: core/admission/admission.ts has decided which bound it is (null: nothing may be
-- promised), and for which measured rate (null: for any). An empty system takes more than its bound. A fan-out to nobody
-- costs nothing.
CREATE FUNCTION "has_room"(
  b "backlog", expected INTEGER, fan_out_cost INTEGER, bound BIGINT, rate_seen FLOAT8, deviation_seen FLOAT8
) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE AS $$
  SELECT expected = 0 OR (
    bound IS NOT NULL AND ("taken"(b, fan_out_cost) <= 0 OR "taken"(b, fan_out_cost) + expected + fan_out_cost <= bound)
    AND b.rate = coalesce(rate_seen, b.rate) AND b.rate_deviation = coalesce(deviation_seen, b.rate_deviation)
  )
$$;

-- Locks the backlog's row until the commit, and compares these posts with it one by one, in their order, each behind
-- those before it. Returns the row as it will be with all of them in it. Raises TF001 when one does not fit any more.
-- A post whose "expected" is null promises nothing.
CREATE FUNCTION "hold_room"(
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

-- ==== Posting, in one statement ====

CREATE TABLE idempotency_key (
  account_id integer NOT NULL,
  key text NOT NULL,
  fingerprint text NOT NULL,
  tweet_id bigint,
  created_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  -- A key stands for a tweet, or for the task that is to post one.
  task_id bigint,
  PRIMARY KEY (account_id, key),
  CONSTRAINT idempotency_key_is_of_one CHECK ((tweet_id IS NULL) <> (task_id IS NULL))
) WITH (autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_threshold='5000');

CREATE INDEX idempotency_key_created_at_idx ON idempotency_key (created_at);

-- What an account posted lately: its newest "posts" tweets, counted no further than it may post a minute, begin with
-- "oldest". A minute without a tweet begins anew. So the n-th newest tweet is known without reading n of them: see
-- docs/decisions/020.
CREATE TABLE post_rate (
  account_id integer PRIMARY KEY,
  posts integer NOT NULL,
  oldest_id bigint NOT NULL,
  oldest_at timestamptz(3) NOT NULL,
  newest_at timestamptz(3) NOT NULL
) WITH (fillfactor='70');

-- When an account did a thing of which it may do so many in a while: its newest times. See docs/decisions/028.
CREATE TABLE account_rate (
  account_id integer NOT NULL,
  thing text NOT NULL,
  times timestamptz[] DEFAULT '{}' NOT NULL,
  PRIMARY KEY (account_id, thing)
);

-- Tweets of "author_id" from "from_id" on and before "to_id" are pulled. Null is open: so are those to come.
CREATE TABLE pull_interval (
  author_id integer NOT NULL,
  from_id bigint NOT NULL,
  to_id bigint,
  PRIMARY KEY (author_id, from_id)
);

-- A page of home looks for the authors with intervals of pull above its lowest id. Intervals of years end below it, and the
-- index leaves them out. An open one ends above all ids. The other columns spare the look at the table.
CREATE INDEX pull_interval_end ON pull_interval (COALESCE(to_id, '9007199254740991'))
  INCLUDE (author_id, from_id, to_id);
CREATE UNIQUE INDEX pull_interval_open ON pull_interval (author_id) WHERE (to_id IS NULL);

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

-- Whether a tweet of this account is pulled: while somebody forces it, or when its fan-out would hold the stores for longer
-- than "above_s" seconds at this rate (null: none is pulled for that). Whose tweets are pulled goes back at half of that,
-- or a rate that moves a little would switch him at every tweet.
CREATE FUNCTION "is_pulled"(u "user", fan_out_cost INTEGER, above_s FLOAT8, rate FLOAT8, at TIMESTAMPTZ)
RETURNS BOOLEAN LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(u.pulled_until > at, false) OR coalesce(
    u.follower_count > 0
      AND u.follower_count + fan_out_cost > above_s * rate * CASE WHEN u.pulled THEN 0.5 ELSE 1 END,
    false
  )
$$;

-- Posts tweets: keys, rates, room, tweets and promises in one call and one commit, for core/tweets/post-tweet.ts. One that
-- comes alone is posted the same way.
--
-- Takes for each post, in arrays of one length, who posts which text under which key; how many tweets he may post within
-- "window_s" seconds; what the backlog may hold with a small or a large fan-out in it ("small" deliveries are still
-- small), and the rate that these bounds were computed from; the name and the website of its app (null: none), and its
-- tags with a space between them (null: none); and for how many seconds its fan-out may hold the stores, or it is pulled
-- (null: for any time). A fan-out takes "fan_out_cost" of a bound beside its deliveries, and "assumed_rate" is the rate
-- until one was measured. Returns one row for each, in their order. "is_patient" says
-- whether it waits for authors that others hold; that is for a call of one post. "outcome" is one of
--   posted        written, and promised to "expected" followers, or pulled by "pulled" of them: all or none
--   replayed      the key has this tweet already; its time, "expected" and "pulled" are as they were then
--   in progress   somebody is answering this key right now, or a post before it in this call has it
--   mismatch      the key was used for another body, or for a task
--   no author     there is no such account
--   too fast      the account may post again in "wait_s" seconds
--   no room       the bounds do not let it in, or are of another rate: "deliveries" of "fan_outs" wait, "rate" is so. A
--                 tweet that would be pulled asks for the room of a tweet to one, and "expected" says so
--   held          somebody else holds its author, or it switches him between push and pull: call it again alone and patient
-- Only `posted` has written anything, and whatever becomes of one post, it takes no other along. It raises TF001 when
-- others took the room while it wrote: all is rolled back, call it again.
--
-- Safe to repeat with the same keys: beside itself by the keys' locks, after a crash by the keys' rows.
--
-- Every statement in here sees what was committed before it began, and what this call has written, so that what is read
-- after a lock is true until the commit. The locks of a post, in this order: the key (does not wait), the author's
-- posts, the author against who follows him; and last the backlog, once for all. Whoever holds the backlog's row holds
-- up all others until his commit is on disk. A call that is not patient waits for the backlog's row alone: so it stands
-- behind no slow author, and two of them never wait for each other.
CREATE FUNCTION "post_tweets"(
  author_ids INTEGER[], keys TEXT[], fingerprints TEXT[], bodies TEXT[], most_posts INTEGER[],
  small_bounds BIGINT[], large_bounds BIGINT[], rates_seen FLOAT8[], deviations_seen FLOAT8[],
  small INTEGER, fan_out_cost INTEGER, window_s INTEGER, is_patient BOOLEAN,
  app_names TEXT[], app_websites TEXT[], tags TEXT[], pull_above_s FLOAT8[], assumed_rate FLOAT8
) RETURNS TABLE (
  outcome TEXT, tweet_id BIGINT, posted_at TIMESTAMPTZ, handle TEXT, name TEXT, expected INTEGER, wait_s FLOAT8,
  deliveries BIGINT, fan_outs BIGINT, rate FLOAT8, deviation FLOAT8, paused BOOLEAN, pulled INTEGER
) LANGUAGE plpgsql ROWS 16
-- Plans are kept. One that was made while a table was empty would read all of it once it is full.
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
AS $$
DECLARE
  takers CONSTANT BIGINT := 64; -- posts that may ask for the same room at once
  seen "backlog"; -- the row, with what this call has promised so far
  is_locked BOOLEAN := false; -- the row, so that "seen" is true until the commit
  has_posted BOOLEAN := false;
  -- Of each post, by its place; all but the bounds are null unless it is posted.
  size CONSTANT INTEGER := cardinality(author_ids);
  tweet_ids BIGINT[] := array_fill(NULL::BIGINT, ARRAY[size]);
  times TIMESTAMPTZ[] := array_fill(NULL::TIMESTAMPTZ, ARRAY[size]);
  followers INTEGER[] := array_fill(NULL::INTEGER, ARRAY[size]);
  promises INTEGER[] := array_fill(NULL::INTEGER, ARRAY[size]); -- deliveries: none of a tweet that is pulled
  bounds BIGINT[] := array_fill(NULL::BIGINT, ARRAY[size]);
  -- Of the post that is looked at:
  author INTEGER;
  -- Said so, only the index of an author's tweets has their order. Statistics of an hour with few authors would have them
  -- looked for in the order of all tweets.
  authors INTEGER[];
  used RECORD; -- the key's row
  begins TIMESTAMPTZ; -- of the window that ends now
  posted_before BOOLEAN;
  counted INTEGER; -- posts in the window, no more than there may be
  too_many BOOLEAN; -- are counted in the account's row: it might post more before
  first_id BIGINT; -- of those that are counted
  first_at TIMESTAMPTZ;
  is_pull BOOLEAN;
  was_pull BOOLEAN; -- the author's tweet before
  asks INTEGER; -- for room, as a tweet to so many
BEGIN
  -- On disk before it is answered, also where commits do not wait for that: see post-tweet.ts.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  FOR n IN 1 .. size LOOP
    tweet_id := NULL; posted_at := NULL; handle := NULL; name := NULL; expected := NULL; wait_s := NULL; pulled := NULL;
    author := author_ids[n];
    authors := ARRAY[author];
    <<post>> BEGIN
      -- The key.
      IF NOT pg_try_advisory_xact_lock(author, hashtext(keys[n])) THEN
        outcome := 'in progress';
        EXIT post;
      END IF;
      SELECT k.fingerprint, k.tweet_id INTO used
      FROM "idempotency_key" k WHERE k.account_id = author AND k.key = keys[n];
      IF FOUND THEN
        IF used.fingerprint <> fingerprints[n] OR used.tweet_id IS NULL THEN
          outcome := 'mismatch';
          EXIT post;
        END IF;
        IF used.tweet_id = ANY(tweet_ids) THEN
          outcome := 'in progress';
          EXIT post;
        END IF;
        SELECT f.tweet_id, f.accepted_at, u.handle, u.name, f.expected, f.pulled
        INTO STRICT tweet_id, posted_at, handle, name, expected, pulled
        FROM "fan_out" f JOIN "user" u ON u.id = f.author_id WHERE f.tweet_id = used.tweet_id;
        outcome := 'replayed';
        EXIT post;
      END IF;

      -- An author's posts come one after the other, or two would count the same posts before them. Not by a row's lock:
      -- refusing would have to be written then, and waited for. The number is so large that no other lock has it.
      IF is_patient THEN
        PERFORM pg_advisory_xact_lock(4294967296 + author);
      ELSIF NOT pg_try_advisory_xact_lock(4294967296 + author) THEN
        outcome := 'held';
        EXIT post;
      END IF;
      IF seen.id IS NULL THEN
        SELECT b.* INTO seen FROM "backlog" b WHERE b.turn >= (SELECT max(c.turn) FROM "backlog" c);
      END IF;
      posted_at := date_trunc('milliseconds', clock_timestamp());
      begins := posted_at - make_interval(secs => window_s);

      -- A look, without the locks that have to be written: most of what is refused is refused here.
      SELECT u.follower_count, r.account_id IS NOT NULL,
        CASE WHEN r.newest_at > begins THEN least(r.posts, most_posts[n]) ELSE 0 END,
        r.posts > most_posts[n], r.oldest_id, r.oldest_at,
        "is_pulled"(u, fan_out_cost, pull_above_s[n], coalesce(nullif(seen.rate, 0), assumed_rate), posted_at)
      INTO expected, posted_before, counted, too_many, first_id, first_at, is_pull
      FROM "user" u LEFT JOIN "post_rate" r ON r.account_id = u.id WHERE u.id = author;
      IF NOT FOUND THEN
        outcome := 'no author';
        EXIT post;
      END IF;

      -- The rate: whether the n-th newest tweet is within the window.
      IF counted = most_posts[n] THEN
        IF too_many THEN
          SELECT t.id, t.created_at INTO first_id, first_at FROM "tweet" t
          WHERE t.author_id = ANY(authors) ORDER BY t.author_id, t.id DESC OFFSET most_posts[n] - 1 LIMIT 1;
        END IF;
        IF first_at > begins THEN
          outcome := 'too fast';
          wait_s := extract(epoch FROM first_at - begins);
          EXIT post;
        END IF;
      END IF;

      asks := CASE WHEN is_pull THEN least(expected, 1) ELSE expected END;
      bounds[n] := CASE WHEN asks <= small THEN small_bounds[n] ELSE large_bounds[n] END;
      IF NOT "has_room"(seen, asks, fan_out_cost, bounds[n], rates_seen[n], deviations_seen[n]) THEN
        outcome := 'no room';
        expected := asks;
        EXIT post;
      END IF;

      -- The followers are those of this moment, and whoever follows waits for the commit: see docs/decisions/002.
      IF is_patient THEN
        SELECT u.follower_count, u.handle, u.name, u.pulled,
          "is_pulled"(u, fan_out_cost, pull_above_s[n], coalesce(nullif(seen.rate, 0), assumed_rate), posted_at)
        INTO expected, handle, name, was_pull, is_pull
        FROM "user" u WHERE u.id = author FOR SHARE;
      ELSE
        SELECT u.follower_count, u.handle, u.name, u.pulled,
          "is_pulled"(u, fan_out_cost, pull_above_s[n], coalesce(nullif(seen.rate, 0), assumed_rate), posted_at)
        INTO expected, handle, name, was_pull, is_pull
        FROM "user" u WHERE u.id = author FOR SHARE SKIP LOCKED;
      END IF;
      IF NOT FOUND THEN
        outcome := CASE WHEN is_patient THEN 'no author' ELSE 'held' END;
        EXIT post;
      END IF;
      -- To switch, his row is written. A worker who packs his followers may hold it for seconds: then this tweet goes the way
      -- of the one before it, and a later one switches.
      IF is_pull <> was_pull THEN
        IF NOT is_patient THEN
          outcome := 'held';
          EXIT post;
        END IF;
        PERFORM FROM "user" u WHERE u.id = author FOR NO KEY UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
          is_pull := was_pull;
        END IF;
      END IF;

      -- Where others may be about to take the same room, the row is locked before this one writes anything. A tweet that is
      -- pulled takes none.
      asks := CASE WHEN is_pull THEN least(expected, 1) ELSE expected END;
      bounds[n] := CASE WHEN asks <= small THEN small_bounds[n] ELSE large_bounds[n] END;
      IF NOT is_locked AND expected > 0 AND NOT is_pull
        AND coalesce("taken"(seen, fan_out_cost) + takers * (expected + fan_out_cost) > bounds[n], true) THEN
        seen := "hold_room"(promises, fan_out_cost, bounds, rates_seen, deviations_seen);
        is_locked := true;
      END IF;
      IF NOT "has_room"(seen, asks, fan_out_cost, bounds[n], rates_seen[n], deviations_seen[n]) THEN
        outcome := 'no room';
        expected := asks;
        EXIT post;
      END IF;
      tweet_id := nextval('tweet_id_seq');

      -- The first tweet that is pulled opens an interval, and the first one that is not closes it. His posts come one after
      -- the other: so each is in an interval or outside, by its id.
      IF is_pull <> was_pull THEN
        UPDATE "user" u SET pulled = is_pull WHERE u.id = author;
        IF is_pull THEN
          INSERT INTO "pull_interval" (author_id, from_id) VALUES (author, post_tweets.tweet_id);
        ELSE
          UPDATE "pull_interval" p SET to_id = post_tweets.tweet_id WHERE p.author_id = author AND p.to_id IS NULL;
        END IF;
      END IF;

      -- The oldest of as many as there may be makes room for this one: the next tweet takes its place.
      IF counted = most_posts[n] THEN
        SELECT t.id, t.created_at INTO first_id, first_at FROM "tweet" t
        WHERE t.author_id = ANY(authors) AND t.id > first_id ORDER BY t.author_id DESC, t.id LIMIT 1;
        counted := counted - 1;
      END IF;
      IF counted = 0 OR first_id IS NULL THEN
        first_id := tweet_id;
        first_at := posted_at;
      END IF;
      IF posted_before THEN
        UPDATE "post_rate" r
        SET posts = counted + 1, oldest_id = first_id, oldest_at = first_at, newest_at = posted_at
        WHERE r.account_id = author;
      ELSE
        INSERT INTO "post_rate" (account_id, posts, oldest_id, oldest_at, newest_at)
        VALUES (author, counted + 1, first_id, first_at, posted_at);
      END IF;

      INSERT INTO "tweet" (id, author_id, text, created_at, app_name, app_website)
      VALUES (post_tweets.tweet_id, author, bodies[n], post_tweets.posted_at, app_names[n], app_websites[n]);
      IF tags[n] IS NOT NULL THEN
        INSERT INTO "tweet_tag" (tag, tweet_id)
        SELECT DISTINCT found.tag, post_tweets.tweet_id FROM string_to_table(tags[n], ' ') found(tag);
      END IF;
      INSERT INTO "idempotency_key" (account_id, key, fingerprint, tweet_id)
      VALUES (author, keys[n], fingerprints[n], post_tweets.tweet_id);

      tweet_ids[n] := tweet_id;
      times[n] := posted_at;
      followers[n] := expected;
      promises[n] := CASE WHEN is_pull THEN 0 ELSE expected END;
      pulled := followers[n] - promises[n];
      IF promises[n] > 0 THEN
        seen.deliveries := seen.deliveries + expected;
        seen.fan_outs := seen.fan_outs + 1;
      END IF;
      has_posted := true;
      outcome := 'posted';
    END post;
    deliveries := seen.deliveries;
    fan_outs := seen.fan_outs;
    rate := seen.rate;
    deviation := seen.rate_deviation;
    paused := seen.paused;
    RETURN NEXT;
  END LOOP;

  IF NOT has_posted THEN
    RETURN;
  END IF;
  -- Everywhere else it is locked last, since whoever holds it holds up all others.
  IF NOT is_locked AND 0 < ANY(promises) THEN
    PERFORM "hold_room"(promises, fan_out_cost, bounds, rates_seen, deviations_seen);
  END IF;

  -- The promises. A trigger adds them to the backlog. Two seconds are the web process's to publish them, then the relay's.
  -- Where there is nothing to deliver, the fan-out is over.
  INSERT INTO "fan_out" (tweet_id, author_id, expected, pulled, state, accepted_at, finished_at, due_at)
  SELECT p.id, p.author, p.expected, p.expected - p.promised,
    CASE WHEN p.promised = 0 THEN 'delivered' ELSE 'waiting' END::"fan_out_state",
    p.at, CASE WHEN p.promised = 0 THEN p.at END, p.at + interval '2 seconds'
  FROM unnest(tweet_ids, author_ids, followers, promises, times) AS p(id, author, expected, promised, at)
  WHERE p.id IS NOT NULL;
END $$;

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

-- ==== Timelines: what the ledger knows of the store that holds them ====

-- Who has read home, and in which hour (since 1970) last: the timelines of those who did not for the longest are dropped
-- first, and those of the newest readers are warmed first. One row a reader, however often and for how many years.
CREATE TABLE home_read (
  user_id integer PRIMARY KEY,
  hour integer NOT NULL
);

CREATE INDEX home_read_hour_user_id_idx ON home_read (hour, user_id);

-- What web processes have to forget of what they keep of home timelines. See core/timelines/home-changes.ts.
CREATE TABLE home_change (
  version bigint PRIMARY KEY,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  tweet_id bigint,
  reader_id integer
);

-- In how many shards timelines lie is a matter of the data, not of a variable: core/ledger/layout.ts tells of it. A row is
-- a layout, the one with the highest generation is in force.
CREATE TABLE timeline_layout (
  generation integer PRIMARY KEY,
  shards integer NOT NULL,
  made_at timestamptz(3) DEFAULT clock_timestamp() NOT NULL,
  emptied_at timestamptz(3),
  CONSTRAINT timeline_layout_generation_check CHECK (generation >= 0),
  CONSTRAINT timeline_layout_shards_check CHECK ((shards >= 1) AND (shards <= 16384))
);

-- The token of the repair that found, or is about to find, a shard complete last. A shard with another one is not the same.
CREATE TABLE timeline_seal (
  generation integer NOT NULL,
  shard integer NOT NULL,
  token text NOT NULL,
  PRIMARY KEY (generation, shard)
);

-- The one row that a worker holds while it drops or warms timelines: how far it is, and what was dropped ever.
CREATE TABLE timeline_upkeep (
  id boolean DEFAULT true PRIMARY KEY,
  dropping boolean DEFAULT false NOT NULL,
  cursor text DEFAULT '0' NOT NULL,
  unread_before integer DEFAULT 0 NOT NULL,
  dropped bigint DEFAULT 0 NOT NULL,
  dropped_at timestamptz(3),
  CONSTRAINT timeline_upkeep_is_one_row CHECK (id)
);

-- One row. "beat" is raised twice a second by a worker that has found the timeline store to know no higher one; the store
-- keeps a copy of it. A ledger with a lower beat than the store's copy has lost something. From then on it is another
-- branch, and has another token.
CREATE TABLE ledger_incarnation (
  id boolean DEFAULT true PRIMARY KEY,
  token uuid DEFAULT gen_random_uuid() NOT NULL,
  beat bigint DEFAULT 0 NOT NULL,
  beat_at timestamptz(3) DEFAULT clock_timestamp() NOT NULL,
  started_at timestamptz(6) DEFAULT pg_postmaster_start_time() NOT NULL,
  swept_at timestamptz(3) DEFAULT clock_timestamp() NOT NULL,
  lost_after bigint,
  lost_to bigint,
  lost_at timestamptz(3),
  -- The tokens of the last hundred losses. A shard may go on remembering a branch that was cut off, because the process that
  -- found the loss died, or the store was away: it must not be taken for another loss.
  lost_tokens uuid[] DEFAULT '{}' NOT NULL,
  repairs bigint DEFAULT 0 NOT NULL,
  CONSTRAINT ledger_incarnation_one_row CHECK (id)
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

-- Nothing is promised before somebody has compared a server that was started with the timeline store, and has set the ids
-- ahead of all that may have been drawn before: an id that was lost with a restore would be given to another tweet.
-- 57P03 is what Postgres itself says while it starts; callers know it as away. 10 µs a statement, however many posts it has.
CREATE FUNCTION "require_recognised_server"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "ledger_incarnation" WHERE "id" AND "started_at" = pg_postmaster_start_time()) THEN
    RAISE EXCEPTION 'This server of Postgres was started, and nobody has compared it with the timeline store yet'
      USING ERRCODE = '57P03';
  END IF;
  RETURN NULL;
END $$;

-- Compares this server with what the timeline store remembers of the ledger: a token, a beat and the newest id of each shard
-- that remembers any; null when the store could not be asked. Does nothing on a server that is recognised and has lost
-- nothing. Otherwise sets the ids ahead, and on a loss begins another branch. Returns the token and the beat as they are then,
-- and whether this call has found a loss.
--
-- Ids: the store's memory is half a second old, and in that time 2,000 are drawn; it is 100,000 ahead of the newest that
-- anybody knows. When the store cannot say, it is ahead by 10,000 for each second since the last beat, three times as many
-- as this system has ever drawn in a second. Which tweets are lost is said by the newest that is there, not by the sequence:
-- PostgreSQL logs 32 ids ahead, so a restored sequence may be above ids that were drawn and lost.
--
-- Safe to repeat, and for all processes at once: the row's lock lets one in, and the others find it done.
CREATE FUNCTION "recognise_ledger"(
  tokens UUID[], beats BIGINT[], ids BIGINT[], OUT here_token UUID, OUT here_beat BIGINT, OUT is_loss BOOLEAN
) LANGUAGE plpgsql AS $$
DECLARE
  margin CONSTANT BIGINT := 100000;
  a_second CONSTANT BIGINT := 10000;
  kept CONSTANT INT := 100; -- tokens of the last losses
  here "ledger_incarnation";
  foreign_tokens UUID[]; -- of shards that remember what is not here, and that nobody has found before
  newest BIGINT; -- id that a shard remembers
  newest_lost BIGINT; -- id
  last BIGINT; -- id that was drawn here, or up to 32 more: PostgreSQL writes its log ahead
  newest_here BIGINT; -- tweet
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true); -- on disk before anybody builds on it
  SELECT i.* INTO STRICT here FROM "ledger_incarnation" i WHERE i."id" FOR UPDATE;
  SELECT max(m.id), array_agg(DISTINCT m.token) FILTER (
    WHERE (m.token <> here.token OR m.beat > here.beat) AND NOT m.token = ANY (here.lost_tokens)
  ) INTO newest, foreign_tokens
  FROM unnest(tokens, beats, ids) AS m(token, beat, id);
  is_loss := foreign_tokens IS NOT NULL;
  here_token := here.token;
  here_beat := here.beat;
  IF here.started_at = pg_postmaster_start_time() AND NOT is_loss THEN
    RETURN;
  END IF;

  SELECT s.last_value INTO last FROM "tweet_id_seq" s;
  SELECT coalesce(max(t.id), 0) INTO newest_here FROM "tweet" t;
  newest_lost := greatest(newest, newest_here);
  newest := coalesce(
    newest, last + a_second * greatest(0, ceil(extract(epoch FROM clock_timestamp() - here.beat_at)))::BIGINT
  );
  PERFORM setval('tweet_id_seq', greatest(last, newest) + margin);
  PERFORM setval('task_id_seq', s.last_value + margin) FROM "task_id_seq" s;
  UPDATE "ledger_incarnation" SET "started_at" = pg_postmaster_start_time() WHERE "id";
  IF is_loss THEN
    here_token := gen_random_uuid();
    UPDATE "ledger_incarnation" SET "token" = here_token, "lost_tokens" = (foreign_tokens || here.lost_tokens)[1:kept],
      "lost_after" = newest_here, "lost_to" = newest_lost, "lost_at" = clock_timestamp()
    WHERE "id";
  END IF;
END $$;

-- Fails, as a transaction that has to be tried again (40001), when a repair has begun since this many were known. Null, as
-- from the version before, is not compared. It is VOLATILE, so that the count is as it is now.
CREATE FUNCTION require_repairs(known BIGINT) RETURNS BOOLEAN LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF known < (SELECT repairs FROM ledger_incarnation) THEN
    RAISE EXCEPTION 'The timeline store was repaired since these chunks were pushed' USING ERRCODE = '40001';
  END IF;
  RETURN true;
END $$;

-- ==== Tasks ====

CREATE SEQUENCE task_id_seq MAXVALUE 9007199254740991;
-- The ledger of tasks: what was asked, what was done, what came out. The states are drawn in core/tasks/task.ts.
CREATE TABLE task (
  id bigint DEFAULT nextval('task_id_seq') PRIMARY KEY,
  kind text NOT NULL,
  data jsonb NOT NULL,
  input jsonb,
  account_id integer,
  state task_state DEFAULT 'waiting' NOT NULL,
  priority smallint DEFAULT 1 NOT NULL,
  unique_key text,
  due_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  published_at timestamptz(3),
  leased_until timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  slot_at timestamptz(3),
  token integer DEFAULT 0 NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  failures integer DEFAULT 0 NOT NULL,
  worker text,
  progress jsonb,
  result jsonb,
  error text,
  cancel_requested boolean DEFAULT false NOT NULL,
  keep_ms bigint DEFAULT 86400000 NOT NULL,
  created_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  started_at timestamptz(3),
  finished_at timestamptz(3),
  expires_at timestamptz(3),
  parent_id bigint REFERENCES task(id) ON UPDATE CASCADE ON DELETE CASCADE,
  step integer DEFAULT 0 NOT NULL,
  step_left integer DEFAULT 0 NOT NULL,
  children integer DEFAULT 0 NOT NULL,
  children_done integer DEFAULT 0 NOT NULL,
  children_failed integer DEFAULT 0 NOT NULL,
  CONSTRAINT task_children CHECK ((children_done + children_failed) <= children),
  CONSTRAINT task_has_an_end CHECK ((finished_at IS NULL) = (state IN ('waiting', 'running'))),
  CONSTRAINT task_priority CHECK ((priority >= 0) AND (priority <= 2))
) WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='5000');

CREATE INDEX task_account_id_id_idx ON task (account_id, id DESC);
CREATE INDEX task_archives ON task (account_id) WHERE (kind = 'archive');
-- Partial: what is due, what a key stands for, a composition's members, what failed, and what may go, whatever the
-- number of tasks that are finished.
CREATE INDEX task_due ON task (leased_until) WHERE (finished_at IS NULL);
CREATE INDEX task_expired ON task (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX task_failed ON task (id) WHERE (state = 'failed');
CREATE INDEX task_members ON task (parent_id, step) WHERE (parent_id IS NOT NULL);
-- What an account has of these is counted when it asks for one more, however many other tasks of it are kept.
CREATE INDEX task_scheduled_tweets ON task (account_id) WHERE ((kind = 'tweet') AND (state <> 'succeeded'));
CREATE UNIQUE INDEX task_unique_key ON task (unique_key)
  WHERE ((unique_key IS NOT NULL) AND (state IN ('waiting', 'running')));

-- What a task made that is too large for its result, in pieces.
CREATE TABLE task_file (
  task_id bigint NOT NULL REFERENCES task(id) ON UPDATE CASCADE ON DELETE CASCADE,
  number integer NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (task_id, number)
);
ALTER TABLE ONLY task_file ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- When the next task of a kind that is limited may start.
CREATE TABLE task_rate (
  kind text PRIMARY KEY,
  free_at timestamptz(3) NOT NULL
);

CREATE TABLE schedule (
  name text PRIMARY KEY,
  kind text NOT NULL,
  data jsonb NOT NULL,
  account_id integer,
  cron text,
  every_ms bigint,
  time_zone text DEFAULT 'UTC' NOT NULL,
  enabled boolean DEFAULT true NOT NULL,
  next_at timestamptz(3) NOT NULL,
  last_at timestamptz(3),
  last_task_id bigint,
  created_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  -- Ticks that asked for nothing, because the task of the one before was not over.
  skipped integer DEFAULT 0 NOT NULL,
  CONSTRAINT schedule_is_cron_or_interval CHECK ((cron IS NULL) <> (every_ms IS NULL))
);

CREATE INDEX schedule_account_id_idx ON schedule (account_id);

-- ==== What is read back, aggregated and forgotten ====

-- The line of audits: a row for each one that waits or runs in any web process. See core/audit/line.ts.
--
-- Unlogged: a crash of Postgres empties it, which frees the line, and writing how far an audit is waits for no disk.
CREATE UNLOGGED TABLE audit_line (
  ticket bigserial PRIMARY KEY,
  tweet_id bigint NOT NULL,
  running boolean DEFAULT false NOT NULL,
  aside boolean DEFAULT false NOT NULL,
  read integer DEFAULT 0 NOT NULL,
  expected integer DEFAULT 0 NOT NULL,
  leased_until timestamptz(3) NOT NULL,
  -- What an audit found, for those who wait in line with the same tweet.
  result jsonb
);

-- One runs at a time, whatever two processes see of each other.
CREATE UNIQUE INDEX audit_line_running ON audit_line (running) WHERE running;

-- What is read: the terms that most tweets of the last hours hold, in their order.
CREATE TABLE trend (
  place smallint PRIMARY KEY,
  term text NOT NULL,
  tweets integer NOT NULL
);

-- How many tweets of a minute hold a term. A minute is counted anew as a whole, so that counting it twice is once.
CREATE TABLE trend_count (
  minute timestamptz(3) NOT NULL,
  term text NOT NULL,
  tweets integer NOT NULL,
  PRIMARY KEY (minute, term)
);

-- One row: everything that was written or deleted before is counted.
CREATE TABLE trend_state (
  id boolean DEFAULT true PRIMARY KEY,
  counted_to timestamptz(3) NOT NULL,
  CONSTRAINT trend_state_is_one_row CHECK (id)
);

-- Whom an account might follow, as it was computed last; replaced as a whole.
CREATE TABLE suggestion_list (
  account_id integer PRIMARY KEY,
  suggested jsonb NOT NULL,
  readers integer NOT NULL,
  computed_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE INDEX suggestion_list_computed_at_idx ON suggestion_list (computed_at);

-- Up to when what has ended is forgotten: see docs/decisions/039.
CREATE TABLE retention (
  what text PRIMARY KEY,
  forgotten_to timestamptz(3) NOT NULL
);

-- ==== Apps of others ====

-- Apps that other people wrote, and what they may do for an account: see docs/decisions/042. Of every secret only the
-- SHA-256 is kept. Whoever reads these tables can act for nobody.
CREATE TABLE client_app (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  client_id text NOT NULL,
  secret_hash bytea NOT NULL,
  name text NOT NULL,
  website text,
  redirect_uris text[] NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  used_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE UNIQUE INDEX client_app_client_id_key ON client_app (client_id);
CREATE INDEX client_app_used_at_idx ON client_app (used_at);

-- A code is used once. Its row stays for a day, so that a second use is recognised and takes back what the first one gave.
CREATE TABLE authorization_code (
  hash bytea PRIMARY KEY,
  app_id integer NOT NULL REFERENCES client_app(id) ON DELETE CASCADE,
  account_id integer NOT NULL,
  redirect_uri text NOT NULL,
  scopes text[] NOT NULL,
  challenge text,
  expires_at timestamptz(3) NOT NULL,
  used_at timestamptz(3),
  reused_at timestamptz(3),
  created_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL
);

-- An account has so many codes at most: see core/clients/codes.ts.
CREATE INDEX authorization_code_account_id_created_at_idx ON authorization_code (account_id, created_at DESC);
CREATE INDEX authorization_code_app_id_idx ON authorization_code (app_id);
CREATE INDEX authorization_code_created_at_idx ON authorization_code (created_at);

-- "account_id" is null for an app that acts for nobody. "used_at" is written once an hour at most.
CREATE TABLE access_token (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hash bytea NOT NULL,
  app_id integer NOT NULL REFERENCES client_app(id) ON DELETE CASCADE,
  account_id integer,
  scopes text[] NOT NULL,
  code_hash bytea,
  created_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL,
  used_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE INDEX access_token_account_id_idx ON access_token (account_id, used_at);
CREATE INDEX access_token_app_id_idx ON access_token (app_id, used_at);
CREATE INDEX access_token_code_hash_idx ON access_token (code_hash);
CREATE UNIQUE INDEX access_token_hash_key ON access_token (hash);

-- ==== Triggers ====

CREATE CONSTRAINT TRIGGER author_renamed AFTER UPDATE OF handle, name ON "user" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN ((old.handle IS DISTINCT FROM new.handle) OR (old.name IS DISTINCT FROM new.name)) EXECUTE FUNCTION keep_home_changes();

CREATE CONSTRAINT TRIGGER backfilled AFTER UPDATE OF backfilled_at ON follow DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN ((old.backfilled_at IS NULL) AND (new.backfilled_at IS NOT NULL)) EXECUTE FUNCTION keep_home_changes();

CREATE TRIGGER follows_emptied AFTER TRUNCATE ON follow
  FOR EACH STATEMENT EXECUTE FUNCTION keep_home_changes();

CREATE CONSTRAINT TRIGGER unfollowed AFTER DELETE ON follow DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION keep_home_changes();

CREATE CONSTRAINT TRIGGER tweet_deleted AFTER UPDATE OF deleted_at ON tweet DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN ((old.deleted_at IS NULL) AND (new.deleted_at IS NOT NULL)) EXECUTE FUNCTION keep_home_changes();

CREATE TRIGGER tweets_emptied AFTER TRUNCATE ON tweet
  FOR EACH STATEMENT EXECUTE FUNCTION keep_home_changes();

CREATE TRIGGER fan_out_closes BEFORE UPDATE OF chunks_done, chunks_failed, planned_at ON fan_out
  FOR EACH ROW WHEN ((new.planned_at IS NOT NULL) AND (new.state IN ('waiting', 'delivering')) AND ((new.chunks_done + new.chunks_failed) = new.chunks)) EXECUTE FUNCTION close_fan_out();

CREATE TRIGGER fan_out_inserts_keep_backlog AFTER INSERT ON fan_out REFERENCING NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION keep_backlog_of_inserts();

CREATE TRIGGER fan_out_keeps_backlog AFTER DELETE ON fan_out
  FOR EACH ROW EXECUTE FUNCTION keep_backlog();

CREATE TRIGGER fan_out_requires_recognised_server BEFORE INSERT ON fan_out
  FOR EACH STATEMENT EXECUTE FUNCTION require_recognised_server();

CREATE TRIGGER fan_out_updates_keep_backlog AFTER UPDATE ON fan_out REFERENCING OLD TABLE AS before NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION keep_backlog_of_updates();

-- ==== Rows that are always there ====

INSERT INTO backlog DEFAULT VALUES;
INSERT INTO ledger_incarnation DEFAULT VALUES;
INSERT INTO timeline_layout (generation, shards) VALUES (0, 1);
INSERT INTO timeline_upkeep DEFAULT VALUES;
