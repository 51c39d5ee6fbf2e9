import type pg from 'pg';
import { z } from 'zod';
import { readRow, readRows } from '#core/rows.ts';
import { pushChunk } from '#core/timelines/timeline.ts';
import { accept, delivered, type finished, publish, TEXT } from '#lab/load/post.ts';
import type { Connections } from '#lab/stage/connect.ts';

const clock = () => performance.timeOrigin + performance.now(); // this machine's, as the ledger's clock is

/** Milliseconds from the start of the request. */
export type Moments = { answer: number; first: number; median: number; last: number };

/** The times at which followers get it. */
export type Arrivals = Omit<Moments, 'answer'>;

type Posting = {
  text?: string;
  accepted?(tweetId: number): void;
  told?: Told;
  /** Waits for its end. By default this also checks that it is in every follower's timeline. */
  ended?: typeof finished;
};

/** Posts as this repository does: commits, answers, and only then publishes. The workers deliver. */
export async function postThroughQueue(
  side: Pick<Connections, 'pool' | 'broker'>,
  authorId: number,
  { text, accepted, told, ended = delivered }: Posting = {},
): Promise<Moments> {
  const began = clock();
  const tweetId = await accept(side, authorId, text);
  const answer = clock() - began;
  accepted?.(tweetId);
  await publish(side, tweetId);
  const [delivery] = await ended(side, [tweetId], (looked) => told?.(looked[0]?.delivered ?? 0));
  const at = (time: string | null | undefined) => Date.parse(time ?? '') - began;
  const { firstAt, medianAt, finishedAt } = delivery ?? {};
  return { answer, first: at(firstAt), median: at(medianAt), last: at(finishedAt) };
}

/** The next followers, packed, and the last of their ids. */
const packedPage = z.object({ followers: z.string(), count: z.number(), last: z.number() });
type Page = z.infer<typeof packedPage>;
export type Stores = Pick<Connections, 'pool' | 'store' | 'config'>;
export type Told = (delivered: number) => void;

/**
 * Posts without a queue, as well as that can be done. The tweet is committed, then the request itself pushes it, and
 * answers when all have the tweet.
 */
export async function postInRequest(
  stores: Stores,
  authorId: number,
  told: Told = () => {},
): Promise<Moments> {
  const began = performance.now();
  const { tweetId, followers } = await writeTweet(stores.pool, authorId);
  const arrivals = await pushToAll(stores, { authorId, tweetId, followers, shard: 0, began }, told);
  return { ...arrivals, answer: performance.now() - began };
}

/** A tweet to push to all followers of its author. `began` is when its posting began, by `performance.now()`. */
export type Push = {
  /** Throws when no chunk may be pushed any more. */
  mayGo?(): void;
  authorId: number;
  tweetId: number;
  followers: number;
  shard: number;
  began: number;
};

/**
 * Pushes with the script that deliveries use, in chunks of the same size, one after another. It reads the next
 * followers while it pushes.
 */
export async function pushToAll(stores: Stores, push: Push, told: Told = () => {}): Promise<Arrivals> {
  const { authorId, tweetId, followers, shard, began } = push;
  const since = () => performance.now() - began;
  const moments = { first: Number.NaN, median: Number.NaN };
  let [chunk, delivered] = [0, 0];
  for await (const page of packedPages(stores, { authorId, tweetId })) {
    push.mayGo?.();
    await pushChunk(stores.store, { tweetId, chunk, shard, followers: page.followers });
    delivered += page.count;
    if (chunk++ === 0) moments.first = since();
    if (Number.isNaN(moments.median) && 2 * delivered >= followers) moments.median = since();
    told(delivered);
  }
  return { ...moments, last: since() };
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

type Wanted = { authorId: number; tweetId: number };

/** Everybody who followed before the tweet, packed, one chunk a page. It reads the next page while the caller works. */
export async function* packedPages(stores: Stores, wanted: Wanted): AsyncGenerator<Page> {
  for (let reading = readPage(stores, { ...wanted, after: 0 }); ; ) {
    const page = await reading;
    if (page.count === 0) return;
    reading = readPage(stores, { ...wanted, after: page.last });
    reading.catch(() => {}); // the caller may never ask for this page
    yield page;
  }
}

async function readPage(
  { pool, config }: Stores,
  { authorId, tweetId, after }: Wanted & { after: number },
): Promise<Page> {
  return readRow(pool, packedPage, {
    text: `SELECT coalesce(encode(string_agg(int4send(id), ''), 'hex'), '') AS followers,
       count(*)::int AS count, coalesce(max(id), 0) AS last
     FROM (SELECT follower_id AS id FROM follow WHERE followee_id = $1 AND follower_id > $2 AND since < $3
       ORDER BY follower_id LIMIT $4) AS page`,
    values: [authorId, after, tweetId, config.CHUNK_SIZE],
  });
}
