import type pg from 'pg';
import type { InvariantsView } from '#api/contract.ts';
import { Sampler } from '#api/live/sampler.ts';
import { checkTweet, lateTweets, readWaiting, type TweetCheck } from '#core/audit/invariants.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';

type Stores = { pool: pg.Pool; timelines: TimelineStore };

const EVERY = 500; // ms between two looks
const WINDOW_S = 600;
/** Larger tweets are read back on their delivery pages: a million timelines take the store a second. */
const MOST = 50_000; // followers
const EACH_LOOK = 2; // tweets

/**
 * The invariants, measured while somebody looks. Tweets whose delivery ended within ten minutes are read back from all
 * timelines, one after another, again and again.
 */
export class InvariantsSource {
  readonly #sampler = new Sampler<InvariantsView>({
    everyMs: EVERY,
    take: () => this.look(),
    ended: () => this.#checks.clear(),
  });
  /** The last check of each tweet, the oldest check first. */
  readonly #checks = new Map<number, TweetCheck>();

  constructor(
    private readonly stores: Stores,
    private readonly most = MOST,
  ) {}

  /** Calls `listener` with every look from now on; returns how to stop. */
  listen(listener: (view: InvariantsView) => void): () => void {
    return this.#sampler.listen(listener);
  }

  /** Looks once: first at tweets that were never checked, then at those whose check is the oldest. */
  async look(): Promise<InvariantsView> {
    const { pool } = this.stores;
    const [late, waiting] = await Promise.all([
      lateTweets(pool, { seconds: WINDOW_S, most: this.most }),
      readWaiting(pool),
    ]);
    const wanted = new Set(late);
    for (const id of this.#checks.keys()) if (!wanted.has(id)) this.#checks.delete(id);
    const fresh = late.filter((id) => !this.#checks.has(id));
    for (const id of [...fresh, ...this.#checks.keys()].slice(0, EACH_LOOK)) await this.#check(id);
    return this.#view(waiting);
  }

  async #check(tweetId: number): Promise<void> {
    const check = await checkTweet(this.stores, tweetId);
    this.#checks.delete(tweetId); // to the end of the line
    if (check) this.#checks.set(tweetId, check);
  }

  #view(waiting: number): InvariantsView {
    const checks = [...this.#checks.values()];
    const sum = (of: (check: TweetCheck) => number) => checks.reduce((total, each) => total + of(each), 0);
    return {
      ...{ missing: sum((each) => each.missing), twice: sum((each) => each.twice) },
      ...{ holes: sum((each) => each.holes), waiting, tweets: checks.length },
      ...{ timelines: sum((each) => each.expected), readers: sum((each) => each.readers) },
      at: new Date().toISOString(),
    };
  }
}
