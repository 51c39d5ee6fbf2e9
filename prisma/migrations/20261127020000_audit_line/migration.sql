-- The line of audits: a row for each one that waits or runs in any web process. See core/audit/line.ts.
--
-- Unlogged: a crash of Postgres empties it, which frees the line, and writing how far an audit is waits for no disk. The
-- version before does not know the table; its audits run beside these until its processes have ended.
CREATE UNLOGGED TABLE "audit_line" (
    "ticket" BIGSERIAL NOT NULL,
    "tweet_id" BIGINT NOT NULL,
    "running" BOOLEAN NOT NULL DEFAULT false,
    "aside" BOOLEAN NOT NULL DEFAULT false,
    "read" INTEGER NOT NULL DEFAULT 0,
    "expected" INTEGER NOT NULL DEFAULT 0,
    "leased_until" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "audit_line_pkey" PRIMARY KEY ("ticket")
);

-- One runs at a time, whatever two processes see of each other.
CREATE UNIQUE INDEX "audit_line_running" ON "audit_line"("running") WHERE "running";
