import type pg from 'pg';
import { SECOND } from '#core/durations.ts';
import { idRow, readRows } from '#core/rows.ts';
import { HomeReader } from '#core/timelines/home-reader.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { timelineKey } from '#core/timelines/timeline.ts';
import { sumOf } from '#lab/harness/statistics.ts';
import { addEdges, addPeople, addTweets, type Person, settlePeople } from '#lab/load/people.ts';
import { cpuBetween, readCpu } from '#lab/stage/process-use.ts';
import type { Stage } from '#lab/stage/stage.ts';

/** How many of the celebrities whom a reader follows are pulled, and how many others are. */
export type Way = { name: string; pulled: number; strangers: number };

export const WAYS: Way[] = [
  { name: 'pushed', pulled: 0, strangers: 0 },
  { name: 'strangers', pulled: 0, strangers: 50 },
  { name: '5 pulled', pulled: 5, strangers: 0 },
  { name: '20 pulled', pulled: 20, strangers: 0 },
  { name: '50 pulled', pulled: 50, strangers: 0 },
];

const CELEBRITIES = 50;
const OTHERS = 40; // people whom a reader follows beside them
const TWEETS = 20; // of each
const PAGE = 20; // tweets
const AT_ONCE = 16; // pages

/**
 * Readers who follow the same celebrities and some others, as many for each way. In every way the same tweets are on their
 * pages. The timelines of a way hold no tweets of those who are pulled in it.
 */
export async function openHomes(stage: Stage, count: number) {
  const { pool, store } = stage;
  const celebrities = await addPeople(pool, 'star_', CELEBRITIES);
  const strangers = await addPeople(pool, 'strange_', CELEBRITIES);
  const others = await addPeople(pool, 'other_', OTHERS);
  const readers = await addPeople(pool, 'reader_', count * WAYS.length);
  await addTweets(pool, [...celebrities, ...strangers, ...others], TWEETS);
  const followed = [...celebrities, ...others];
  await addEdges(pool, {
    followees: readers.flatMap(() => followed.map(({ id }) => id)),
    followers: readers.flatMap(({ id }) => followed.map(() => id)),
  });
  await settlePeople(pool);
  const groups = new Map(WAYS.map((way, n) => [way, readers.slice(n * count, (n + 1) * count)]));
  const pulledIn = (way: Way) => [...celebrities.slice(0, way.pulled), ...strangers.slice(0, way.strangers)];
  for (const [way, group] of groups) await buildTimelines({ pool, store }, group, pulledIn(way));
  const homes = new HomeReader({ pool, timelines: store });
  const watched = stage.watched.filter(({ name }) => /^(postgres|timelines|bench)/.test(name));
  return {
    /** Reads pages of this way for so many seconds. Returns the CPU of one. */
    read: async (way: Way, seconds: number) => {
      await setPulled(pool, pulledIn(way));
      const before = readCpu(watched);
      const started = performance.now();
      const pages = await readFor(homes, groups.get(way) ?? [], started + seconds * SECOND);
      const perSecond = pages / ((performance.now() - started) / SECOND);
      const cpu = cpuBetween(before, readCpu(watched));
      return { us: (sumOf(watched, ({ name }) => cpu.get(name) ?? 0) / pages) * 1_000_000, perSecond };
    },
  };
}

/** Rebuilds the timelines of readers, and takes out what was never pushed. */
async function buildTimelines(
  { pool, store }: Pick<Stage, 'pool' | 'store'>,
  readers: Person[],
  pulled: Person[],
): Promise<void> {
  const rows = await readRows(pool, idRow, {
    text: 'SELECT id FROM tweet WHERE author_id = ANY($1)',
    values: [pulled.map(({ id }) => id)],
  });
  const never = new Set(rows.map(({ id }) => String(id)));
  for (const { id } of readers) {
    await readHome({ pool, timelines: store }, { userId: id, limit: 1 });
    const key = timelineKey(id, store);
    const kept = (await store.redis.lrange(key, 0, -1)).filter((entry) => !never.has(entry));
    await store.redis
      .multi()
      .del(key)
      .rpush(key, ...kept)
      .exec();
  }
}

/** Pulls these authors, from their first tweet on, and nobody else. */
async function setPulled(pool: pg.Pool, authors: Person[]): Promise<void> {
  const ids = authors.map(({ id }) => id);
  await pool.query('TRUNCATE pull_interval');
  await pool.query('UPDATE "user" SET pulled = id = ANY($1) WHERE pulled OR id = ANY($1)', [ids]);
  await pool.query('INSERT INTO pull_interval (author_id, from_id) SELECT id, 0 FROM unnest($1::int[]) id', [
    ids,
  ]);
  await pool.query('ANALYZE pull_interval');
}

async function readFor(homes: HomeReader, readers: Person[], until: number): Promise<number> {
  let pages = 0;
  const readOn = async () => {
    while (performance.now() < until) {
      const reader = readers[pages++ % readers.length];
      if (reader) await homes.readText({ userId: reader.id, limit: PAGE });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, readOn));
  return pages;
}
