-- Closes a fan-out, the only place that does: once it is planned and each of its chunks is delivered or given up, whichever
-- statement counts the last one. It is delivered when none was given up, and failed otherwise. Whoever was expected and is
-- neither delivered nor cold has unfollowed: gone. A deleted tweet's fan-out was closed as cancelled and stays so.
--
-- It runs in the statement that counts, on the row that this statement has locked: of two chunks that finish at the same
-- time the second sees the count of the first. Statements of the version before set the same values themselves; the
-- condition is then false.
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

CREATE TRIGGER "fan_out_closes" BEFORE UPDATE OF "chunks_done", "chunks_failed", "planned_at" ON "fan_out"
  FOR EACH ROW WHEN (
    NEW.planned_at IS NOT NULL AND NEW.state IN ('waiting', 'delivering')
    AND NEW.chunks_done + NEW.chunks_failed = NEW.chunks
  ) EXECUTE FUNCTION "close_fan_out"();
