import { setTimeout as wait } from 'node:timers/promises';
import { type Delivery, isFinished, readDeliveries } from '#core/ledger/delivery.ts';
import { markPublished } from '#core/ledger/publish.ts';
import { fanOutOf } from '#core/messages.ts';
import { postTweet } from '#core/tweets/post-tweet.ts';
import type { Connections } from '#lab/stage/connect.ts';

export const TEXT = 'A tweet of the bench';

type PostingSide = Pick<Connections, 'pool' | 'broker'>;

/** Posts a tweet as the web process does, and returns its id. */
export async function post(side: PostingSide, authorId: number): Promise<number> {
  const tweetId = await accept(side, authorId);
  await publish(side, tweetId);
  return tweetId;
}

/** Does what the web process does before its answer: the transaction. Returns the tweet's id. */
export async function accept(
  { pool }: Pick<PostingSide, 'pool'>,
  authorId: number,
  text = TEXT,
): Promise<number> {
  const posted = await postTweet(pool, { authorId, text, idempotencyKey: crypto.randomUUID() });
  if (posted.outcome !== 'posted') throw new Error(`Expected a posted tweet, got: ${posted.outcome}`);
  return posted.tweet.id;
}

/** Does what the web process does after its answer: publishes. */
export async function publish({ pool, broker }: PostingSide, tweetId: number): Promise<void> {
  await broker.publish('fan-out', [fanOutOf(tweetId)]);
  await markPublished(pool, [tweetId]);
}

const LOOK = 100; // ms, as often as the web process looks; the measured times are the ledger's own

type Looked = (deliveries: Delivery[]) => void;

/** Waits until all of these are finished and returns them as the ledger has them. `looked` is called at each look. */
export async function finished(
  { pool }: Pick<PostingSide, 'pool'>,
  tweetIds: number[],
  looked: Looked = () => {},
): Promise<Delivery[]> {
  for (;;) {
    const deliveries = await readDeliveries(pool, tweetIds);
    looked(deliveries);
    if (deliveries.every(isFinished)) return deliveries;
    await wait(LOOK);
  }
}

/** The same. Throws when one of them is not in every follower's timeline. */
export const delivered: typeof finished = async (side, tweetIds, looked) =>
  (await finished(side, tweetIds, looked)).map(requireDelivered);

/** Posts one tweet and waits until it is delivered. */
export async function postAndDeliver(side: PostingSide, authorId: number): Promise<Delivery> {
  const [delivery] = await delivered(side, [await post(side, authorId)]);
  if (!delivery) throw new Error('Expected the delivery of the tweet, got none');
  return delivery;
}

/** Milliseconds from the acceptance to the last row of the ledger. */
export const deliveryTime = ({ acceptedAt, finishedAt }: Delivery): number => since(acceptedAt, finishedAt);

/** Milliseconds from one of the ledger's times to another. */
export function since(from: string, to: string | null): number {
  if (to === null) throw new Error(`Expected a time after ${from}, got none`);
  return Date.parse(to) - Date.parse(from);
}

// A figure would be worth nothing if its delivery reached fewer timelines than it should.
function requireDelivered(delivery: Delivery): Delivery {
  const { tweetId, state, expected, delivered } = delivery;
  if (state === 'delivered' && delivered === expected) return delivery;
  throw new Error(`Expected tweet ${tweetId} in ${expected} timelines, it is ${state} and in ${delivered}`);
}
