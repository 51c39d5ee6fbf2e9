import { afterAll, beforeAll, expect, it } from 'vitest';
import { fanOutMessage, type Publish } from '#core/messages.ts';
import { postTweet } from '#core/tweets/post-tweet.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { claimDue, FanOutPublisher } from './publish.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(pool(), range(1, 5));
  await addFollowers(pool(), 1, range(2, 5));
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;

/** A publisher to a broker that keeps what it is given, one publish an array, and answers when it is told. */
function open(answer: () => Promise<void> = async () => {}) {
  const published: number[][] = [];
  const lines: string[] = [];
  const publish: Publish = async (_queue, messages) => {
    published.push(messages.flatMap(({ body }) => fanOutMessage.parse(body).tweetIds));
    await answer();
  };
  const publisher = new FanOutPublisher({ pool: pool(), publish, log: (line) => lines.push(line) });
  return { publisher, published, lines };
}

const fanOut = async () => ({ tweetId: await post(pool(), 1), expected: 4 });

async function isMarked(tweetId: number): Promise<boolean> {
  const { rows } = await pool().query<{ marked: boolean; later: boolean }>(
    `SELECT published_at IS NOT NULL AS marked, due_at > clock_timestamp() + interval '10 s' AS later
     FROM fan_out WHERE tweet_id = $1`,
    [tweetId],
  );
  return rows[0]?.marked === true && rows[0].later;
}

it('hands one that is alone over at once, and marks it', async () => {
  const { publisher, published } = open();
  const one = await fanOut();
  await publisher.publish(one);
  expect(published).toEqual([[one.tweetId]]);
  expect(await isMarked(one.tweetId)).toBe(true);
});

it('hands over together those that come while it is under way, and marks each', async () => {
  let letGo: (() => void) | undefined;
  const first = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const { publisher, published } = open(() => first);
  const fanOuts = [await fanOut(), await fanOut(), await fanOut()];
  const [one, ...others] = fanOuts;
  if (!one) throw new Error('Expected a fan-out');
  const began = publisher.publish(one);
  await new Promise(setImmediate);
  const crowd = others.map((each) => publisher.publish(each));
  letGo?.();
  await Promise.all([began, ...crowd]);
  expect(published).toEqual([[one.tweetId], others.map(({ tweetId }) => tweetId)]);
  for (const { tweetId } of fanOuts) expect(await isMarked(tweetId)).toBe(true);
});

it('only says so when the broker is away: the rows stay due for the relay', async () => {
  const { publisher, lines } = open(async () => {
    throw new Error('away');
  });
  const lost = [await fanOut(), await fanOut()];
  await Promise.all(lost.map((each) => publisher.publish(each)));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('away');
  await pool().query(`UPDATE fan_out SET due_at = due_at - interval '3 s'`);
  const due = lost.map((each) => ({ ...each, traceparent: null }));
  expect(await claimDue(pool(), 100)).toEqual(expect.arrayContaining(due));
});
it('publishes a traced tweet with its trace, also when the relay does', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const draft = { authorId: 1, text: 'Traced', idempotencyKey: 'traced', traceparent };
  const first = await postTweet(pool(), draft);
  const again = await postTweet(pool(), { ...draft, traceparent: traceparent.replaceAll('0af', '1bf') });
  expect(again).toMatchObject({ outcome: 'posted', replayed: true });
  if (first.outcome !== 'posted') throw new Error(`Expected a tweet, got ${first.outcome}`);
  const tweetId = first.tweet.id;
  await pool().query(`UPDATE fan_out SET due_at = clock_timestamp() - interval '1 s' WHERE tweet_id = $1`, [
    tweetId,
  ]);
  expect(await claimDue(pool(), 10)).toContainEqual({ tweetId, expected: 4, traceparent });
});
