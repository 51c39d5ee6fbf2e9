import type pg from 'pg';
import { z } from 'zod';
import { parseMemory } from '#core/admission/admission.ts';
import { readLayout } from '#core/ledger/layout.ts';
import { openPostgres, transaction } from '#core/postgres.ts';
import { openStore, type StoreClient, serversOf } from '#core/redis.ts';
import { readRow } from '#core/rows.ts';
import { recogniseLedger } from '#core/timelines/recognise.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { demoAccounts } from './seed/demo/accounts.ts';
import { emptyTables, emptyTimelines } from './seed/empty.ts';
import { type Drawn, type Size, sizeFor } from './seed/size.ts';
import { warmTimelines } from './seed/warm-timelines.ts';
import { hasDemoAccounts, writeDemoAccounts } from './seed/write-demo-accounts.ts';
import { writeFollows } from './seed/write-follows.ts';
import { writePopulation } from './seed/write-population.ts';
import { writeTweets } from './seed/write-tweets.ts';

export type SeedOptions = {
  databaseUrl: string;
  timelineRedisUrl: string;
  /** The celebrity's followers. Most other numbers are in proportion to them. */
  followers?: number;
  /** Entries that a timeline keeps. */
  cap?: number;
  /** Another number gives other people, who follow others. */
  seed?: number;
  /** The time before which people joined and tweets were written. */
  now?: Date;
  /** Empties a database that is seeded, and begins anew. */
  fresh?: boolean;
  /** Gets one line a step. */
  log?: (line: string) => void;
};

export type SeedReport =
  | { outcome: 'seeded already' }
  | {
      outcome: 'seeded';
      people: number;
      follows: number;
      tweets: number;
      timelines: number;
      /** What the timelines take of the store's memory. */
      timelineBytes: number;
      seconds: number;
    };

/**
 * Fills an empty system with the demo's people, their tweets and warm timelines; the same options give the same ones.
 * Does nothing when that has been done. Begins anew when it died half-way, which it can tell because the demo accounts
 * are written last.
 *
 * With 1,000,000 followers on 2 cores it takes 7.8 s: 2.5 for the edges, 4.7 for the people and 0.4 for the vacuum. The
 * timelines (3.0 s, 102 MB) are warmed on the other core while the people are written. Emptying a million timelines
 * before that takes 1.6 s.
 */
export async function seed(options: SeedOptions): Promise<SeedReport> {
  const { databaseUrl, timelineRedisUrl, followers = 1_000_000, cap = 800 } = options;
  const drawn = draw(followers, options);
  const { pool, close } = openPostgres({ url: databaseUrl, max: 2, name: 'seed', synchronousCommit: 'off' });
  const redis = openStore(timelineRedisUrl, 'seed');
  try {
    if (!options.fresh && (await hasDemoAccounts(pool))) return { outcome: 'seeded already' };
    const store = { redis, cap, ...(await readLayout(pool)) };
    return await fill({ pool, store, log: options.log ?? (() => {}) }, drawn);
  } finally {
    redis.disconnect();
    await close();
  }
}

const SEEDS = 1_000_000;

function draw(followers: number, { seed = 1, now = new Date() }: SeedOptions): Drawn {
  if (Number.isInteger(seed) && seed >= 0 && seed < SEEDS) return { size: sizeFor(followers), seed, now };
  throw new RangeError(`Expected a whole seed from 0 to ${SEEDS - 1}, got ${seed}`);
}

/** True once a seed has run to its end. */
export async function isSeeded(databaseUrl: string): Promise<boolean> {
  const { pool, close } = openPostgres({ url: databaseUrl, max: 1, name: 'seed' });
  try {
    return await hasDemoAccounts(pool);
  } finally {
    await close();
  }
}

type Target = { pool: pg.Pool; store: TimelineStore; log: (line: string) => void };

async function fill({ pool, store, log }: Target, drawn: Drawn): Promise<SeedReport> {
  const started = performance.now();
  const step = stepper(log);
  // Otherwise the first worker empties a store that remembers another ledger, with all that is written here.
  await recogniseLedger(pool, store);
  await bulk(pool, async (client) => {
    await step('Emptied the tables', () => emptyTables(client));
    // This must not come earlier: now the tables are locked, so no reader rebuilds a timeline from what was in them.
    await step('Emptied the timelines', () => emptyTimelines(store.redis));
    await step('Wrote who follows whom', () => writeFollows(client, drawn));
    await step('Wrote the tweets', () => writeTweets(client, drawn));
  });
  // Planning and delivery read only the index of follow. For that, Postgres must know that its pages are visible to
  // all.
  await step('Vacuumed both', () => pool.query('VACUUM (FREEZE, ANALYZE) follow, tweet'));
  const before = await usedMemory(store.redis);
  const [timelines] = await Promise.all([
    step('Warmed the timelines', () => warmTimelines(pool, store, everyone(drawn.size))),
    step('Wrote the people', () => bulk(pool, (client) => writePopulation(client, drawn))),
  ]);
  await step('Vacuumed the people', () => pool.query('VACUUM (FREEZE, ANALYZE) "user"'));
  await step('Wrote the demo accounts', () => writeDemoAccounts(pool, drawn.now));
  const timelineBytes = (await usedMemory(store.redis)) - before;
  const seconds = (performance.now() - started) / 1_000;
  return { outcome: 'seeded', ...(await count(pool)), timelines, timelineBytes, seconds };
}

const everyone = ({ population }: Size) => ({ from: 1, to: demoAccounts.length + population });

/** Runs one transaction, with enough memory to sort and hash a million rows. */
function bulk(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  return transaction(pool, async (client) => {
    await client.query(
      `SET LOCAL work_mem = '256MB'; SET LOCAL maintenance_work_mem = '256MB'; SET LOCAL jit = off;
       SET LOCAL idle_in_transaction_session_timeout = 0`, // emptying a million timelines takes a while
    );
    await work(client);
  });
}

/** Says what has been done and how long it took. */
function stepper(log: (line: string) => void) {
  return async <T>(done: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    log(`${done} in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
    return result;
  };
}

async function count(pool: pg.Pool) {
  return readRow(pool, z.object({ people: z.int(), follows: z.int(), tweets: z.int() }), {
    text: `SELECT (SELECT count(*)::int FROM "user") AS people,
            (SELECT count(*)::int FROM follow) AS follows,
            (SELECT count(*)::int FROM tweet) AS tweets`,
  });
}

/** Of all servers of the store. */
async function usedMemory(store: StoreClient): Promise<number> {
  const servers = await serversOf(store);
  const infos = await Promise.all(servers.map((server) => server.info('memory')));
  return infos.reduce((sum, info) => sum + parseMemory(info).used, 0);
}
