import { LRUCache } from 'lru-cache';
import { type Change, continues, isOfEverybody, type Mark, markAfter } from '#core/timelines/home-changes.ts';
import type { KnownTimeline } from '#core/timelines/timeline.ts';

/** A tweet as it is sent, the text of its JSON, and what pages ask of it. Nothing in it ever changes. */
export type Body = { id: number; authorId: number; json: string };

/** Of authors in a reader's timeline, whether he follows them. */
export type Follows = Map<number, boolean>;

type Reader = { timeline: KnownTimeline | undefined; follows: Follows };

const NOBODY: Reader = { timeline: undefined, follows: new Map() };

// Bytes, from heap sizes of full caches.
const BODY = 150;
const READER = 400;
const ENTRY = 8;
const FOLLOW = 40;

/**
 * What one web process keeps of tweets and readers. Bounded by bytes; what was used least goes first. What is in it was
 * true at {@link mark}, and is made true again by {@link learn} before anything of it is shown.
 *
 * That somebody is not followed may be kept as well: a new follow is *pending* until its backfill, which is a change.
 */
export class HomeCache {
  readonly #bodies: LRUCache<number, Body | 'deleted'>;
  readonly #readers: LRUCache<number, Reader>;
  #mark: Mark | null = null;

  /** Half of `bytes` for tweets, half for readers. */
  constructor(bytes: number) {
    const maxSize = Math.max(1, Math.floor(bytes / 2));
    this.#bodies = new LRUCache({ maxSize, sizeCalculation: sizeOfBody });
    this.#readers = new LRUCache({ maxSize, sizeCalculation: sizeOfReader });
  }

  get mark(): Mark | null {
    return this.#mark;
  }

  body(id: number): Body | 'deleted' | undefined {
    return this.#bodies.get(id);
  }

  timeline(userId: number): KnownTimeline | undefined {
    return this.#readers.get(userId)?.timeline;
  }

  follows(userId: number): ReadonlyMap<number, boolean> {
    return (this.#readers.get(userId) ?? NOBODY).follows;
  }

  keepBody(id: number, body: Body | 'deleted'): void {
    this.#bodies.set(id, body);
  }

  /** Never trusted unasked: the store compares its digest at each read. */
  keepTimeline(userId: number, timeline: KnownTimeline): void {
    const { follows } = this.#readers.get(userId) ?? { follows: new Map() };
    this.#readers.set(userId, { timeline, follows });
  }

  keepFollows(userId: number, more: Follows): void {
    const { timeline, follows } = this.#readers.get(userId) ?? NOBODY;
    this.#readers.set(userId, { timeline, follows: new Map([...follows, ...more]) });
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
    if (tweetId !== null) this.#bodies.set(tweetId, 'deleted'); // it stays so, and would be asked for again and again
    if (readerId !== null) this.#readers.delete(readerId);
  }

  #forgetAll(): void {
    this.#bodies.clear();
    this.#readers.clear();
  }
}

const sizeOfBody = (body: Body | 'deleted') => (body === 'deleted' ? 100 : BODY + sizeOfText(body.json));

/** V8 takes a byte a character where all are of Latin-1, and two where one is not. */
const sizeOfText = (text: string) => (BEYOND_LATIN_1.test(text) ? 2 : 1) * text.length;

const BEYOND_LATIN_1 = /[\u0100-\uffff]/;

const sizeOfReader = ({ timeline, follows }: Reader) =>
  READER + ENTRY * (timeline?.ids.length ?? 0) + FOLLOW * follows.size;
