-- Up to when what has ended is forgotten: see docs/decisions/039.
CREATE TABLE "retention" (
    "what" TEXT NOT NULL,
    "forgotten_to" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "retention_pkey" PRIMARY KEY ("what")
);

-- As many rows go as come. By default a fifth of a table would be dead rows before they are cleared, and it would grow by as
-- much.
ALTER TABLE "chunk" SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);
ALTER TABLE "fan_out" SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);
ALTER TABLE "idempotency_key" SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);

-- Retrying all that failed looked for it among all chunks. The index is of fan-outs: one of chunks by their state would make
-- every chunk that is delivered a new entry of all indexes.
CREATE INDEX "fan_out_failed" ON "fan_out"("tweet_id") WHERE "chunks_failed" > 0;

-- The repair of a restored timeline store asks which backfills it may have lost. Edges that were complete from the
-- beginning, as the seed writes them, have the time 0 and are not asked for.
CREATE INDEX "follow_backfilled" ON "follow"("backfilled_at") WHERE "backfilled_at" > '1970-01-01 00:00:00+00';
