-- A fan-out has a cost beside its deliveries: see docs/decisions/028. The backlog's row counts the fan-outs that are not
-- finished, and admission compares its deliveries and so much more for each of them.

-- Whoever counts with the triggers of before has ended, and nobody begins, until the counts below are committed. In this
-- order: a post locks the backlog before it writes its fan-out, and everybody else after.
LOCK TABLE "idempotency_key" IN ACCESS EXCLUSIVE MODE;
LOCK TABLE "fan_out" IN SHARE ROW EXCLUSIVE MODE;

ALTER TABLE "backlog"
    ADD COLUMN "fan_outs" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "fan_outs_done" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "sampled_fan_outs" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "sampled_fan_outs_done" BIGINT NOT NULL DEFAULT 0;

-- Those of the version before that are not finished.
UPDATE "backlog" SET "fan_outs" = (SELECT count(*) FROM "fan_out" WHERE "state" IN ('waiting', 'delivering'));

-- Keeps the backlog's row in the transaction that changes fan-outs: inserts and updates once a statement, deletes once a
-- row. A fan-out counts while it is waiting or delivering, by its state alone. So its cost comes back exactly once,
-- whatever ends it (delivered, given up, cancelled, deleted), and is taken again when somebody retries it.
CREATE OR REPLACE FUNCTION "keep_backlog_of_inserts"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
  owed BIGINT;
  opened BIGINT;
BEGIN
  SELECT coalesce(sum("expected" - "delivered" - "cold" - "gone"), 0), count(*) INTO owed, opened
  FROM "after" WHERE "state" IN ('waiting', 'delivering');
  IF opened <> 0 THEN
    UPDATE "backlog" SET "deliveries" = "deliveries" + owed, "fan_outs" = "fan_outs" + opened;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION "keep_backlog_of_updates"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
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
      "fan_outs" = "fan_outs" + opened, "fan_outs_done" = "fan_outs_done" + delivered;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION "keep_backlog"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state IN ('waiting', 'delivering') THEN
    UPDATE "backlog" SET "deliveries" = "deliveries" - "remaining"(OLD), "fan_outs" = "fan_outs" - 1;
  END IF;
  RETURN NULL;
END $$;

DROP FUNCTION "hold_room";
DROP FUNCTION "has_room";

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
) RETURNS "backlog" LANGUAGE plpgsql AS $$
DECLARE
  locked "backlog";
BEGIN
  SELECT b.* INTO locked FROM "backlog" b WHERE b.id FOR NO KEY UPDATE;
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

-- Posts tweets: keys, rates, room, tweets and promises in one call and one commit, for core/tweets/post-tweet.ts. One that
-- comes alone is posted the same way.
--
-- Takes for each post, in arrays of one length, who posts which text under which key; how many tweets he may post within
-- "window_s" seconds; what the backlog may hold with a small or a large fan-out in it ("small" deliveries are still
-- small), and the rate that these bounds were computed from. A fan-out takes "fan_out_cost" of a bound beside its
-- deliveries. Returns one row for each, in their order. "is_patient" says
-- whether it waits for authors that others hold; that is for a call of one post. "outcome" is one of
--   posted        written, and promised to "expected" followers
--   replayed      the key has this tweet already; its time and "expected" are as they were then
--   in progress   somebody is answering this key right now, or a post before it in this call has it
--   mismatch      the key was used for another body, or for a task
--   no author     there is no such account
--   too fast      the account may post again in "wait_s" seconds
--   no room       the bounds do not let it in, or are of another rate: "deliveries" of "fan_outs" wait, "rate" is so
--   held          somebody else holds its author: call it again alone and patient
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
  small INTEGER, fan_out_cost INTEGER, window_s INTEGER, is_patient BOOLEAN
) RETURNS TABLE (
  outcome TEXT, tweet_id BIGINT, posted_at TIMESTAMPTZ, handle TEXT, name TEXT, expected INTEGER, wait_s FLOAT8,
  deliveries BIGINT, fan_outs BIGINT, rate FLOAT8, deviation FLOAT8, paused BOOLEAN
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
  promises INTEGER[] := array_fill(NULL::INTEGER, ARRAY[size]);
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
BEGIN
  -- On disk before it is answered, also where commits do not wait for that: see post-tweet.ts.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  FOR n IN 1 .. size LOOP
    tweet_id := NULL; posted_at := NULL; handle := NULL; name := NULL; expected := NULL; wait_s := NULL;
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
        SELECT f.tweet_id, f.accepted_at, u.handle, u.name, f.expected
        INTO STRICT tweet_id, posted_at, handle, name, expected
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
        SELECT b.* INTO seen FROM "backlog" b WHERE b.id;
      END IF;
      posted_at := date_trunc('milliseconds', clock_timestamp());
      begins := posted_at - make_interval(secs => window_s);

      -- A look, without the locks that have to be written: most of what is refused is refused here.
      SELECT u.follower_count, r.account_id IS NOT NULL,
        CASE WHEN r.newest_at > begins THEN least(r.posts, most_posts[n]) ELSE 0 END,
        r.posts > most_posts[n], r.oldest_id, r.oldest_at
      INTO expected, posted_before, counted, too_many, first_id, first_at
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

      bounds[n] := CASE WHEN expected <= small THEN small_bounds[n] ELSE large_bounds[n] END;
      IF NOT "has_room"(seen, expected, fan_out_cost, bounds[n], rates_seen[n], deviations_seen[n]) THEN
        outcome := 'no room';
        EXIT post;
      END IF;

      -- The followers are those of this moment, and whoever follows waits for the commit: see docs/decisions/002.
      IF is_patient THEN
        SELECT u.follower_count, u.handle, u.name INTO expected, handle, name
        FROM "user" u WHERE u.id = author FOR SHARE;
      ELSE
        SELECT u.follower_count, u.handle, u.name INTO expected, handle, name
        FROM "user" u WHERE u.id = author FOR SHARE SKIP LOCKED;
      END IF;
      IF NOT FOUND THEN
        outcome := CASE WHEN is_patient THEN 'no author' ELSE 'held' END;
        EXIT post;
      END IF;

      -- Where others may be about to take the same room, the row is locked before this one writes anything.
      bounds[n] := CASE WHEN expected <= small THEN small_bounds[n] ELSE large_bounds[n] END;
      IF NOT is_locked AND expected > 0
        AND coalesce("taken"(seen, fan_out_cost) + takers * (expected + fan_out_cost) > bounds[n], true) THEN
        seen := "hold_room"(promises, fan_out_cost, bounds, rates_seen, deviations_seen);
        is_locked := true;
      END IF;
      IF NOT "has_room"(seen, expected, fan_out_cost, bounds[n], rates_seen[n], deviations_seen[n]) THEN
        outcome := 'no room';
        EXIT post;
      END IF;
      tweet_id := nextval('tweet_id_seq');

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

      INSERT INTO "tweet" (id, author_id, text, created_at)
      VALUES (post_tweets.tweet_id, author, bodies[n], post_tweets.posted_at);
      INSERT INTO "idempotency_key" (account_id, key, fingerprint, tweet_id)
      VALUES (author, keys[n], fingerprints[n], post_tweets.tweet_id);

      tweet_ids[n] := tweet_id;
      times[n] := posted_at;
      promises[n] := expected;
      IF expected > 0 THEN
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
  INSERT INTO "fan_out" (tweet_id, author_id, expected, state, accepted_at, finished_at, due_at)
  SELECT p.id, p.author, p.expected, CASE WHEN p.expected = 0 THEN 'delivered' ELSE 'waiting' END::"fan_out_state",
    p.at, CASE WHEN p.expected = 0 THEN p.at END, p.at + interval '2 seconds'
  FROM unnest(tweet_ids, author_ids, promises, times) AS p(id, author, expected, at) WHERE p.id IS NOT NULL;
END $$;

-- For web and worker processes of the version before, while they are replaced, which call this or "post_tweet", which calls
-- this: both go with the version after this one.
-- They know of deliveries alone. So their "deliveries" are all that is taken and what a fan-out more would cost: compared
-- with their bound, that gives the same answer as here.
CREATE OR REPLACE FUNCTION "post_tweets"(
  author_ids INTEGER[], keys TEXT[], fingerprints TEXT[], bodies TEXT[], most_posts INTEGER[],
  small_bounds BIGINT[], large_bounds BIGINT[], rates_seen FLOAT8[], deviations_seen FLOAT8[],
  small INTEGER, window_s INTEGER, is_patient BOOLEAN
) RETURNS TABLE (
  outcome TEXT, tweet_id BIGINT, posted_at TIMESTAMPTZ, handle TEXT, name TEXT, expected INTEGER, wait_s FLOAT8,
  deliveries BIGINT, rate FLOAT8, deviation FLOAT8, paused BOOLEAN
) LANGUAGE sql ROWS 16 AS $$
  SELECT p.outcome, p.tweet_id, p.posted_at, p.handle, p.name, p.expected, p.wait_s,
    CASE WHEN p.deliveries + p.fan_outs > 0 THEN p.deliveries + 400 * (p.fan_outs + 1) ELSE 0 END,
    p.rate, p.deviation, p.paused
  FROM "post_tweets"(
    author_ids, keys, fingerprints, bodies, most_posts, small_bounds, large_bounds, rates_seen, deviations_seen,
    small, 400, window_s, is_patient
  ) p
$$;
