import type pg from 'pg';
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

export type PublisherOptions = { pool: pg.Pool; publish: Publish; log(line: string): void };

/**
 * Hands fan-outs to the broker as they come: one alone at once, and those that come while it is under way together, in as
 * few messages as they fit.
 *
 * For after the commit and after the answer. Failing is fine and is only logged, and so is dying at any point: the row
 * stays due until it is marked, and the relay publishes it.
 */
export class FanOutPublisher {
  readonly #together: Together<FanOut, true>;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(private readonly options: PublisherOptions) {
    this.#together = new Together((fanOuts: FanOut[]) => this.#publish(fanOuts), { most: MOST });
  }

  /** Resolves when the broker has it or refused it; never rejects. A tweet to nobody is delivered already. */
  async publish({ tweetId, expected }: FanOut): Promise<void> {
    if (expected === 0) return;
    const published = this.#together.of({ tweetId, expected });
    this.#underWay.add(published);
    await published;
    this.#underWay.delete(published);
  }

  /** Resolves when nothing is on its way to the broker. */
  async drain(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #publish(fanOuts: FanOut[]): Promise<true[]> {
    const { pool, publish, log } = this.options;
    await publishFanOuts(pool, publish, fanOuts).catch((error) => {
      const ids = fanOuts.map(({ tweetId }) => tweetId).join(', ');
      log(`Fan-outs were not handed over or not marked, the relay will see to it: ${ids}: ${error}`);
    });
    return fanOuts.map(() => true);
  }
}
