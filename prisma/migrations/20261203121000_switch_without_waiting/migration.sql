-- A tweet that switched its author between push and pull waited for the worker who was packing his followers, on one of the
-- three connections that post. It does not wait any more. All else is as in the migration `pull`.

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
CREATE OR REPLACE FUNCTION "post_tweets"(
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
