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

type Reader = { timeline: KnownTimeline | undefined; followed: Followed | undefined };
type Kept = Body | 'deleted' | Reader;

// Bytes, from heap sizes of full caches.
const BODY = 150;
const READER = 400;
const NUMBER = 8;

/**
 * Ids that are kept of a timeline: pages that lie below them read all of it again, which takes the store 15 µs. Twice
 * what the usual page of 50 needs, as some of them are deleted or of somebody unfollowed.
 */
const KEPT_IDS = 100;

/**
 * What one web process keeps of tweets and readers. Bounded by bytes; what was used least goes first. What is in it was
 * true at {@link mark}, and is made true again by {@link learn} before anything of it is shown.
 *
 * That somebody is not followed may be kept as well: a new follow is *pending* until its backfill, which is a change.
 */
export class HomeCache {
  /** Tweets by their ids; readers by theirs, negative. */
  readonly #kept: LRUCache<number, Kept>;
  #mark: Mark | null = null;

  constructor(bytes: number) {
    this.#kept = new LRUCache({ maxSize: Math.max(1, Math.floor(bytes)), sizeCalculation: sizeOf });
  }

  get mark(): Mark | null {
    return this.#mark;
  }

  body(id: number): Body | 'deleted' | undefined {
    const kept = this.#kept.get(id);
    return kept === 'deleted' || (kept && 'json' in kept) ? kept : undefined;
  }

  timeline(userId: number): KnownTimeline | undefined {
    return this.#reader(userId)?.timeline;
  }

  followed(userId: number): Followed | undefined {
    return this.#reader(userId)?.followed;
  }

  keepBody(id: number, body: Body | 'deleted'): void {
    this.#kept.set(id, body);
  }

  /** The newest part of it. Never trusted unasked: the store compares its digest at each read. */
  keepTimeline(userId: number, timeline: KnownTimeline): void {
    this.#kept.set(-userId, { timeline: newestOf(timeline, KEPT_IDS), followed: this.followed(userId) });
  }

  keepFollowed(userId: number, followed: Followed): void {
    this.#kept.set(-userId, { timeline: this.timeline(userId), followed });
  }

  #reader(userId: number): Reader | undefined {
    const kept = this.#kept.get(-userId);
    return kept && kept !== 'deleted' && 'timeline' in kept ? kept : undefined;
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
    if (tweetId !== null) this.#kept.set(tweetId, 'deleted'); // it stays so, and would be asked for again and again
    if (readerId !== null) this.#kept.delete(-readerId);
  }

  #forgetAll(): void {
    this.#kept.clear();
  }
}

function sizeOf(kept: Kept): number {
  if (kept === 'deleted') return 100;
  if ('json' in kept) return BODY + kept.json.length;
  const { timeline, followed } = kept;
  return READER + NUMBER * ((timeline?.ids.length ?? 0) + (followed?.authors.length ?? 0));
}
