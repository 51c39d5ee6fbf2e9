-- Which server holds a shard of the timelines is known to the ledger too: see docs/decisions/050.
--
-- A master that was frozen does not know that another has its place. For a moment it takes pushes that nobody will read.
-- "repairs" is counted up before each repair reads what it pushes again. A chunk that was pushed by what was known before
-- is not finished, but pushed again: either the repair saw it as taken, or it was taken after the count.

-- The token of the repair that found, or is about to find, a shard complete last. A shard with another one is not the same.
CREATE TABLE timeline_seal (
  generation INTEGER NOT NULL,
  shard INTEGER NOT NULL,
  token TEXT NOT NULL,
  PRIMARY KEY (generation, shard)
);

ALTER TABLE ledger_incarnation ADD COLUMN repairs BIGINT NOT NULL DEFAULT 0;

-- Fails, as a transaction that has to be tried again (40001), when a repair has begun since this many were known. Null, as
-- from the version before, is not compared. It is VOLATILE, so that the count is as it is now.
CREATE FUNCTION require_repairs(known BIGINT) RETURNS BOOLEAN LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF known < (SELECT repairs FROM ledger_incarnation) THEN
    RAISE EXCEPTION 'The timeline store was repaired since these chunks were pushed' USING ERRCODE = '40001';
  END IF;
  RETURN true;
END $$;
