import type pg from 'pg';
import { z } from 'zod';
import { readRow, readRows } from '#core/rows.ts';
import { pushChunk } from '#core/timelines/timeline.ts';
import { accept, delivered, publish, TEXT } from '#lab/load/post.ts';
import type { Connections } from '#lab/stage/connect.ts';

const clock = () => performance.timeOrigin + performance.now(); // of this machine, as the clock of the ledger is

/** Milliseconds from the start of the request. */
export type Moments = { answer: number; first: number; median: number; last: number };

/** Posts as this repository does: commits, answers, and only then publishes. The workers deliver. */
export async function postThroughQueue(
  side: Pick<Connections, 'pool' | 'broker'>,
  authorId: number,
): Promise<Moments> {
  const began = clock();
  const tweetId = await accept(side, authorId);
  const answer = clock() - began;
  await publish(side, tweetId);
  const [delivery] = await delivered(side, [tweetId]);
  const at = (time: string | null | undefined) => Date.parse(time ?? '') - began;
  const { firstAt, medianAt, finishedAt } = delivery ?? {};
  return { answer, first: at(firstAt), median: at(medianAt), last: at(finishedAt) };
}

/** The next followers, packed, and the last of their ids. */
const packedPage = z.object({ followers: z.string(), count: z.number(), last: z.number() });
type Page = z.infer<typeof packedPage>;
type Stores = Pick<Connections, 'pool' | 'store' | 'config'>;
type Told = (delivered: number) => void;

/**
 * Posts without a queue, as well as that can be done. The tweet is committed, then the request itself pushes it, by the
 * same script and in chunks of the same size. It reads the next followers while it pushes, and answers when all have
 * the tweet.
 */
export async function postInRequest(
  stores: Stores,
  authorId: number,
  told: Told = () => {},
): Promise<Moments> {
  const began = performance.now();
  const since = () => performance.now() - began;
  const { tweetId, followers } = await writeTweet(stores.pool, authorId);
  const moments = { first: Number.NaN, median: Number.NaN };
  let delivered = 0;
  let page = readPage(stores, { authorId, tweetId, after: 0 });
  for (let chunk = 0; ; chunk++) {
    const { count, last, ...packed } = await page;
    if (count === 0) break;
    page = readPage(stores, { authorId, tweetId, after: last });
    await pushChunk(stores.store, { tweetId, chunk, shard: 0, ...packed });
    delivered += count;
    if (chunk === 0) moments.first = since();
    if (Number.isNaN(moments.median) && 2 * delivered >= followers) moments.median = since();
    told(delivered);
  }
  return { ...moments, last: since(), answer: since() };
}

const writtenTweet = z.object({ tweetId: z.number(), followers: z.number() });

async function writeTweet(pool: pg.Pool, authorId: number) {
  const [written] = await readRows(pool, writtenTweet, {
    text: `WITH author AS (SELECT id, follower_count FROM "user" WHERE id = $1 FOR SHARE)
     INSERT INTO tweet (id, author_id, text) SELECT nextval('tweet_id_seq'), id, $2 FROM author
     RETURNING id AS "tweetId", (SELECT follower_count FROM author) AS followers`,
    values: [authorId, TEXT],
  });
  if (!written) throw new Error(`Expected an author with id ${authorId}, found none`);
  return written;
}

type Wanted = { authorId: number; tweetId: number; after: number };

async function readPage({ pool, config }: Stores, { authorId, tweetId, after }: Wanted): Promise<Page> {
  return readRow(pool, packedPage, {
    text: `SELECT coalesce(encode(string_agg(int4send(id), ''), 'hex'), '') AS followers,
       count(*)::int AS count, coalesce(max(id), 0) AS last
     FROM (SELECT follower_id AS id FROM follow WHERE followee_id = $1 AND follower_id > $2 AND since < $3
       ORDER BY follower_id LIMIT $4) AS page`,
    values: [authorId, after, tweetId, config.CHUNK_SIZE],
  });
}
