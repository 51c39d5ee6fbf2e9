import { z } from 'zod';
import { MINUTE } from '#core/durations.ts';
import { isFinished, readDeliveries } from '#core/ledger/delivery.ts';
import { until } from '#dev/ports.ts';
import { request, type Session } from '#lab/clients/session.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import type { Streams } from './streams.ts';

const PATIENCE = MINUTE;

/** Milliseconds from now until each process does its work again, by the name of that work. */
export async function untilServedAgain(
  { pool }: BreakableStage,
  author: Session,
  streams: Streams,
): Promise<Record<string, number>> {
  const started = performance.now();
  const since = () => performance.now() - started;
  const tweetId = await untilAccepted(author);
  const accepted = since();
  const [delivered, arrived, shown] = await Promise.all([
    until(() => requireDelivered(pool, tweetId), PATIENCE).then(since),
    until(() => streams.requireArrival(tweetId), PATIENCE).then(since),
    until(() => streams.requireDelivered(tweetId), PATIENCE).then(since),
  ]);
  return {
    'web accepts a tweet': accepted,
    'workers deliver it': delivered,
    'it arrives on a follower’s live stream': arrived,
    'its author’s live stream says so': shown,
  };
}

/** Posts a tweet under one key until it is accepted, and returns its id. */
export function untilAccepted(author: Session): Promise<number> {
  const tweet = {
    method: 'POST',
    path: '/api/tweets',
    body: { text: 'Is anybody there?' },
    headers: { 'idempotency-key': crypto.randomUUID() },
  };
  return until(async () => {
    const answer = await request(author, tweet);
    if (answer?.status !== 202) throw new Error(`Expected 202, got ${JSON.stringify(answer)}`);
    return posted.parse(answer.body).tweet.id;
  }, PATIENCE);
}

const posted = z.object({ tweet: z.object({ id: z.number() }) });

async function requireDelivered(pool: BreakableStage['pool'], tweetId: number): Promise<void> {
  const [delivery] = await readDeliveries(pool, [tweetId]);
  if (!delivery || !isFinished(delivery)) throw new Error(`Expected tweet ${tweetId} to be delivered`);
}
