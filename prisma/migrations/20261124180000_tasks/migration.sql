CREATE TYPE "task_state" AS ENUM ('waiting', 'running', 'succeeded', 'failed', 'cancelled');

CREATE SEQUENCE "task_id_seq" AS BIGINT MAXVALUE 9007199254740991;

-- The ledger of tasks: what was asked, what was done, what came out. The states are drawn in core/tasks/task.ts.
CREATE TABLE "task" (
    "id" BIGINT NOT NULL DEFAULT nextval('task_id_seq'),
    "kind" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "input" JSONB,
    "account_id" INTEGER,
    "state" "task_state" NOT NULL DEFAULT 'waiting',
    "priority" SMALLINT NOT NULL DEFAULT 1,
    "unique_key" TEXT,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "published_at" TIMESTAMPTZ(3),
    "leased_until" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "slot_at" TIMESTAMPTZ(3),
    "token" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "worker" TEXT,
    "progress" JSONB,
    "result" JSONB,
    "error" TEXT,
    "cancel_requested" BOOLEAN NOT NULL DEFAULT false,
    "keep_ms" BIGINT NOT NULL DEFAULT 86400000,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),
    "parent_id" BIGINT,
    "step" INTEGER NOT NULL DEFAULT 0,
    "step_left" INTEGER NOT NULL DEFAULT 0,
    "children" INTEGER NOT NULL DEFAULT 0,
    "children_done" INTEGER NOT NULL DEFAULT 0,
    "children_failed" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "task_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "task_priority" CHECK ("priority" BETWEEN 0 AND 2),
    CONSTRAINT "task_children" CHECK ("children_done" + "children_failed" <= "children"),
    CONSTRAINT "task_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "task"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- Every task is updated two or three times: dead rows are cleared long before they are a fifth of the table.
ALTER TABLE "task" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);

CREATE INDEX "task_account_id_id_idx" ON "task"("account_id", "id" DESC);

-- Partial: what is due, what a key stands for, a composition's members, what failed, and what may go, whatever the
-- number of tasks that are finished.
CREATE INDEX "task_due" ON "task"("leased_until") WHERE "state" IN ('waiting', 'running');
CREATE UNIQUE INDEX "task_unique_key" ON "task"("unique_key")
  WHERE "unique_key" IS NOT NULL AND "state" IN ('waiting', 'running');
CREATE INDEX "task_members" ON "task"("parent_id", "step") WHERE "parent_id" IS NOT NULL;
CREATE INDEX "task_failed" ON "task"("id") WHERE "state" = 'failed';
CREATE INDEX "task_expired" ON "task"("expires_at") WHERE "expires_at" IS NOT NULL;

-- What a task made that is too large for its result, in pieces.
CREATE TABLE "task_file" (
    "task_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,
    CONSTRAINT "task_file_pkey" PRIMARY KEY ("task_id", "number"),
    CONSTRAINT "task_file_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "task"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
-- Compressed already.
ALTER TABLE "task_file" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;

-- When the next task of a kind that is limited may start.
CREATE TABLE "task_rate" (
    "kind" TEXT NOT NULL,
    "free_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "task_rate_pkey" PRIMARY KEY ("kind")
);

CREATE TABLE "schedule" (
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "account_id" INTEGER,
    "cron" TEXT,
    "every_ms" BIGINT,
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3),
    "last_task_id" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "schedule_pkey" PRIMARY KEY ("name"),
    CONSTRAINT "schedule_is_cron_or_interval" CHECK (("cron" IS NULL) <> ("every_ms" IS NULL))
);
