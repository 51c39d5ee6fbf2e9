import type pg from 'pg';
import { HOUR } from '#core/durations.ts';
import { idOfAuthor, idOfDemo } from './audiences.ts';
import { demoAccounts } from './demo/accounts.ts';
import { sentence } from './sentences.ts';
import type { Drawn, Size } from './size.ts';

const TWEETS_EACH = 4; // of a generated author; with 500 of them a timeline of all is two and a half times its cap
const OLDEST = 6 * 24; // hours
const STRIDE = 809; // a prime above the number of authors, so that each writes once before any writes twice

type OldTweet = { authorId: number; hoursAgo: number; text: string };

/**
 * Writes the tweets, oldest first, so that ids and times grow together. The sequence is never set back: an id that was
 * used before might still have receipts and messages somewhere, and its new fan-out would count as done.
 */
export async function writeTweets(client: pg.PoolClient, { size, seed, now }: Drawn): Promise<void> {
  const tweets = [...demoTweets(), ...generatedTweets(size, seed)].sort((a, b) => b.hoursAgo - a.hoursAgo);
  await client.query(
    `INSERT INTO tweet (id, author_id, text, created_at)
     SELECT nextval('tweet_id_seq'), author, text, written
     FROM unnest($1::int[], $2::text[], $3::timestamptz[]) WITH ORDINALITY AS old(author, text, written, nr)
     ORDER BY nr`,
    [
      tweets.map(({ authorId }) => authorId),
      tweets.map(({ text }) => text),
      tweets.map(({ hoursAgo }) => new Date(now.getTime() - Math.round(hoursAgo * HOUR))),
    ],
  );
}

function demoTweets(): OldTweet[] {
  return demoAccounts.flatMap(({ handle, tweets }) =>
    tweets.map((tweet) => ({ authorId: idOfDemo(handle), ...tweet })),
  );
}

/** The tweets of generated authors. The nearer to now, the closer together they are, as in a real timeline. */
function generatedTweets({ authors }: Size, seed: number): OldTweet[] {
  const count = authors * TWEETS_EACH;
  return Array.from({ length: count }, (_, n) => ({
    authorId: idOfAuthor(1 + ((n * STRIDE + seed) % authors)),
    hoursAgo: OLDEST * ((n + 1) / count) ** 1.5,
    text: sentence(n, seed),
  }));
}
