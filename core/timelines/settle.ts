import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { atOnce } from '#core/at-once.ts';
import { isStoreAway } from '#core/away.ts';
import { transaction } from '#core/postgres.ts';
import { Epochs, type Moment, seal, type Tick, tick } from '#core/timelines/epoch.ts';
import {
  announceRepair,
  beat,
  type Loss,
  type Position,
  readLedger,
  recogniseLedger,
  sealOf,
} from '#core/timelines/recognise.ts';
import { doubtShard, emptyShard, forgetBackfills, pushSince } from '#core/timelines/repair.ts';
import { lockForRepair } from '#core/timelines/repair-lock.ts';
import { allShards, asOfNow, type TimelineStore } from '#core/timelines/timeline.ts';
import { requireTrusted, requireWhole } from '#core/timelines/whole-shard.ts';

/**
 * One look at every shard of the timeline store. It moves the clocks on and learns the epochs. It forgets the epochs of
 * shards that are away, full or not complete. It repairs shards that have lost something, or that remember what the ledger
 * has lost. Returns how many shards were repaired, or have to be. Any number of workers may do this at once; one repairs at
 * a time. Shards are looked at beside each other, and one that is away does not keep the others from being found.
 */
export async function settleOnce(
  pool: pg.Pool,
  live: TimelineStore,
  epochs: Epochs = new Epochs(),
  told: (loss: Loss) => void = () => {},
): Promise<number> {
  const store = asOfNow(live);
  const found = await readLedger(pool);
  const looked = await atOnce(SHARDS_AT_ONCE, allShards(store), (shard) =>
    settleOne(pool, { store, shard, token: '' }, { found, epochs, told }),
  );
  const unsettled = looked.filter((isUnsettled) => isUnsettled).length;
  epochs.beat = found.beat;
  if (unsettled === 0 && epochs.known.size === store.shards) await beat(pool, found, store);
  return unsettled;
}

const SHARDS_AT_ONCE = 2; // a repair holds a connection to Postgres, and at times needs a second one

type Known = { found: Position; epochs: Epochs; told: (loss: Loss) => void };

/** True when the shard was repaired, or has to be. */
async function settleOne(pool: pg.Pool, look: Look, { found, epochs, told }: Known): Promise<boolean> {
  const { store, shard } = look;
  const seen = await lookFrom(found, look).catch((error: unknown) => {
    if (isStoreAway(error)) epochs.forget(shard);
    throw error;
  });
  if (seen.outcome === 'settled') {
    await requireTrusted(store, shard, { isKnown: epochs.known.has(shard) }).catch((error: unknown) => {
      epochs.forget(shard);
      throw error;
    });
    epochs.learn(shard, seen.epoch, found.repairs);
    return false;
  }
  epochs.forget(shard);
  if (seen.outcome !== 'foreign') return settleShard(pool, store, shard);
  const loss = await recogniseLedger(pool, store);
  if (loss) told(loss);
  return true;
}

type Look = { store: TimelineStore; shard: number; token: string };

async function lookFrom(found: Position, { store, shard, token }: Look) {
  const { now, isKnown, ...ledger } = found;
  const moment: Moment = { now, ledger, token, seal: sealOf(found, store, shard) };
  const seen: Tick = isKnown ? await tick(store, shard, moment) : { outcome: 'foreign' };
  return { moment, ...seen };
}

/** Looks again once it holds the lock: somebody may have repaired since what it saw before. */
async function settleShard(pool: pg.Pool, store: TimelineStore, shard: number): Promise<boolean> {
  return transaction(pool, async (client) => {
    if (!(await lockForRepair(client, shard))) return false;
    const { moment, ...seen } = await lookFrom(await readLedger(client), {
      store,
      shard,
      token: randomUUID(),
    });
    if (seen.outcome === 'settled' || seen.outcome === 'foreign') return false;
    await requireWhole(store, shard);
    const { token } = moment;
    await announceRepair(pool, { generation: store.generation, shard, token });
    const repair = { client, store, shard, token };
    if (seen.outcome === 'restored' && (await pushSince(repair, seen.clock))) {
      await forgetBackfills(pool, repair, seen.clock);
    } else {
      const isUnknown = seen.outcome === 'unknown' || (await doubtShard(repair));
      if (!isUnknown || !(await emptyShard(repair))) return false;
    }
    return seal(store, shard, moment);
  });
}
