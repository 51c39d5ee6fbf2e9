/**
 * SQL for the followers of a chunk, packed (see packId): those who followed before the tweet and still do; none when
 * the tweet is deleted. `chunk` names a row with tweet_id, author_id, shard, from_id and to_id. From the pack of that
 * range if there is one and nobody in it has followed since (see packs.ts), else row by row. Packed on the server: 0.04 s
 * of Node's time for a million ids, not 0.2. How many shards there are is written into it, for the planner to leave out
 * what is always true: as a parameter it took 10 ms of a million's 150.
 */
export const packedFollowers = (chunk: string, shards: number): string => `coalesce((
  SELECT encode(ids, 'hex') FROM follower_pack
  WHERE followee_id = ${chunk}.author_id AND shard = ${chunk}.shard AND from_id = ${chunk}.from_id
    AND to_id = ${chunk}.to_id AND shards = ${shards} AND newest < ${chunk}.tweet_id AND ${isThere(chunk)}
), (
  SELECT encode(string_agg(int4send(follower_id), ''), 'hex') FROM follow
  WHERE followee_id = ${chunk}.author_id AND since < ${chunk}.tweet_id
    AND follower_id BETWEEN ${chunk}.from_id AND ${chunk}.to_id
    AND (${shards} = 1 OR follower_id % ${shards} = ${chunk}.shard) AND ${isThere(chunk)}
), '')`;

const isThere = (chunk: string): string =>
  `EXISTS (SELECT FROM tweet t WHERE t.id = ${chunk}.tweet_id AND t.deleted_at IS NULL)`;
