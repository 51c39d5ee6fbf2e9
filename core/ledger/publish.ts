import type pg from 'pg';
import { z } from 'zod';
import { forLog } from '#core/for-log.ts';
import { Together } from '#core/gather.ts';
import { type FanOut, fanOutsOf, type Publish } from '#core/messages.ts';
import { readRows } from '#core/rows.ts';

/**
 * Milliseconds without any progress after which a fan-out is published again. Longer than a killed worker's message
 * takes to come back by the broker (about 10 s), so that the relay acts only when the broker does not.
 */
export const LEASE = 12_000;

/** The most that may pass before it is published once more, in ms: its message may have been lost again. */
const LONGEST_LEASE = 60_000;

/** Hands fan-outs to the broker and marks them. */
export async function publishFanOuts(pool: pg.Pool, publish: Publish, fanOuts: FanOut[]): Promise<void> {
  await publish('fan-out', fanOutsOf(fanOuts));
  await markPublished(
    pool,
    fanOuts.map(({ tweetId }) => tweetId),
  );
}

/** Fan-outs of one publish: a few dozen messages, far below what holds a broker's other answers back. */
const MOST = 256;

/**
 * In a crowd marks are written so many ms apart, well before the relay looks after 2 s: by then a worker has started
 * most of these tweets, which marks them as well, and little is left to write.
 */
const MARKS = { most: 4_096, crowdMs: 200 };

export type PublisherOptions = { pool: pg.Pool; publish: Publish; log(line: string): void };

/**
 * Hands fan-outs to the broker as they come: one alone at once, and those that come while it is under way together, in as
 * few messages as they fit.
 *
 * For after the commit and after the answer. Failing is fine and is only logged, and so is dying at any point: the row
 * stays due until it is marked, and the relay publishes it.
 */
export class FanOutPublisher {
  readonly #publishes: Together<FanOut, boolean>;
  readonly #marks: Together<number, true>;

  constructor(private readonly options: PublisherOptions) {
    this.#publishes = new Together((fanOuts: FanOut[]) => this.#publish(fanOuts), { most: MOST });
    this.#marks = new Together((tweetIds: number[]) => this.#mark(tweetIds), MARKS);
  }

  /** Resolves when the broker has it and it is marked, or either failed; never rejects. A tweet to nobody is delivered already. */
  async publish({ tweetId, expected }: FanOut): Promise<void> {
    if (expected === 0) return;
    if (await this.#publishes.of({ tweetId, expected })) await this.#marks.of(tweetId);
  }

  async #publish(fanOuts: FanOut[]): Promise<boolean[]> {
    const isPublished = await this.options.publish('fan-out', fanOutsOf(fanOuts)).then(
      () => true,
      (error) => this.#relays(fanOuts.map(({ tweetId }) => tweetId).join(', '), 'handed over', error),
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
 * Marks that the broker holds fan-outs. Only the first acknowledgement counts; a fan-out that a worker has taken already is
 * marked by that. Rows that are locked are left out: whoever holds one takes it, ends it or claims it. Not waiting for the
 * disk: a mark that a crash takes back costs one more message.
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
 * Claims fan-outs that are unfinished and due: never acknowledged by the broker, or without progress for a lease.
 * Two relays share the work (SKIP LOCKED); one that dies after claiming leaves them due again after a lease.
 *
 * One that is older gets a longer lease, as long as it is old: after an outage its message is in the broker behind many
 * others, and some brokers would keep a copy for each look. Progress brings the short lease back.
 */
export async function claimDue(pool: pg.Pool, limit: number): Promise<FanOut[]> {
  return readRows(pool, z.object({ tweetId: z.int(), expected: z.int() }), {
    text: `
      UPDATE fan_out SET due_at = clock_timestamp() + greatest(
        $2 * interval '1 ms', least(clock_timestamp() - accepted_at, $3 * interval '1 ms')
      )
      WHERE tweet_id IN (
        SELECT tweet_id FROM fan_out
        WHERE finished_at IS NULL AND due_at < statement_timestamp()
        ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
      ) RETURNING tweet_id AS "tweetId", expected`,
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
