-- Says which tweets a restore has lost by the newest that is there, not by the sequence. PostgreSQL logs 32 ids ahead, so a
-- restored sequence may be above ids that were drawn and lost: they were left out of the report, or nothing was reported.
-- See the migration ledger_incarnation for the contract of this function.
CREATE OR REPLACE FUNCTION "recognise_ledger"(
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
