import { LRUCache } from 'lru-cache';
import { type Change, continues, isOfEverybody, type Mark, markAfter } from '#core/timelines/home-changes.ts';
import { type KnownTimeline, newestOf } from '#core/timelines/read-timeline.ts';

/**
 * A tweet as it is sent, and what pages ask of it. Nothing in it ever changes. Each character of `json` is one byte of its
 * JSON (`latin1`). So a byte takes one byte in memory, whatever the tweet's language, and no page has to encode it.
 */
export type Body = { id: number; authorId: number; json: string };

/** Whom a reader follows, in the order of their ids. Nothing is known of authors above `upTo`. */
export type Followed = { authors: number[]; upTo: number };

type Fact = Body | 'deleted' | Followed;

// Bytes, from heap sizes of full caches.
const BODY = 150;
const FOLLOWED = 100;
const TIMELINE = 300;
const NUMBER = 8;

/**
 * So many ids of a timeline are kept. A page that lies below them reads the whole timeline, which takes the store 15 µs.
 * It is twice what the usual page of 50 needs, because some of the tweets are deleted or of somebody unfollowed.
 */
const KEPT_IDS = 100;

/**
 * What one web process keeps of tweets and readers, up to a number of bytes. When it is full, timelines go first: the call
 * that each page makes anyway reads a timeline again. A missing tweet or list of followees takes a larger statement, for
 * which everybody waits who shares it. Within each of these kinds, what was used longest ago goes first. The content was
 * true at {@link mark}, and {@link learn} makes it true again before anything of it is shown.
 *
 * It may also keep that somebody is not followed: a new follow is *pending* until its backfill, and that is a change.
 */
export class HomeCache {
  readonly #bytes: number;
  /** Tweets are under their ids, lists of followees under the negative id of the reader. */
  readonly #facts: LRUCache<number, Fact>;
  readonly #timelines: LRUCache<number, KnownTimeline>;
  #mark: Mark | null = null;
  /** Whether pages have to ask for pulled tweets: any was pulled, as of the last answer. */
  withPulled = false;

  constructor(bytes: number) {
    this.#bytes = Math.max(1, Math.floor(bytes));
    this.#facts = new LRUCache({ maxSize: this.#bytes, sizeCalculation: sizeOfFact });
    this.#timelines = new LRUCache({ maxSize: this.#bytes, sizeCalculation: sizeOfTimeline });
  }

  get mark(): Mark | null {
    return this.#mark;
  }

  body(id: number): Body | 'deleted' | undefined {
    const fact = this.#facts.get(id);
    return fact === 'deleted' || (fact && 'json' in fact) ? fact : undefined;
  }

  timeline(userId: number): KnownTimeline | undefined {
    return this.#timelines.get(userId);
  }

  followed(userId: number): Followed | undefined {
    const fact = this.#facts.get(-userId);
    return fact && fact !== 'deleted' && 'authors' in fact ? fact : undefined;
  }

  keepBody(id: number, body: Body | 'deleted'): void {
    this.#facts.set(id, body);
    this.#makeRoom();
  }

  /** The newest part of a timeline. Each read asks the store to compare its digest before it is used. */
  keepTimeline(userId: number, timeline: KnownTimeline): void {
    this.#timelines.set(userId, newestOf(timeline, KEPT_IDS));
    this.#makeRoom();
  }

  keepFollowed(userId: number, followed: Followed): void {
    this.#facts.set(-userId, followed);
    this.#makeRoom();
  }

  #makeRoom(): void {
    while (
      this.#timelines.size > 0 &&
      this.#facts.calculatedSize + this.#timelines.calculatedSize > this.#bytes
    )
      this.#timelines.pop();
  }

  /** Forgets what these changes touch. When they do not continue what was known, it forgets everything and returns false. */
  learn(changes: Change[]): boolean {
    const isContinued = continues(changes, this.#mark);
    const isAll = !isContinued || changes.some((change) => this.#isNew(change) && isOfEverybody(change));
    if (isAll) this.#forgetAll();
    else for (const change of changes) if (this.#isNew(change)) this.#forget(change);
    this.#mark = markAfter(changes);
    return !isAll;
  }

  #isNew([version]: Change): boolean {
    return version > (this.#mark?.version ?? -1);
  }

  #forget([, , tweetId, readerId]: Change): void {
    if (tweetId !== null) this.keepBody(tweetId, 'deleted'); // it stays so, and would be asked for again and again
    if (readerId === null) return;
    this.#facts.delete(-readerId);
    this.#timelines.delete(readerId);
  }

  #forgetAll(): void {
    this.#facts.clear();
    this.#timelines.clear();
  }
}

function sizeOfFact(fact: Fact): number {
  if (fact === 'deleted') return 100;
  return 'json' in fact ? BODY + fact.json.length : FOLLOWED + NUMBER * fact.authors.length;
}

const sizeOfTimeline = ({ ids }: KnownTimeline): number => TIMELINE + NUMBER * ids.length;
