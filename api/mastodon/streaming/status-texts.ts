import { LRUCache } from 'lru-cache';
import { toAccount, toStatus } from '#api/mastodon/entities.ts';
import type { PeopleCache } from '#core/accounts/people-cache.ts';
import { SECOND } from '#core/durations.ts';
import type { Tweet } from '#core/tweets/tweet.ts';

/** A tweet reaches all who listen within a second or so. One text has some 2 KB. */
const KEPT = { max: 1_000, ttl: 5 * SECOND };

/** Statuses as JSON, each made once for all who listen. */
export class StatusTexts {
  readonly #texts = new LRUCache<string, Promise<string>>(KEPT);

  constructor(private readonly people: PeopleCache) {}

  /** Rejects when the author cannot be read. */
  of(tweet: Tweet, origin: string): Promise<string> {
    const key = `${tweet.id} ${origin}`;
    const known = this.#texts.get(key);
    if (known) return known;
    const text = this.#make(tweet, origin);
    this.#texts.set(key, text);
    text.catch(() => this.#texts.delete(key));
    return text;
  }

  async #make(tweet: Tweet, origin: string): Promise<string> {
    const author = (await this.people.read([tweet.author.id])).get(tweet.author.id);
    if (!author) throw new Error(`Expected an author of tweet ${tweet.id}, got none`);
    return JSON.stringify(toStatus(tweet, toAccount(author, origin), origin));
  }
}
