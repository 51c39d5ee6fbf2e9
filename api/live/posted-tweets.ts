import type pg from 'pg';
import type { TimelineListener } from '#api/live/home-topic.ts';
import type { HintSource } from '#core/hints.ts';
import { readTweet } from '#core/tweets/tweet.ts';
import type { TweetChange } from '#core/tweets/tweet-changes.ts';

/** The author's id, or everybody. */
type Whose = number | 'everybody';

/** Tells tweets as they are posted, by whichever process, long before their delivery is done. One read serves all. */
export class PostedTweets {
  readonly #listeners = new Map<Whose, Set<TimelineListener>>();
  #isListening = false;

  constructor(private readonly sources: { pool: pg.Pool; changes: HintSource<TweetChange> }) {}

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
    this.sources.changes.listen((heard) => {
      if (heard === 'resync') for (const listeners of this.#listeners.values()) tellLost(listeners);
      else if (heard.kind === 'posted') this.#tell(heard);
    });
  }

  #tell({ tweetId, authorId }: TweetChange): void {
    const listeners = [authorId, 'everybody' as const].flatMap((whose) => [
      ...(this.#listeners.get(whose) ?? []),
    ]);
    if (listeners.length === 0) return;
    readTweet(this.sources.pool, tweetId).then(
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
