import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { isStoreAway } from '#core/away.ts';
import { chunksSince } from '#core/ledger/chunks-since.ts';
import { durableTransaction, transaction } from '#core/postgres.ts';
import {
  clockBackKey,
  Epochs,
  forgetKeys,
  type Moment,
  seal,
  type Tick,
  tick,
} from '#core/timelines/epoch.ts';
import { beat, type Loss, readLedger, recogniseLedger } from '#core/timelines/recognise.ts';
import { lockForRepair } from '#core/timelines/repair-lock.ts';
import { leavingKey } from '#core/timelines/sweep-receipts.ts';
import {
  type ChunkPush,
  pushChunk,
  receiptPrefix,
  receiptsKey,
  sweptKey,
  type TimelineStore,
  timelinePrefix,
} from '#core/timelines/timeline.ts';
import { warmedKey } from '#core/timelines/upkeep.ts';

/**
 * One look at every shard of the timeline store: moves the clocks on, learns the epochs, forgets the epochs of shards that
 * are away, full or not complete, and repairs shards that have lost something, or remember what the ledger has lost. Returns how many
 * shards were repaired, or have to be. Any number of workers may do this at once; one repairs at a time.
 */
export async function settleOnce(
  pool: pg.Pool,
  store: TimelineStore,
  epochs: Epochs = new Epochs(),
  told: (loss: Loss) => void = () => {},
): Promise<number> {
  let unsettled = 0;
  let first: Moment | undefined;
  for (let shard = 0; shard < store.shards; shard++) {
    const { moment, ...seen } = await look(pool, { store, shard, token: '' }).catch((error: unknown) => {
      if (isStoreAway(error)) epochs.forget(shard);
      throw error;
    });
    first ??= moment;
    if (seen.outcome === 'settled') {
      epochs.learn(shard, seen.epoch);
      continue;
    }
    epochs.forget(shard);
    if (seen.outcome === 'foreign') {
      const loss = await recogniseLedger(pool, store);
      if (loss) told(loss);
    }
    if (seen.outcome === 'foreign' || (await settleShard(pool, store, shard))) unsettled++;
  }
  if (first) epochs.beat = first.ledger.beat;
  if (first && unsettled === 0 && epochs.known.size === store.shards) await beat(pool, first.ledger);
  return unsettled;
}

type Look = { store: TimelineStore; shard: number; token: string };

async function look(client: Pick<pg.Pool, 'query'>, { store, shard, token }: Look) {
  const { now, isKnown, ...ledger } = await readLedger(client);
  const moment: Moment = { now, ledger, token };
  const seen: Tick = isKnown ? await tick(store, shard, moment) : { outcome: 'foreign' };
  return { moment, ...seen };
}

/** Looks again once it holds the lock: somebody may have repaired since what it saw before. */
async function settleShard(pool: pg.Pool, store: TimelineStore, shard: number): Promise<boolean> {
  return transaction(pool, async (client) => {
    if (!(await lockForRepair(client, shard))) return false;
    const { moment, ...seen } = await look(client, { store, shard, token: randomUUID() });
    if (seen.outcome === 'settled' || seen.outcome === 'foreign') return false;
    const found = { store, shard, seen, token: moment.token };
    if (seen.outcome === 'unknown' && !(await emptyShard(client, found))) return false;
    await pushAllAgain(client, found);
    if (seen.outcome === 'restored') await forgetBackfills(pool, { store, shard, since: seen.clock });
    return seal(store, shard, moment);
  });
}

type Repair = Look & { seen: Exclude<Tick, { outcome: 'settled' | 'foreign' }> };

/**
 * Pushes again what the ledger says may be missing: chunks finished since the clock, and those that were in flight.
 * Where the push has survived, its receipt has too, and nothing is added.
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

/** A chunk that cannot be pushed at all must not hold up the others. The ledger retries it, or gives it up. */
async function pushAgain(store: TimelineStore, chunk: ChunkPush): Promise<void> {
  await pushChunk(store, chunk).catch((error: unknown) => {
    if (isStoreAway(error)) throw error;
  });
}

/**
 * Timelines of unknown age become cold: their owners rebuild them, or the workers do (warm.ts). Then what receipts say of them goes: they were written by
 * another ledger, perhaps, and vouch for followers who are not those of this one. By name, the store may be shared. False
 * when this repair is over before its end.
 */
async function emptyShard(client: pg.PoolClient, { store, shard, token }: Look): Promise<boolean> {
  if (!(await forgetKeys(store, shard, { keys: [warmedKey(shard)], token }))) return false;
  for (const prefix of [timelinePrefix(shard), receiptPrefix(shard)]) {
    for await (const keys of store.redis.scanStream({ match: `${prefix}*`, count: 10_000 })) {
      if (!(await forgetKeys(store, shard, { keys, token }))) return false;
      await signOfLife(client);
    }
  }
  const rest = [receiptsKey(shard), leavingKey(shard), sweptKey(shard), clockBackKey(shard)];
  return forgetKeys(store, shard, { keys: rest, token });
}

/** Postgres ends a transaction whose process says nothing for seconds, and with it the lock of the repair. */
async function signOfLife(client: pg.PoolClient): Promise<void> {
  await client.query('SELECT');
}
