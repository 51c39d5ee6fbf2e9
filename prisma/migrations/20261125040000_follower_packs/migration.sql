-- The followers of an author who has more than a chunk of them, a chunk's worth a row: see docs/decisions/017.
CREATE TABLE "follower_pack" (
    "followee_id" INTEGER NOT NULL,
    "shard" INTEGER NOT NULL,
    "from_id" INTEGER NOT NULL,
    "to_id" INTEGER NOT NULL,
    "shards" INTEGER NOT NULL,
    "chunk_size" INTEGER NOT NULL,
    "count" INTEGER NOT NULL,
    "newest" BIGINT NOT NULL,
    "ids" BYTEA NOT NULL,
    CONSTRAINT "follower_pack_pkey" PRIMARY KEY ("followee_id", "shard", "from_id"),
    CONSTRAINT "follower_pack_holds_its_ids" CHECK (octet_length("ids") = 4 * "count")
);
-- Ids do not compress, trying to costs 0.1 ms a row.
ALTER TABLE "follower_pack" ALTER COLUMN "ids" SET STORAGE EXTERNAL;
