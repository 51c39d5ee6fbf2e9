import type pg from 'pg';
import type { KnownLayout } from '#core/ledger/layout.ts';
import type { Body, Followed, HomeCache } from '#core/timelines/home-cache.ts';
import { continues, earliest, isOfEverybody, type Mark } from '#core/timelines/home-changes.ts';
import {
  type Facts,
  type Missing,
  type Question,
  readBodies,
  readFacts,
} from '#core/timelines/home-facts.ts';

/** A part of a page: the newest tweets below an id. */
export type Step = {
  userId: number;
  /** Ids of the timeline, newest first: all that it has above `reach`. */
  ids: number[];
  reach: number;
  below: number;
  need: number;
  /** The mark of the process before it read the timeline. */
  since: Mark | null;
  /** Of the layout in which the timeline was read. */
  generation: number;
};

type Looking = {
  pool: pg.Pool;
  cache: HomeCache;
  /** Hears the layout in force. */
  adopt: (layout: KnownLayout) => void;
};

/**
 * The tweets that a step shows, newest first, and the id above which nothing is left. `pending` when the timeline lacks
 * tweets of somebody newly followed, `changed` when it has to be read again.
 */
export type Looked = { outcome: 'shown'; bodies: Body[]; above: number } | 'pending' | 'changed';

/**
 * Answers steps of many pages by one statement, and by a second one when a tweet to overlay is not known yet. Whoever
 * calls it has read the timelines before, or meanwhile asks the store whether what was kept is still the same. There is
 * one call at a time.
 *
 * What is known is drawn from the cache before the statement begins, and shown only when the statement has seen no change
 * of it. The statement reads the changes from before the oldest of these timelines was read. Otherwise a backfill between
 * timeline and statement would be missing in the timeline and count as done in the statement.
 */
export async function look({ pool, cache, adopt }: Looking, steps: Step[]): Promise<Looked[]> {
  const drawn = steps.map((step) => draw(cache, step));
  const from = earliest([cache.mark, ...steps.map((step) => step.since)]);
  const question = { from, asked: drawn.map(toAsked), missing: missingOf(drawn) };
  const facts = await readAll(pool, cache, question);
  adopt(facts.layout);
  const isKnown = cache.learn(facts.changes);
  const overlaid = await overlaidBodies(pool, cache, facts);
  const deleted = new Set(facts.changes.map(([, , tweetId]) => tweetId));
  const looked = drawn.map((one, n) => (isKnown ? show(one, n, { facts, overlaid, deleted }) : 'changed'));
  keep(cache, facts);
  return looked;
}

/** Asks for pulled tweets once there are any, of which it hears by the answer itself: one that lacks them is thrown away. */
async function readAll(
  pool: pg.Pool,
  cache: HomeCache,
  question: Omit<Question, 'withPulled'>,
): Promise<Facts> {
  const { withPulled } = cache;
  const facts = await readFacts(pool, { ...question, withPulled });
  cache.withPulled = facts.anyPulled;
  return facts.anyPulled && !withPulled ? readAll(pool, cache, question) : facts;
}

type Candidate = { id: number; body: Body | undefined; isShown: boolean | undefined };
type Drawn = { step: Step; followed: Followed | undefined; candidates: Candidate[]; above: number };

/** A step looks at so many tweets of which it is not known whether they are shown: they may all be of somebody unfollowed. */
const AT_LEAST = 20;

/** As many as are needed of the tweets that are shown, or at least may be, as far as is known. */
function draw(cache: HomeCache, step: Step): Drawn {
  const { userId, ids, below, need } = step;
  const followed = cache.followed(userId);
  const candidates: Candidate[] = [];
  const most = Math.max(need, AT_LEAST);
  let shown = 0;
  for (let n = firstBelow(ids, below); n < ids.length; n++) {
    const id = ids[n] ?? 0;
    const body = cache.body(id);
    if (body === 'deleted') continue;
    const isShown = body && isShownTo(userId, body, followed);
    if (isShown === false) continue;
    candidates.push({ id, body, isShown });
    if (isShown) shown++;
    if (shown === need || candidates.length === most) return { step, followed, candidates, above: id - 1 };
  }
  return { step, followed, candidates, above: step.reach };
}

/** Whether the reader may see the tweet; undefined when it is not known whether he follows the author. */
function isShownTo(userId: number, { authorId }: Body, followed: Followed | undefined): boolean | undefined {
  if (authorId === userId) return true;
  if (!followed || authorId > followed.upTo) return undefined;
  return includes(followed.authors, authorId);
}

/** Whether an ascending list has a number. */
function includes(rising: number[], wanted: number): boolean {
  let [from, to] = [0, rising.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((rising[middle] ?? 0) < wanted) from = middle + 1;
    else to = middle;
  }
  return rising[from] === wanted;
}

/** Where the ids below an id begin in a descending list. */
function firstBelow(ids: number[], below: number): number {
  let [from, to] = [0, ids.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((ids[middle] ?? 0) >= below) from = middle + 1;
    else to = middle;
  }
  return from;
}

const toAsked = ({ step: { userId, below, need }, above }: Drawn) => ({ userId, below, above, need });

function missingOf(drawn: Drawn[]): Missing {
  const bodies = new Set<number>();
  const followed = new Set<number>();
  const pairs: Missing['pairs'] = [];
  for (const { step, followed: known, candidates } of drawn) {
    for (const { id, body, isShown } of candidates) {
      if (!body) bodies.add(id);
      if (isShown !== undefined) continue;
      if (!known) followed.add(step.userId);
      else if (Number.isFinite(known.upTo)) pairs.push({ userId: step.userId, tweetId: id });
    }
  }
  return { bodies: [...bodies], followed: [...followed], pairs };
}

/** The tweets to overlay. Takes those that are in the cache now, because adding the others may drop them. */
async function overlaidBodies(
  pool: pg.Pool,
  cache: HomeCache,
  { readers, bodies }: Facts,
): Promise<Facts['bodies']> {
  const overlaid: Facts['bodies'] = new Map();
  const missing: number[] = [];
  for (const id of new Set(readers.flatMap((reader) => reader.overlaid))) {
    const body = bodies.get(id) ?? cache.body(id);
    if (body) overlaid.set(id, body);
    else missing.push(id);
  }
  for (const [id, body] of await readBodies(pool, missing)) {
    overlaid.set(id, body);
    cache.keepBody(id, body);
  }
  return overlaid;
}

type Known = { facts: Facts; overlaid: Facts['bodies']; deleted: ReadonlySet<number | null> };

function show({ step, followed, candidates, above: drawnTo }: Drawn, n: number, known: Known): Looked {
  const { facts, overlaid, deleted } = known;
  const reader = facts.readers[n];
  if (!reader || hasChanged(step, facts)) return 'changed';
  if (reader.isPending) return 'pending';
  const read = followed ?? facts.followed.get(step.userId);
  const pairs = facts.pairs.get(step.userId);
  const above = Math.max(drawnTo, overlaidTo(reader.overlaid, step.need));
  const bodies: Body[] = [];
  for (const { id, body = facts.bodies.get(id), isShown: isKnownShown } of candidates) {
    if (!body || body === 'deleted' || deleted.has(id) || id <= above) continue;
    const isShown = isKnownShown ?? isShownTo(step.userId, body, read) ?? pairs?.get(body.authorId);
    if (isShown === undefined) return 'changed'; // who follows very many: now it is known of whom to ask
    if (isShown) bodies.push(body);
  }
  return { outcome: 'shown', bodies: overlay(bodies, reader.overlaid, overlaid).slice(0, step.need), above };
}

/**
 * The id above which all tweets to overlay are known. With as many as were asked for, there may be more below the last one:
 * if some of these are deleted just now, the page goes on there.
 */
const overlaidTo = (ids: number[], need: number): number => (ids.length < need ? 0 : (ids.at(-1) ?? 1) - 1);

/** The newest first. Those to overlay may be among the others already: own ones, and pulled ones since a rebuild. */
function overlay(bodies: Body[], ids: number[], overlaid: Facts['bodies']): Body[] {
  if (ids.length === 0) return bodies;
  const isThere = new Set(bodies.map(({ id }) => id));
  const more = ids.flatMap((id) => {
    const body = overlaid.get(id);
    return !body || body === 'deleted' || isThere.has(id) ? [] : [body];
  });
  return [...bodies, ...more].sort((a, b) => b.id - a.id);
}

/** True when the reader's follows or the layout have changed since his timeline was read, and when that is not known. */
function hasChanged({ since, userId, generation }: Step, { changes, layout }: Facts): boolean {
  if (generation !== layout.generation || !continues(changes, since)) return true;
  return changes.some(
    (change) => change[0] > since.version && (change[3] === userId || isOfEverybody(change)),
  );
}

function keep(cache: HomeCache, { bodies, followed }: Facts): void {
  for (const [id, body] of bodies) cache.keepBody(id, body);
  for (const [userId, authors] of followed) cache.keepFollowed(userId, authors);
}
