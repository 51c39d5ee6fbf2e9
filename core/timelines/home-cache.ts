import { LRUCache } from 'lru-cache';
import { type Change, continues, isOfEverybody, type Mark, markAfter } from '#core/timelines/home-changes.ts';
import { type KnownTimeline, newestOf } from '#core/timelines/read-timeline.ts';

/**
 * A tweet as it is sent, and what pages ask of it. Nothing in it ever changes. `json` holds the bytes of its JSON, a
 * character each (`latin1`): a byte in memory, whatever the tweet is written in, and nothing is encoded for a page.
 */
export type Body = { id: number; authorId: number; json: string };

/** Whom a reader follows, in order of their ids; nothing is known of authors above `upTo`. */
export type Followed = { authors: number[]; upTo: number };

type Fact = Body | 'deleted' | Followed;

// Bytes, from heap sizes of full caches.
const BODY = 150;
const FOLLOWED = 100;
const TIMELINE = 300;
const NUMBER = 8;

/**
 * Ids that are kept of a timeline: pages that lie below them read all of it again, which takes the store 15 µs. Twice
 * what the usual page of 50 needs, as some of them are deleted or of somebody unfollowed.
 */
const KEPT_IDS = 100;

/**
 * What one web process keeps of tweets and readers. Bounded by bytes. Timelines go first: the store gives one again within
 * the call that each page makes, while a tweet or a list of followees that is missing takes a larger statement of Postgres,
 * and everybody waits for that who is in the same one. Among its kind what was used least goes first. What is in it was
 * true at {@link mark}, and is made true again by {@link learn} before anything of it is shown.
 *
 * That somebody is not followed may be kept as well: a new follow is *pending* until its backfill, which is a change.
 */
export class HomeCache {
  readonly #bytes: number;
  /** Tweets by their ids; whom readers follow by theirs, negative. */
  readonly #facts: LRUCache<number, Fact>;
  readonly #timelines: LRUCache<number, KnownTimeline>;
  #mark: Mark | null = null;

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

  /** The newest part of it. Never trusted unasked: the store compares its digest at each read. */
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

  /** Forgets what these changes touch. False when they do not continue what was known: then it forgot everything. */
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
