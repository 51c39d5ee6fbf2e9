import type pg from 'pg';
import type { Body, Follows, HomeCache } from '#core/timelines/home-cache.ts';
import { type Change, continues, earliest, isOfEverybody, type Mark } from '#core/timelines/home-changes.ts';
import { type Facts, type Missing, readBodies, readFacts } from '#core/timelines/home-facts.ts';

/** A part of a page: the newest tweets below an id. */
export type Step = {
  userId: number;
  /** All of the timeline's, newest first. */
  ids: number[];
  floor: number;
  below: number;
  need: number;
  /** Of the process, before it read the timeline. */
  since: Mark | null;
};

/**
 * What a step shows, newest first, and above which id nothing is left; `pending` when the timeline lacks tweets of
 * somebody newly followed, `changed` when it has to be read again.
 */
export type Looked = { outcome: 'shown'; bodies: Body[]; above: number } | 'pending' | 'changed';

/**
 * Answers steps of many pages by one statement, and one more when a reader's own tweet is not known yet. Whoever calls
 * it has read the timelines before, and makes one call at a time.
 *
 * What is known is drawn from the cache before the statement begins. It is shown only when the statement has seen no
 * change of it. The changes are read from before the oldest of these timelines was read: a backfill between timeline
 * and statement would else not be in the one, and be done for the other.
 */
export async function look(pool: pg.Pool, cache: HomeCache, steps: Step[]): Promise<Looked[]> {
  const drawn = steps.map((step) => draw(cache, step));
  const from = earliest([cache.mark, ...steps.map((step) => step.since)]);
  const facts = await readFacts(pool, { from, asked: drawn.map(toAsked), missing: missingOf(drawn) });
  const isKnown = cache.learn(facts.changes);
  const own = await ownBodies(pool, cache, facts);
  const looked = drawn.map((one, n) => (isKnown ? show(one, n, { facts, own }) : 'changed'));
  keep(cache, facts);
  return looked;
}

type Candidate = { id: number; body: Body | undefined; isFollowed: boolean | undefined };
type Drawn = { step: Step; candidates: Candidate[]; above: number };

/** As many as are needed of those that are to be shown as far as is known. */
function draw(cache: HomeCache, step: Step): Drawn {
  const { userId, ids, below, need } = step;
  const follows = cache.follows(userId);
  const candidates: Candidate[] = [];
  for (let n = firstBelow(ids, below); n < ids.length; n++) {
    const id = ids[n] ?? 0;
    const body = cache.body(id);
    if (body === 'deleted') continue;
    const isFollowed = body && isShownTo(userId, body, follows);
    if (isFollowed === false) continue;
    candidates.push({ id, body, isFollowed });
    if (candidates.length === need) return { step, candidates, above: id - 1 };
  }
  return { step, candidates, above: step.floor };
}

const isShownTo = (userId: number, { authorId }: Body, follows: ReadonlyMap<number, boolean>) =>
  authorId === userId || follows.get(authorId);

/** Where the ids below one begin in a list that falls. */
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
  const follows: Missing['follows'] = [];
  for (const { step, candidates } of drawn) {
    for (const { id, body, isFollowed } of candidates) {
      if (!body) bodies.add(id);
      if (isFollowed === undefined) follows.push({ userId: step.userId, tweetId: id });
    }
  }
  return { bodies: [...bodies], follows };
}

/** Of readers' own tweets. What the cache has of them is taken now: adding the others may drop it. */
async function ownBodies(
  pool: pg.Pool,
  cache: HomeCache,
  { readers, bodies }: Facts,
): Promise<Facts['bodies']> {
  const own: Facts['bodies'] = new Map();
  const missing: number[] = [];
  for (const id of readers.flatMap((reader) => reader.own)) {
    const body = bodies.get(id) ?? cache.body(id);
    if (body) own.set(id, body);
    else missing.push(id);
  }
  for (const [id, body] of await readBodies(pool, missing)) {
    own.set(id, body);
    cache.keepBody(id, body);
  }
  return own;
}

function show(
  { step, candidates, above }: Drawn,
  n: number,
  known: { facts: Facts; own: Facts['bodies'] },
): Looked {
  const { facts, own } = known;
  const reader = facts.readers[n];
  if (!reader || hasChanged(step, facts.changes)) return 'changed';
  if (reader.isPending) return 'pending';
  const deleted = new Set(facts.changes.map(([, , tweetId]) => tweetId));
  const follows: Follows = facts.follows.get(step.userId) ?? new Map();
  const shown = new Map<number, Body>();
  for (const { id, body = facts.bodies.get(id), isFollowed } of candidates) {
    if (!body || body === 'deleted' || deleted.has(id)) continue;
    if (isFollowed ?? isShownTo(step.userId, body, follows)) shown.set(id, body);
  }
  for (const id of reader.own) {
    const body = own.get(id);
    if (body && body !== 'deleted') shown.set(id, body);
  }
  const newestFirst = [...shown.values()].sort((a, b) => b.id - a.id);
  return { outcome: 'shown', bodies: newestFirst.slice(0, step.need), above };
}

/** Whether the reader's follows have changed since his timeline was read, or that cannot be told. */
function hasChanged({ since, userId }: Step, changes: Change[]): boolean {
  if (!continues(changes, since)) return true;
  return changes.some(
    (change) => change[0] > since.version && (change[3] === userId || isOfEverybody(change)),
  );
}

function keep(cache: HomeCache, { bodies, follows }: Facts): void {
  for (const [id, body] of bodies) cache.keepBody(id, body);
  for (const [userId, authors] of follows) cache.keepFollows(userId, authors);
}
