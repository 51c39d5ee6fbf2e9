-- These stood for processes of versions that are replaced by now. Those of the version before this one call the forms with apps,
-- tags and pull.
DROP FUNCTION "post_tweet"(
  INTEGER, TEXT, TEXT, TEXT, INTEGER, INTEGER, INTEGER, BIGINT, BIGINT, FLOAT8, FLOAT8
);
DROP FUNCTION "post_tweets"(
  INTEGER[], TEXT[], TEXT[], TEXT[], INTEGER[], BIGINT[], BIGINT[], FLOAT8[], FLOAT8[], INTEGER, INTEGER, BOOLEAN
);
DROP FUNCTION "post_tweets"(
  INTEGER[], TEXT[], TEXT[], TEXT[], INTEGER[], BIGINT[], BIGINT[], FLOAT8[], FLOAT8[], INTEGER, INTEGER, INTEGER, BOOLEAN
);
