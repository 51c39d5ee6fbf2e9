-- In how many shards timelines lie is a matter of the data, not of a variable: core/timelines/layout.ts tells of it. A row is
-- a layout, the one with the highest generation is in force.
CREATE TABLE timeline_layout (
  generation INTEGER PRIMARY KEY CHECK (generation >= 0),
  shards INTEGER NOT NULL CHECK (shards BETWEEN 1 AND 16384),
  made_at TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  -- When the store held none of its keys any more.
  emptied_at TIMESTAMPTZ(3)
);

-- The versions before had the number in TIMELINE_SHARDS, at 1 unless somebody had changed it.
INSERT INTO timeline_layout (generation, shards) VALUES (0, coalesce((SELECT max(shard) + 1 FROM chunk), 1));

-- The layout in which a fan-out was planned. Null until then, and for good when the version before has planned it: that is
-- generation 0.
ALTER TABLE fan_out ADD COLUMN layout INTEGER;

-- 7,105 is any number that no other advisory lock of this database uses.
CREATE FUNCTION planning_lock() RETURNS INTEGER LANGUAGE sql IMMUTABLE AS 'SELECT 7105';

-- The layout in force, for a plan that this transaction writes. Whoever changes the layout waits for the transaction's end.
-- It is VOLATILE, so that the layout is read after the lock was given, and not as the calling statement found it before.
CREATE FUNCTION planning_layout() RETURNS INTEGER LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(planning_lock(), 0);
  RETURN (SELECT max(generation) FROM timeline_layout);
END $$;
