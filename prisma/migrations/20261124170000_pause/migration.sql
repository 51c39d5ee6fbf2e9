-- Whether workers take deliveries, in the row that counts them: admission, sampling and workers read it anyway.
ALTER TABLE "backlog"
    ADD COLUMN "paused" BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN "switched_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
