-- Who has read home, and in which hour (since 1970) last: the timelines of those who did not for the longest are dropped
-- first, and those of the newest readers are warmed first. One row a reader, however often and for how many years.
CREATE TABLE "home_read" (
    "user_id" INTEGER NOT NULL,
    "hour" INTEGER NOT NULL,
    CONSTRAINT "home_read_pkey" PRIMARY KEY ("user_id")
);

CREATE INDEX "home_read_hour_user_id_idx" ON "home_read"("hour", "user_id");

-- The one row that a worker holds while it drops or warms timelines: how far it is, and what was dropped ever.
CREATE TABLE "timeline_upkeep" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "dropping" BOOLEAN NOT NULL DEFAULT false,
    "cursor" TEXT NOT NULL DEFAULT '0',
    "unread_before" INTEGER NOT NULL DEFAULT 0,
    "dropped" BIGINT NOT NULL DEFAULT 0,
    "dropped_at" TIMESTAMPTZ(3),
    CONSTRAINT "timeline_upkeep_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "timeline_upkeep_is_one_row" CHECK ("id")
);

INSERT INTO "timeline_upkeep" DEFAULT VALUES;
