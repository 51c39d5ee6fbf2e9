import type pg from 'pg';
import type { TimelineListener } from '#api/live/home-topic.ts';
import { Gather } from '#core/gather.ts';
import type { HintSource } from '#core/hints.ts';
import { readTweets, SELECT_TWEETS, type Tweet } from '#core/tweets/tweet.ts';
import type { TweetChange } from '#core/tweets/tweet-changes.ts';

/** In a crowd of posts one statement reads all that came while the one before was under way. */
const READS = { most: 100, atOnce: 1 };

/** The author's id, or everybody. */
type Whose = number | 'everybody';

/** Tells tweets as they are posted, by whichever process, long before their delivery is done. One read serves all. */
export class PostedTweets {
  readonly #listeners = new Map<Whose, Set<TimelineListener>>();
  readonly #changes: HintSource<TweetChange>;
  readonly #reads: Gather<number, Tweet | undefined>;
  #isListening = false;

  constructor({ pool, changes }: { pool: pg.Pool; changes: HintSource<TweetChange> }) {
    this.#changes = changes;
    this.#reads = new Gather((ids) => readInOrder(pool, ids), READS);
  }

  /** Tells each tweet of this author, or of everybody, from now on; returns how to stop. */
  watch(whose: Whose, listener: TimelineListener): () => void {
    if (!this.#isListening) this.#listen();
    const listeners = this.#listeners.get(whose) ?? new Set();
    this.#listeners.set(whose, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(whose) === listeners) this.#listeners.delete(whose);
    };
  }

  #listen(): void {
    this.#isListening = true;
    this.#changes.listen((heard) => {
      if (heard === 'resync') for (const listeners of this.#listeners.values()) tellLost(listeners);
      else if (heard.kind === 'posted') this.#tell(heard);
    });
  }

  #tell({ tweetId, authorId }: TweetChange): void {
    const listeners = [authorId, 'everybody' as const].flatMap((whose) => [
      ...(this.#listeners.get(whose) ?? []),
    ]);
    if (listeners.length === 0) return;
    this.#reads.ask(tweetId).then(
      (tweet) => {
        if (tweet) for (const { arrived } of listeners) arrived(tweet);
      },
      () => tellLost(listeners), // the ledger is away for a moment: they look again until it answers
    );
  }
}

function tellLost(listeners: Iterable<TimelineListener>): void {
  for (const { lost } of listeners) lost();
}

/** A tweet that is deleted already is left out. */
async function readInOrder(pool: pg.Pool, ids: number[]): Promise<(Tweet | undefined)[]> {
  const tweets = await readTweets(pool, {
    text: `${SELECT_TWEETS} WHERE t.id = ANY($1) AND t.deleted_at IS NULL`,
    values: [ids],
  });
  const byId = new Map(tweets.map((tweet) => [tweet.id, tweet]));
  return ids.map((id) => byId.get(id));
}
