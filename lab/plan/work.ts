import type { Known, KnownName } from './known.ts';
import type { Part } from './lanes.ts';
import type { Load } from './load.ts';

/** What work takes, in seconds of one core: a tweet with all that is constant, a delivery, a page of home. */
export type Work = { perTweet: number; perDelivery: number; perPage: number };

export type WorkName = 'web' | 'workers' | 'ledger' | 'turn' | 'queue' | 'stores';

const MILLION = 1e6;

/** The share of pages that their web process remembers, and in how many shards the timelines lie. */
export type Situation = { remembered: number; shards: number; smallFollowers: number };

/**
 * Takes the figures apart. A post was measured with its deliveries onto short timelines in one shard. These deliveries are
 * taken off it, and what each further shard costs is added. `turn` is the time for which a ledger holds the backlog's row,
 * for one tweet after the other.
 */
export function workOf(known: Known, { remembered, ...spread }: Situation): Record<WorkName, Work> {
  const of = (name: KnownName) => known[name].value;
  const post = (ms: number, millionS: number) =>
    Math.max(0, ms / 1_000 - (of('postFollowers') * millionS) / MILLION);
  const page = (warm: KnownName, cold: KnownName) =>
    (remembered * of(warm) + (1 - remembered) * of(cold)) / MILLION;
  const more = callsOf(spread) - 1;
  const queue = (of('postStoresMs') * of('queueShare')) / 1_000;
  const stores = post(of('postStoresMs'), of('shortMillionS')) - queue;
  return {
    web: { perTweet: of('postWebMs') / 1_000, perDelivery: 0, perPage: page('warmWebUs', 'coldWebUs') },
    workers: {
      perTweet: post(of('postWorkersMs'), of('workersMillionS')) + (more * of('callWorkersUs')) / MILLION,
      perDelivery: of('workersMillionS') / MILLION,
      perPage: 0,
    },
    ledger: {
      perTweet: post(of('postLedgerMs'), of('ledgerMillionS')),
      perDelivery: of('ledgerMillionS') / MILLION,
      perPage: page('warmLedgerUs', 'coldLedgerUs'),
    },
    turn: { perTweet: (of('postTurnUs') + of('finishTurnUs')) / MILLION, perDelivery: 0, perPage: 0 },
    queue: { perTweet: queue, perDelivery: 0, perPage: 0 },
    stores: {
      perTweet: Math.max(0, stores) + (more * of('callStoresUs')) / MILLION,
      perDelivery: of('fullMillionS') / MILLION,
      perPage: page('warmStoreUs', 'coldStoreUs'),
    },
  };
}

/** Shards in which a small tweet has at least one follower: each takes a call and keeps a receipt. */
export const callsOf = ({ shards, smallFollowers }: Omit<Situation, 'remembered'>): number =>
  shards * (1 - (1 - 1 / shards) ** smallFollowers);

/** Cores that are busy with all of it at the busiest moment. */
export const coresOf = ({ perTweet, perDelivery, perPage }: Work, load: Load): number =>
  perTweet * load.tweets + perDelivery * load.deliveries + perPage * load.pages;

/** A part as the model of the queues sees it: what reading leaves of so many cores. */
export function partOf(
  name: WorkName,
  { work, load, cores }: { work: Work; load: Load; cores: number },
): Part {
  const { perTweet, perDelivery, perPage } = work;
  return { name, cores: Math.max(0, cores - perPage * load.pages), perTweet, perDelivery };
}
