import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { isStoreAway } from '#core/away.ts';
import { postgresClock, transaction } from '#core/postgres.ts';
import { Epochs, seal, tick } from '#core/timelines/epoch.ts';
import { doubtShard, emptyShard, forgetBackfills, pushSince } from '#core/timelines/repair.ts';
import { lockForRepair } from '#core/timelines/repair-lock.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';

/**
 * One look at every shard of the timeline store: moves the clocks on, learns the epochs, forgets the epochs of shards that
 * are away, full or not complete, and repairs shards that have lost something. Returns how many were repaired. Any number
 * of workers may look at once; one of them repairs.
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

/** Looks again once it holds the lock: somebody may have repaired since what it saw before. */
async function settleShard(pool: pg.Pool, store: TimelineStore, shard: number): Promise<boolean> {
  return transaction(pool, async (client) => {
    if (!(await lockForRepair(client, shard))) return false;
    const { moment, ...seen } = await look(client, { store, shard, token: randomUUID() });
    if (seen.outcome === 'settled') return false;
    const repair = { client, store, shard, token: moment.token };
    if (seen.outcome === 'restored' && (await pushSince(repair, seen.clock))) {
      await forgetBackfills(pool, repair, seen.clock);
    } else {
      const isUnknown = seen.outcome === 'unknown' || (await doubtShard(repair));
      if (!isUnknown || !(await emptyShard(repair))) return false;
    }
    return seal(store, shard, moment);
  });
}
