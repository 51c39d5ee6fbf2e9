import { z } from 'zod';
import { SECOND } from '#core/durations.ts';
import type { Layout } from '#core/ledger/layout.ts';
import { Script } from '#core/lua/script.ts';
import type { Ledger } from '#core/timelines/recognise.ts';
import { allTags, epochKey, settlingKey, type TimelineStore, tagOf } from '#core/timelines/timeline.ts';

/**
 * Tells a timeline store that lost something from a living one. A store that comes back empty is easy to see; one
 * that comes back from an older file looks complete and is not.
 *
 *     epoch   the run id of the server process in which the shard was found complete, the token of the repair that
 *             found it so, and the server's replication id. Another process has another run id, a replica that is
 *             promoted another replication id, and after FLUSHALL there is no epoch. No reader trusts the shard until
 *             the ids agree again. A primary may be demoted, take over the data of a replica that lacks its last
 *             writes, and become the primary again. It is the same process then: only the replication id tells.
 *     clock   a time by Postgres' clock, written twice a second while settled. It is restored with the timelines, so
 *             that it says up to when they hold everything.
 *
 *     settled ──restart, FLUSHALL──▶ unsettled ──repair what the ledger has since `clock`──▶ sealed = settled
 *
 * A ledger that lost something is found by the same looks, see recognise.ts.
 *
 * Meanwhile readers read Postgres and nothing is rebuilt or backfilled. A push carries the epoch that was known before
 * its followers were read, and is refused in any other. Otherwise a worker that was frozen between ledger and push could
 * find a store that was emptied meanwhile. Somebody else may have delivered the chunk in between, and that receipt would
 * be gone. So the worker would push a second time onto timelines that were rebuilt with the tweet.
 */
export type Tick =
  | { outcome: 'settled'; epoch: string }
  | { outcome: 'restored'; clock: string }
  | { outcome: 'unknown' }
  | { outcome: 'foreign' };

/** Where the ledger was at a look, and the worker's token for the repair that follows; "" when it only looks. */
export type Moment = {
  now: Date;
  ledger: Ledger;
  token: string;
  /** The token of the shard's last repair, as the ledger has it; none when it knows of no repair. */
  seal?: string;
};

const ticking = new Script('tick');
const sealing = new Script('seal');
const forgetting = new Script('forget-timelines');
const tickReply = z.union([
  z.tuple([z.literal('settled'), z.string()]).transform(([, epoch]): Tick => ({ outcome: 'settled', epoch })),
  z
    .tuple([z.literal('restored'), z.string()])
    .transform(([, clock]): Tick => ({ outcome: 'restored', clock })),
  z.tuple([z.enum(['unknown', 'foreign'])]).transform(([outcome]): Tick => ({ outcome })),
]);

/** The time by Postgres' clock up to which this shard is known to hold every push. */
export const clockKey = (tag: string): string => `clock:{${tag}}`;

/** What a shard remembers of the ledger. */
export const ledgerKey = (tag: string): string => `ledger:{${tag}}`;

/** The highest time that this shard's clock has shown, while Postgres' clock is behind it. */
export const clockBackKey = (tag: string): string => `clock-back:{${tag}}`;

/** How far the clock may be above a worker's time without having been set back: two workers look at once. */
const AT_ONCE = 5 * SECOND;

/** See tick.lua. */
export async function tick(store: TimelineStore, shard: number, moment: Moment): Promise<Tick> {
  const soon = new Date(moment.now.getTime() + AT_ONCE).toISOString();
  const keys = [...keysOf(store, shard), clockBackKey(tagOf(store, shard))];
  return tickReply.parse(
    await ticking.run(store.redis, keys, [...argumentsOf(moment), soon, moment.seal ?? '']),
  );
}

/** See seal.lua; false when it has to begin again. */
export async function seal(store: TimelineStore, shard: number, moment: Moment): Promise<boolean> {
  return (await sealing.run(store.redis, keysOf(store, shard), argumentsOf(moment))) === 'sealed';
}

const argumentsOf = ({ now, token, ledger }: Moment) => [
  now.toISOString(),
  token,
  ...[ledger.token, ledger.beat, ledger.newestId],
];

/** See forget-timelines.lua, for timelines and what is said of them; false when the repair with this token is over. */
export async function forgetKeys(
  store: TimelineStore,
  shard: number,
  { keys: found, token }: { keys: string[]; token: string },
): Promise<boolean> {
  const tag = tagOf(store, shard);
  const keys = [clockKey(tag), settlingKey(tag), ...found];
  return (await forgetting.run(store.redis, keys, [token])) === 'forgotten';
}

/**
 * The epochs of those shards that a worker found complete at its last look. It takes deliveries while it knows all of them.
 * The map is replaced and never changed, so that whoever has read it keeps what was known at that time.
 */
export class Epochs {
  /** The epoch of each shard that is complete. */
  known: ReadonlyMap<number, string> = new Map();

  /** Of the ledger, when it looked last: what is read from now on is read at or after it. */
  beat = 0;

  /** Repairs that had begun when these epochs were found, see recognise.ts. */
  repairs: number | undefined;

  readonly #repairsOf = new Map<number, number>();

  /** A look has found the shard complete, and there. `repairs` were known before it looked. */
  learn(shard: number, epoch: string, repairs = 0): void {
    this.#repairsOf.set(shard, repairs);
    this.repairs = Math.min(...this.#repairsOf.values());
    if (this.known.get(shard) !== epoch) this.known = new Map(this.known).set(shard, epoch);
  }

  /** The shard is away, full or being repaired, until a look finds otherwise. */
  forget(shard: number): void {
    this.#repairsOf.delete(shard);
    this.known = new Map([...this.known].filter(([each]) => each !== shard));
  }

  /** Another layout is in force: of its shards nothing is known yet. */
  forgetAll(): void {
    this.#repairsOf.clear();
    this.known = new Map();
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
export async function startClocks(store: TimelineStore, now: Date): Promise<void> {
  for (const tag of allTags(store)) await store.redis.set(clockKey(tag), now.toISOString(), 'NX');
}

function keysOf(layout: Layout, shard: number) {
  const tag = tagOf(layout, shard);
  return [epochKey(tag), clockKey(tag), settlingKey(tag), ledgerKey(tag)];
}
