import type pg from 'pg';
import { z } from 'zod';
import { MINUTE, SECOND } from '#core/durations.ts';
import { forLog } from '#core/for-log.ts';
import { Together } from '#core/gather.ts';
import { type FanOut, fanOut, fanOutsOf, type Publish } from '#core/messages.ts';
import { readRows } from '#core/rows.ts';

/**
 * After so long without any progress a fan-out is published again. A killed worker's message comes back by the broker in
 * about 10 s, so that the relay acts only when the broker does not.
 */
export const LEASE = 12 * SECOND;

/** After so long at most it is published once more, because its message may have been lost again. */
const LONGEST_LEASE = MINUTE;

/** Hands fan-outs to the broker and marks them. */
export async function publishFanOuts(pool: pg.Pool, publish: Publish, fanOuts: FanOut[]): Promise<void> {
  await publish('fan-out', fanOutsOf(fanOuts));
  await markPublished(pool, idsOf(fanOuts));
}

const idsOf = (fanOuts: FanOut[]): number[] => fanOuts.map(({ tweetId }) => tweetId);

/** So many fan-outs are published at once: a few dozen messages, far fewer than would hold up a broker's other answers. */
const MOST = 256;

/**
 * In a crowd, marks are written so many ms apart, long before a fan-out is due after 2 s. By then a worker has started most
 * of these tweets, which marks them too, so that little is left to write.
 */
const MARKS = { most: 4_096, crowdMs: 200 };

export type PublisherOptions = { pool: pg.Pool; publish: Publish; log(line: string): void };

/**
 * Hands fan-outs to the broker as they come. One that is alone goes at once. Those that come meanwhile go together, in as
 * few messages as possible.
 *
 * Use it after the commit and after the answer. A failure is only logged, and the process may die at any point: the row
 * stays due until it is marked, and the relay publishes it.
 */
export class FanOutPublisher {
  readonly #publishes: Together<FanOut, boolean>;
  readonly #marks: Together<number, true>;

  constructor(private readonly options: PublisherOptions) {
    this.#publishes = new Together((fanOuts: FanOut[]) => this.#publish(fanOuts), { most: MOST });
    this.#marks = new Together((tweetIds: number[]) => this.#mark(tweetIds), MARKS);
  }

  /** Resolves when it is published and marked, or one of both has failed; never rejects. A tweet to nobody needs neither. */
  async publish({ tweetId, expected, traceparent }: FanOut): Promise<void> {
    if (expected === 0) return;
    if (await this.#publishes.of({ tweetId, expected, traceparent })) await this.#marks.of(tweetId);
  }

  async #publish(fanOuts: FanOut[]): Promise<boolean[]> {
    const isPublished = await this.options.publish('fan-out', fanOutsOf(fanOuts)).then(
      () => true,
      (error) => this.#relays(idsOf(fanOuts).join(', '), 'handed over', error),
    );
    return fanOuts.map(() => isPublished);
  }

  async #mark(tweetIds: number[]): Promise<true[]> {
    await markPublished(this.options.pool, tweetIds).catch((error) =>
      this.#relays(tweetIds.join(', '), 'marked', error),
    );
    return tweetIds.map(() => true);
  }

  #relays(ids: string, what: string, error: unknown): false {
    this.options.log(`Fan-outs were not ${what}, the relay will see to it: ${ids}: ${forLog(String(error))}`);
    return false;
  }
}

/**
 * Marks that the broker holds fan-outs. Only the first time counts. A fan-out that a worker has taken is marked already.
 * Rows that are locked are left out: whoever holds one takes it, ends it or claims it. Does not wait for the disk, because a
 * mark that a crash takes back costs no more than one message.
 */
export async function markPublished(pool: pg.Pool, tweetIds: number[]): Promise<void> {
  await pool.query({
    name: 'mark-published',
    text: `
      UPDATE fan_out f SET published_at = clock_timestamp(),
        due_at = greatest(due_at, clock_timestamp() + $2 * interval '1 ms')
      FROM (
        SELECT tweet_id FROM fan_out
        WHERE tweet_id = ANY($1::bigint[]) AND published_at IS NULL ORDER BY tweet_id FOR UPDATE SKIP LOCKED
      ) held, (SELECT set_config('synchronous_commit', 'off', true)) quickly
      WHERE f.tweet_id = held.tweet_id`,
    values: [tweetIds, LEASE],
  });
}

/**
 * Claims fan-outs that are unfinished and due: the broker never acknowledged them, or they made no progress for a lease. Two
 * relays share the work (SKIP LOCKED). If a relay dies after claiming, its fan-outs are due again after a lease.
 *
 * An older fan-out gets a longer lease, as long as the fan-out is old. After an outage its message stands in the broker
 * behind many others, and some brokers would keep a copy for each look. Progress brings the short lease back.
 */
export async function claimDue(pool: pg.Pool, limit: number): Promise<FanOut[]> {
  return readRows(pool, fanOut, {
    text: `
      UPDATE fan_out SET due_at = clock_timestamp() + greatest(
        $2 * interval '1 ms', least(clock_timestamp() - accepted_at, $3 * interval '1 ms')
      )
      WHERE tweet_id IN (
        SELECT tweet_id FROM fan_out
        WHERE finished_at IS NULL AND due_at < statement_timestamp()
        ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
      ) RETURNING tweet_id AS "tweetId", expected, traceparent`,
    values: [limit, LEASE, LONGEST_LEASE],
  });
}

/** Numbers of a fan-out's chunks that are not done. */
export async function unfinishedChunks(pool: pg.Pool, tweetId: number): Promise<number[]> {
  const chunks = await readRows(pool, z.object({ number: z.int() }), {
    text: `SELECT number FROM chunk WHERE tweet_id = $1 AND state = 'waiting' ORDER BY number`,
    values: [tweetId],
  });
  return chunks.map(({ number }) => number);
}
