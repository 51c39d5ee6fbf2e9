import { z } from 'zod';
import { Script } from '#core/lua/script.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { clockKey, epochKey, settlingKey } from '#core/timelines/timeline.ts';

/**
 * Tells a timeline store that lost something from a living one. A store that comes back empty is easy to see; one
 * that comes back from an older file looks complete and is not.
 *
 *     epoch   the run id of the server process in which the shard was found complete, and the token of the repair that
 *             found it so: another process, another run id, and after FLUSHALL there is none. No reader trusts the
 *             shard until the run ids agree again.
 *     clock   a time by Postgres' clock, written twice a second while settled. It is restored with the timelines, so
 *             that it says up to when they hold everything.
 *
 *     settled ──restart, FLUSHALL──▶ unsettled ──repair what the ledger has since `clock`──▶ sealed = settled
 *
 * Meanwhile readers read Postgres and nothing is rebuilt or backfilled. A push carries the epoch that was known before
 * its followers were read. In any other it is refused: a worker that was frozen between ledger and push would else find
 * an emptied store without the receipt of whoever delivered the chunk meanwhile, and push a second time onto timelines
 * that were rebuilt with it.
 */
export type Tick =
  | { outcome: 'settled'; epoch: string }
  | { outcome: 'restored'; clock: string }
  | { outcome: 'unknown' };

/** Where the store was when, and the worker's token for the repair that follows, "" when it looks only. */
export type Moment = { now: string; token: string };

const ticking = new Script('tick');
const sealing = new Script('seal');
const forgetting = new Script('forget-timelines');
const tickReply = z.union([
  z.tuple([z.literal('settled'), z.string()]).transform(([, epoch]): Tick => ({ outcome: 'settled', epoch })),
  z
    .tuple([z.literal('restored'), z.string()])
    .transform(([, clock]): Tick => ({ outcome: 'restored', clock })),
  z.tuple([z.literal('unknown')]).transform((): Tick => ({ outcome: 'unknown' })),
]);

/** See tick.lua. */
export async function tick({ redis }: TimelineStore, shard: number, { now, token }: Moment): Promise<Tick> {
  return tickReply.parse(await ticking.run(redis, keysOf(shard), [now, token]));
}

/** See seal.lua; false when it has to begin again. */
export async function seal(
  { redis }: TimelineStore,
  shard: number,
  { now, token }: Moment,
): Promise<boolean> {
  return (await sealing.run(redis, keysOf(shard), [now, token])) === 'sealed';
}

/** See forget-timelines.lua; false when the repair with this token is over. */
export async function forgetTimelines(
  { redis }: TimelineStore,
  shard: number,
  { timelines, token }: { timelines: string[]; token: string },
): Promise<boolean> {
  const keys = [clockKey(shard), settlingKey(shard), ...timelines];
  return (await forgetting.run(redis, keys, [token])) === 'forgotten';
}

/**
 * The epochs of those shards that a worker found complete when it looked last. It takes deliveries while it knows all of
 * them. The map is replaced and never changed: it stays what was known when it was read.
 */
export class Epochs {
  /** By shard. */
  known: ReadonlyMap<number, string> = new Map();

  /** A look has found the shard complete, and there. */
  learn(shard: number, epoch: string): void {
    if (this.known.get(shard) !== epoch) this.known = new Map(this.known).set(shard, epoch);
  }

  /** The shard is away, full or being repaired, until a look finds otherwise. */
  forget(shard: number): void {
    this.known = new Map([...this.known].filter(([each]) => each !== shard));
  }

  /** A push in this epoch has failed, which says nothing about a later one. */
  forgetEpoch(shard: number, epoch: string | undefined): void {
    if (this.known.get(shard) === epoch) this.forget(shard);
  }
}

/**
 * Starts the clocks of a store that is about to be filled, so that nobody takes what is in it for unknown. A repair that
 * did so before, and is on its way to remove it, ends here: see forget-timelines.lua.
 */
export async function startClocks({ redis, shards }: TimelineStore, now: Date): Promise<void> {
  for (let shard = 0; shard < shards; shard++) await redis.set(clockKey(shard), now.toISOString(), 'NX');
}

const keysOf = (shard: number) => [epochKey(shard), clockKey(shard), settlingKey(shard)];
