import type pg from 'pg';
import { isStoreAway } from '#core/away.ts';
import { Gather } from '#core/gather.ts';
import type { KnownLayout } from '#core/ledger/layout.ts';
import { type Body, HomeCache } from '#core/timelines/home-cache.ts';
import { inBytes } from '#core/timelines/home-facts.ts';
import { type Looked, look, type Step } from '#core/timelines/home-look.ts';
import {
  type HomePage,
  type PageRequest,
  readHome,
  readHomeAbove,
  readHomeFromPostgres,
} from '#core/timelines/home-timeline.ts';
import type { LastReads } from '#core/timelines/last-reads.ts';
import type { LiveLayout } from '#core/timelines/live-layout.ts';
import { type KnownTimeline, readTimelines, type TimelineAsked } from '#core/timelines/read-timeline.ts';
import { asOfNow, type TimelineStore, TOP, tagOfUser } from '#core/timelines/timeline.ts';
import type { Tweet } from '#core/tweets/tweet.ts';

/** A page as it is sent: `tweets` is a JSON array in UTF-8, each of its bytes a character (`latin1`). */
export type HomePageText = Omit<HomePage, 'tweets'> & { tweets: string };

type Stores = { pool: pg.Pool; timelines: TimelineStore };
/**
 * `lastReads` is told of every reader: without it timelines are dropped as if nobody read them. `layout` is that of
 * `timelines` in a running process: the reader learns the layout in force from each statement.
 */
type Options = Stores & { bytes?: number; lastReads?: LastReads; layout?: LiveLayout };
type Found = Awaited<ReturnType<typeof readTimelines>>[number];
type WarmPage = { bodies: Body[]; next: number | null };

const BYTES = 64 * 1024 * 1024;
const READS = { most: 32, atOnce: 8 }; // 32 full timelines hold the store for 0.5 ms, as text for 3.5
const LOOKS = { most: 64, atOnce: 1 }; // one after the other: see home-look.ts
const TRIES = 3;

/**
 * Reads home timelines for one process, which makes one of these. Its pages are those of {@link readHome}. When the
 * timeline is warm and the page lies above its floor, all requests that wait at that moment share one call to the store
 * and one light statement. Tweets come from a cache of `bytes` at most. The statement begins after the request. So what
 * was deleted or unfollowed before the request, by any process, is not in the answer, and the reader's own tweets are.
 */
export class HomeReader {
  readonly #stores: Stores;
  readonly #lastReads: LastReads | undefined;
  readonly #layout: LiveLayout | undefined;
  readonly #cache: HomeCache;
  readonly #looks: Gather<Step, Looked>;
  /** By the tag of a shard, which is never that of another layout. */
  readonly #reads = new Map<string, Gather<TimelineAsked, Found>>();

  constructor({ bytes = BYTES, pool, timelines, lastReads, layout }: Options) {
    this.#stores = { pool, timelines };
    this.#lastReads = lastReads;
    this.#layout = layout;
    this.#cache = new HomeCache(bytes);
    const adopt = (current: KnownLayout) => void layout?.adopt(current);
    this.#looks = new Gather((steps) => look({ pool, cache: this.#cache, adopt }, steps), LOOKS);
  }

  /** One page of a home timeline. */
  async read(request: PageRequest): Promise<HomePage> {
    const page = await this.#page(request);
    return 'bodies' in page ? { ...asRead(page), tweets: page.bodies.map(toTweet) } : page;
  }

  /** The same page as text. Each tweet was made into JSON once; a page joins these texts. */
  async readText(request: PageRequest): Promise<HomePageText> {
    const page = await this.#page(request);
    if (!('bodies' in page)) return { ...page, tweets: inBytes(JSON.stringify(page.tweets)) };
    return { ...asRead(page), tweets: joined(page.bodies) };
  }

  /**
   * A page just above an id, for a reader who goes on from what he has: the oldest tweets there, the newest of them first.
   * Mostly all that is new fits into one page, which is read as ever. Otherwise Postgres looks each followee up.
   */
  async readAbove({ before = TOP, ...request }: PageRequest & { after: number }): Promise<Tweet[]> {
    const { tweets, next } = await this.read({ ...request, before });
    const above = tweets.filter(({ id }) => id > request.after);
    if (next === null || above.length < tweets.length) return above;
    return readHomeAbove(this.#stores.pool, { ...request, before });
  }

  async #page(request: PageRequest): Promise<WarmPage | HomePage> {
    this.#lastReads?.note(request.userId);
    try {
      for (let tries = 0; tries < TRIES; tries++) {
        const page = await this.#readWarm(request);
        if (page === 'changed' || (page === null && (await this.#isElsewhere()))) continue;
        return page ?? readHome(this.#stores, request);
      }
      return await readHome(this.#stores, request);
    } catch (error) {
      if (isStoreAway(error)) return readHomeFromPostgres(this.#stores.pool, request);
      throw error;
    }
  }

  /** Whether the layout is another one than this process knew: then it is not the timeline that is cold. */
  async #isElsewhere(): Promise<boolean> {
    return (await this.#layout?.follow(this.#stores.pool)) ?? false;
  }

  /** Null when not all of the page is in a warm timeline; `changed` when the reader's follows have changed meanwhile. */
  async #readWarm({ userId, before = TOP, limit }: PageRequest): Promise<WarmPage | 'changed' | null> {
    const since = this.#cache.mark; // first: what changes after this is seen by the look
    const { generation = 0 } = this.#stores.timelines;
    const kept = this.#keptOf(userId, before);
    const bodies: Body[] = [];
    const lookBelow = (below: number, { ids, reach }: KnownTimeline) =>
      this.#looks.ask({ userId, ids, reach, below, need: limit + 1 - bodies.length, since, generation });
    const [found, early] = await Promise.all([
      this.#timelineOf(userId, kept),
      kept && lookBelow(before, kept), // it is rarely asked in vain: the store mostly has what was kept
    ]);
    let timeline = found;
    let looked = found === kept ? early : undefined;
    for (let below = before; timeline && bodies.length <= limit && below > timeline.floor + 1; ) {
      // The page goes on below what was kept, so the whole timeline is read.
      if (below <= timeline.reach + 1) timeline = await this.#timelineOf(userId, undefined);
      if (!timeline || below <= timeline.floor + 1) break;
      looked ??= await lookBelow(below, timeline);
      if (looked === 'changed') return 'changed';
      if (looked === 'pending') return null;
      bodies.push(...looked.bodies);
      below = looked.above + 1;
      looked = undefined;
    }
    if (!timeline || (bodies.length <= limit && timeline.floor > 0)) return null; // goes on below the floor
    return toPage(bodies, limit);
  }

  /** What is kept of a timeline, if it has ids below this one. */
  #keptOf(userId: number, below: number): KnownTimeline | undefined {
    const kept = this.#cache.timeline(userId);
    return kept && below > kept.reach + 1 ? kept : undefined;
  }

  /** The timeline as the store has it now; the same object when nothing in it has changed. */
  async #timelineOf(userId: number, known: KnownTimeline | undefined): Promise<KnownTimeline | null> {
    const found = await this.#readsOf(userId).ask({ userId, known });
    if (found === 'cold' || found === 'unsettled') return null;
    if (found !== known) this.#cache.keepTimeline(userId, found);
    return found;
  }

  #readsOf(userId: number): Gather<TimelineAsked, Found> {
    const store = asOfNow(this.#stores.timelines);
    const tag = tagOfUser(store, userId);
    const reads = this.#reads.get(tag) ?? new Gather((asked) => readTimelines(store, asked), READS);
    this.#reads.set(tag, reads);
    return reads;
  }
}

/** Adds texts with `+`, which Node keeps as a rope until the answer makes bytes of it: 4 µs, with `join` it takes 10. */
function joined(bodies: Body[]): string {
  let text = '[';
  for (const { json } of bodies) text += text === '[' ? json : `,${json}`;
  return `${text}]`;
}

/** Parses a tweet when somebody asks for it, which takes 2 µs. Kept beside its text it would take twice the memory. */
const toTweet = ({ json }: Body): Tweet => JSON.parse(Buffer.from(json, 'latin1').toString());

function toPage(bodies: Body[], limit: number): WarmPage {
  const shown = bodies.slice(0, limit);
  return { bodies: shown, next: bodies.length > limit ? (shown.at(-1)?.id ?? null) : null };
}

const asRead = ({ next }: WarmPage) => ({ next, source: 'timeline' as const });
