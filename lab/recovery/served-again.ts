import { z } from 'zod';
import { isFinished, readDeliveries } from '#core/ledger/delivery.ts';
import { until } from '#dev/ports.ts';
import { call, type Session } from '../chaos/load/call.ts';
import type { Stage } from '../chaos/stage/stage.ts';
import type { Streams } from './streams.ts';

const PATIENCE = 60_000; // ms

/** Milliseconds from now until each part does its work again, by its name. */
export async function untilServedAgain(
  { pool }: Stage,
  author: Session,
  streams: Streams | null,
): Promise<Record<string, number>> {
  const started = performance.now();
  const since = () => performance.now() - started;
  const tweetId = await untilAccepted(author);
  const accepted = since();
  const [delivered, arrived, shown] = await Promise.all([
    until(() => requireDelivered(pool, tweetId), PATIENCE).then(since),
    streams && until(() => streams.requireArrival(tweetId), PATIENCE).then(since),
    streams && until(() => streams.requireDelivered(tweetId), PATIENCE).then(since),
  ]);
  return {
    'web accepts a tweet': accepted,
    'workers deliver it': delivered,
    ...(arrived && { 'it arrives on a follower’s live stream': arrived }),
    ...(shown && { 'its author’s live stream says so': shown }),
  };
}

/** The id of a tweet that was posted under one key, as often as it took. */
export function untilAccepted(author: Session): Promise<number> {
  const request = {
    method: 'POST',
    path: '/api/tweets',
    body: { text: 'Is anybody there?' },
    headers: { 'idempotency-key': crypto.randomUUID() },
  };
  return until(async () => {
    const answer = await call(author, request);
    if (answer?.status !== 202) throw new Error(`Expected 202, got ${JSON.stringify(answer)}`);
    return posted.parse(answer.body).tweet.id;
  }, PATIENCE);
}

const posted = z.object({ tweet: z.object({ id: z.number() }) });

async function requireDelivered(pool: Stage['pool'], tweetId: number): Promise<void> {
  const [delivery] = await readDeliveries(pool, [tweetId]);
  if (!delivery || !isFinished(delivery)) throw new Error(`Expected tweet ${tweetId} to be delivered`);
}
