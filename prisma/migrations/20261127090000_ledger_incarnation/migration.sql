-- Tells a Postgres that was restored or failed over from the one that was there before: see docs/decisions/038.

-- One row. "beat" is raised twice a second by a worker that has found the timeline store to know no higher one; the store
-- keeps a copy of it. A ledger with a lower beat than the store's copy has lost something. From then on it is another
-- branch, and has another token.
CREATE TABLE "ledger_incarnation" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "token" UUID NOT NULL DEFAULT gen_random_uuid(),
    "beat" BIGINT NOT NULL DEFAULT 0,
    "beat_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "started_at" TIMESTAMPTZ(6) NOT NULL DEFAULT pg_postmaster_start_time(),
    "swept_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "lost_token" UUID,
    "lost_after" BIGINT,
    "lost_to" BIGINT,
    "lost_at" TIMESTAMPTZ(3),

    CONSTRAINT "ledger_incarnation_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "ledger_incarnation_one_row" CHECK ("id")
);

INSERT INTO "ledger_incarnation" DEFAULT VALUES;

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

CREATE TRIGGER "fan_out_requires_recognised_server" BEFORE INSERT ON "fan_out"
  FOR EACH STATEMENT EXECUTE FUNCTION "require_recognised_server"();

-- Compares this server with what the timeline store remembers of the ledger: a token, a beat and the newest id of each shard
-- that remembers any; null when the store could not be asked. Does nothing on a server that is recognised and has lost
-- nothing. Otherwise sets the ids ahead, and on a loss begins another branch. Returns the token and the beat as they are then,
-- and whether this call has found a loss.
--
-- Ids: the store's memory is half a second old, and in that time 2,000 are drawn; it is 100,000 ahead of the newest that
-- anybody knows. When the store cannot say, it is ahead by 10,000 for each second since the last beat, three times as many
-- as this system has ever drawn in a second.
--
-- Safe to repeat, and for all processes at once: the row's lock lets one in, and the others find it done.
CREATE FUNCTION "recognise_ledger"(
  tokens UUID[], beats BIGINT[], ids BIGINT[], OUT here_token UUID, OUT here_beat BIGINT, OUT is_loss BOOLEAN
) LANGUAGE plpgsql AS $$
DECLARE
  margin CONSTANT BIGINT := 100000;
  a_second CONSTANT BIGINT := 10000;
  here "ledger_incarnation";
  foreign_token UUID; -- of a shard that remembers what is not here, and that nobody has found before
  newest BIGINT; -- id that a shard remembers
  last BIGINT; -- id that was drawn here
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true); -- on disk before anybody builds on it
  SELECT i.* INTO STRICT here FROM "ledger_incarnation" i WHERE i."id" FOR UPDATE;
  SELECT max(m.id), (array_agg(m.token) FILTER (
    WHERE (m.token <> here.token OR m.beat > here.beat) AND m.token IS DISTINCT FROM here.lost_token
  ))[1] INTO newest, foreign_token
  FROM unnest(tokens, beats, ids) AS m(token, beat, id);
  is_loss := foreign_token IS NOT NULL;
  here_token := here.token;
  here_beat := here.beat;
  IF here.started_at = pg_postmaster_start_time() AND NOT is_loss THEN
    RETURN;
  END IF;

  SELECT s.last_value INTO last FROM "tweet_id_seq" s;
  newest := coalesce(
    newest, last + a_second * greatest(0, ceil(extract(epoch FROM clock_timestamp() - here.beat_at)))::BIGINT
  );
  PERFORM setval('tweet_id_seq', greatest(last, newest) + margin);
  PERFORM setval('task_id_seq', s.last_value + margin) FROM "task_id_seq" s;
  UPDATE "ledger_incarnation" SET "started_at" = pg_postmaster_start_time() WHERE "id";
  IF is_loss THEN
    here_token := gen_random_uuid();
    UPDATE "ledger_incarnation" SET "token" = here_token, "lost_token" = foreign_token, "lost_after" = last,
      "lost_to" = greatest(last, newest), "lost_at" = clock_timestamp()
    WHERE "id";
  END IF;
END $$;
