import 'server-only';
import { web } from '#app/server/root.ts';
import { markPublished } from '#core/ledger/due.ts';

/**
 * Hands a tweet's fan-out to the broker, after its commit and after its answer. Failing is fine and is not reported:
 * the row stays due, and the relay publishes it.
 */
export async function publishFanOut(tweetId: number): Promise<void> {
  const { broker, pool } = web();
  try {
    await broker.publish('fan-out', [{ key: String(tweetId), body: { tweetId } }]);
    await markPublished(pool, [tweetId]);
  } catch (error) {
    console.warn(`The broker did not take tweet ${tweetId}, the relay will hand it over: ${error}`);
  }
}
