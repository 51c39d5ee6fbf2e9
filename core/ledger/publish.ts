import type pg from 'pg';
import { forLog } from '#core/for-log.ts';
import { markPublished } from '#core/ledger/due.ts';
import { type FanOut, fanOutsOf, type Publish } from '#core/messages.ts';
import { Together } from '#core/together.ts';

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
