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
