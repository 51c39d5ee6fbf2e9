import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { isStoreAway } from '#core/away.ts';
import { transaction } from '#core/postgres.ts';
import { Epochs, type Moment, seal, type Tick, tick } from '#core/timelines/epoch.ts';
import { beat, type Loss, readLedger, recogniseLedger } from '#core/timelines/recognise.ts';
import { doubtShard, emptyShard, forgetBackfills, pushSince } from '#core/timelines/repair.ts';
import { lockForRepair } from '#core/timelines/repair-lock.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';

/**
 * One look at every shard of the timeline store: moves the clocks on, learns the epochs, and forgets those of shards that
 * are away, full or not complete. Repairs shards that have lost something, or remember what the ledger has lost. Returns
 * how many shards were repaired, or have to be. Any number of workers may do this at once; one repairs at a time.
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
