-- How far the samples of the service rate are from it, in the mean: the bound rests on what may be relied on.
ALTER TABLE "backlog"
    ADD COLUMN "rate_deviation" DOUBLE PRECISION NOT NULL DEFAULT 0;
