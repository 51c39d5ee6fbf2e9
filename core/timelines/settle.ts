import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { isStoreAway } from '#core/away.ts';
import { chunksSince } from '#core/ledger/chunks-since.ts';
import { durableTransaction, postgresClock, transaction } from '#core/postgres.ts';
import { Epochs, forgetTimelines, seal, type Tick, tick } from '#core/timelines/epoch.ts';
import { lockForRepair } from '#core/timelines/repair-lock.ts';
import { type ChunkPush, pushChunk, type TimelineStore, timelinePrefix } from '#core/timelines/timeline.ts';

/**
 * One look at every shard of the timeline store: moves the clocks on, learns the epochs, forgets those of shards that are
 * away, full or not complete, and repairs what has lost something. Returns how many shards were repaired. Any number of workers may do this at once; one repairs at a time.
 */
export async function settleOnce(
  pool: pg.Pool,
  store: TimelineStore,
  epochs: Epochs = new Epochs(),
): Promise<number> {
  let repaired = 0;
  for (let shard = 0; shard < store.shards; shard++) {
    const seen = await look(pool, { store, shard, token: '' }).catch((error: unknown) => {
      if (isStoreAway(error)) epochs.forget(shard);
      throw error;
    });
    if (seen.outcome === 'settled') {
      epochs.learn(shard, seen.epoch);
      continue;
    }
    epochs.forget(shard);
    if (await settleShard(pool, store, shard)) repaired++;
  }
  return repaired;
}

type Look = { store: TimelineStore; shard: number; token: string };

async function look(client: Pick<pg.Pool, 'query'>, { store, shard, token }: Look) {
  const moment = { now: (await postgresClock(client)).toISOString(), token };
  return { moment, ...(await tick(store, shard, moment)) };
}

/** Looks again once it holds the lock: what it saw before may have been repaired since, or be older than a repair. */
async function settleShard(pool: pg.Pool, store: TimelineStore, shard: number): Promise<boolean> {
  return transaction(pool, async (client) => {
    if (!(await lockForRepair(client, shard))) return false;
    const { moment, ...seen } = await look(client, { store, shard, token: randomUUID() });
    if (seen.outcome === 'settled') return false;
    const found = { store, shard, seen, token: moment.token };
    if (seen.outcome === 'unknown' && !(await emptyTimelines(client, found))) return false;
    await pushAllAgain(client, found);
    if (seen.outcome === 'restored') await forgetBackfills(pool, { store, shard, since: seen.clock });
    return seal(store, shard, moment);
  });
}

type Repair = Look & { seen: Exclude<Tick, { outcome: 'settled' }> };

/**
 * Pushes again what the ledger says may be missing: chunks finished since the clock, and those that were in flight.
 * Where the push survived its receipt did too, and nothing is added.
 */
async function pushAllAgain(client: pg.PoolClient, { store, shard, seen }: Repair): Promise<void> {
  const since = seen.outcome === 'restored' ? seen.clock : null;
  for (const chunk of await chunksSince(client, { shard, shards: store.shards, since })) {
    await pushAgain(store, chunk);
    await signOfLife(client);
  }
}

/**
 * In a transaction of its own, and on disk before the shard is sealed: a worker's commits may be taken back by a crash
 * of Postgres, and nobody would ask again.
 */
async function forgetBackfills(
  pool: pg.Pool,
  { store, shard, since }: { store: TimelineStore; shard: number; since: string },
): Promise<void> {
  await durableTransaction(pool, (client) =>
    client.query(
      'UPDATE follow SET backfilled_at = NULL WHERE backfilled_at >= $1 AND follower_id % $2 = $3',
      [since, store.shards, shard],
    ),
  );
}

/** A chunk that cannot be pushed at all is the ledger's to retry and give up; it must not hold up the others. */
async function pushAgain(store: TimelineStore, chunk: ChunkPush): Promise<void> {
  await pushChunk(store, chunk).catch((error: unknown) => {
    if (isStoreAway(error)) throw error;
  });
}

/**
 * Timelines of unknown age become cold: their owners rebuild them. By name, the store may be shared. False when this
 * repair is over before its end.
 */
async function emptyTimelines(client: pg.PoolClient, { store, shard, token }: Look): Promise<boolean> {
  const pages = store.redis.scanStream({ match: `${timelinePrefix(shard)}*`, count: 10_000 });
  for await (const timelines of pages) {
    if (!(await forgetTimelines(store, shard, { timelines, token }))) return false;
    await signOfLife(client);
  }
  return true;
}

/** Postgres ends a transaction whose process says nothing for seconds, and with it the lock of the repair. */
async function signOfLife(client: pg.PoolClient): Promise<void> {
  await client.query('SELECT');
}
