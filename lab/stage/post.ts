import { setTimeout as wait } from 'node:timers/promises';
import { type Delivery, isFinished, readDeliveries } from '#core/ledger/delivery.ts';
import { markPublished } from '#core/ledger/due.ts';
import { fanOutOf } from '#core/messages.ts';
import { postTweet } from '#core/tweets/post-tweet.ts';
import type { Stage } from './stage.ts';

type PostingSide = Pick<Stage, 'pool' | 'broker'>;

/** Posts a tweet as the web process does: the transaction, then the broker, then the mark. Returns its id. */
export async function post({ pool, broker }: PostingSide, authorId: number): Promise<number> {
  const idempotencyKey = crypto.randomUUID();
  const posted = await postTweet(pool, { authorId, text: 'A tweet of the bench', idempotencyKey });
  if (posted.outcome !== 'posted') throw new Error(`Expected a posted tweet, got: ${posted.outcome}`);
  const { id } = posted.tweet;
  await broker.publish('fan-out', [fanOutOf(id)]);
  await markPublished(pool, [id]);
  return id;
}

const LOOK = 100; // ms, as often as the web process looks; the times are the ledger's own

/** Waits until all of these are delivered and returns them as the ledger has them. */
export async function delivered({ pool }: Pick<Stage, 'pool'>, tweetIds: number[]): Promise<Delivery[]> {
  for (;;) {
    const deliveries = await readDeliveries(pool, tweetIds);
    if (deliveries.every(isFinished)) return deliveries.map(requireDelivered);
    await wait(LOOK);
  }
}

/** From the answer to the last row of the ledger, in ms. */
export function deliveryTime({ acceptedAt, finishedAt }: Delivery): number {
  return since(acceptedAt, finishedAt);
}

/** Milliseconds from one of the ledger's times to another. */
export function since(from: string, to: string | null): number {
  if (to === null) throw new Error(`Expected a time after ${from}, got none`);
  return Date.parse(to) - Date.parse(from);
}

// A figure of a delivery that reached fewer timelines than it should would be worth nothing.
function requireDelivered(delivery: Delivery): Delivery {
  const { tweetId, state, expected, delivered } = delivery;
  if (state === 'delivered' && delivered === expected) return delivery;
  throw new Error(`Expected tweet ${tweetId} in ${expected} timelines, it is ${state} and in ${delivered}`);
}
