import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Script } from '#core/lua/script.ts';
import { receiptKey, receiptsKey, TOP, timelinePrefix } from '#core/timelines/timeline.ts';
import { ROOT } from '#dev/paths.ts';
import { packedPages, type Stores } from '#lab/bench/sync/ways.ts';
import type { Random } from '#lab/harness/random.ts';
import type { SingleStore } from '#lab/stage/connect.ts';

/** A shard that no layout has, because they end at 16,384 shards. Everything in it is thrown away. */
export const APART = 1_000_000;

/** What its keys carry. */
const TAG = String(APART);

const LIVES_S = 300; // after that, timelines of a killed process go by themselves
/** This key exists while any other key of this shard may exist. */
const MADE = `made:{${TAG}}`;
const ID = 8; // characters of an id, see packId
const CALL = 5_000 * ID; // characters: a call for 5,000 followers holds the store for about 4 ms
const counts = z.tuple([z.number(), z.number(), z.number(), z.number()]).rest(z.number());
const auditing = new Script('audit');

/** Who has a tweet, and who has it twice. */
export type Holders = { present: number; twice: number };

/**
 * Timelines beside the real ones, in the same store. They belong to the same followers, take pushes by the same script,
 * and nobody reads them. They are empty at first, so a push costs a little less than onto a real one, which is full.
 */
export class ApartTimelines {
  #ids: string[] = [];
  readonly #keys = new Set<string>();
  #isClosed = false;
  readonly #make = sourceOf('make-apart');
  readonly #remove = sourceOf('remove-apart');

  constructor(private readonly stores: Stores) {}

  get store(): SingleStore {
    return this.stores.store;
  }

  /** The key of a list that an author's followers read besides their timelines. Throws once it is closed. */
  pulledKey(authorId: number): string {
    this.requireOpen();
    return this.#noted(`pulled:{${TAG}}:${authorId}`);
  }

  /** Makes one for each of the author's followers. */
  async make(authorId: number): Promise<void> {
    this.requireOpen();
    await this.remove();
    await this.store.redis.set(MADE, '');
    for await (const { followers } of packedPages(this.stores, { authorId, tweetId: TOP }))
      this.#ids.push(followers);
    this.#ids = this.#ids.join('').match(new RegExp(`.{1,${CALL}}`, 'g')) ?? [];
    for (const ids of this.#ids) await this.#eval(this.#make, [timelinePrefix(TAG), LIVES_S, ids]);
  }

  /** The key of a timeline, drawn at random. */
  anyKey(random: Random): string {
    const ids = random.pick(this.#ids);
    const at = random.between(0, ids.length / ID - 1) * ID;
    return timelinePrefix(TAG) + ids.slice(at, at + ID);
  }

  /** Counts how many followers have the tweet. */
  async holders(tweetId: number): Promise<Holders> {
    const found = { present: 0, twice: 0 };
    for (const ids of this.#ids) {
      const args = [timelinePrefix(TAG), tweetId, ids];
      const [present, , , twice] = counts.parse(
        await auditing.run(this.store.redis, [receiptKey(tweetId, TAG)], args),
      );
      found.present += present;
      found.twice += twice;
    }
    return found;
  }

  /** Notes a tweet, so that the receipts of its pushes are removed together with the timelines. */
  noteTweet(tweetId: number): void {
    this.requireOpen();
    this.#noted(receiptKey(tweetId, TAG));
    this.#noted(receiptsKey(TAG));
  }

  /** Removes what a killed process has left. Its receipts would stay for days. */
  async sweep(): Promise<void> {
    const { redis } = this.store;
    if (!(await redis.exists(MADE))) return;
    for await (const keys of redis.scanStream({ match: `*{${TAG}}*`, count: 10_000 }))
      if (keys.length > 0) await redis.unlink(keys);
  }

  /** Removes all that was made. May be called twice. */
  async remove(): Promise<void> {
    if (this.#keys.size > 0) await this.store.redis.unlink([...this.#keys]);
    this.#keys.clear();
    for (let ids = this.#ids.pop(); ids; ids = this.#ids.pop())
      await this.#eval(this.#remove, [timelinePrefix(TAG), ids]);
    await this.store.redis.del(MADE);
  }

  /** Throws once it is closed. Call it before each push, so that nothing is pushed after the removal. */
  requireOpen(): void {
    if (this.#isClosed) throw new Error('The race was broken off');
  }

  /** Removes everything for good. Pushes that were sent before come first, because they share its connection. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.remove();
  }

  #noted(key: string): string {
    this.#keys.add(key);
    return key;
  }

  #eval(source: string, args: (string | number)[]): Promise<unknown> {
    return this.store.redis.eval(source, 1, receiptKey(0, TAG), ...args);
  }
}

const sourceOf = (name: string): string => readFileSync(join(ROOT, 'lab', 'race', `${name}.lua`), 'utf8');
