import type { Known, KnownName } from './known.ts';
import type { Part } from './lanes.ts';
import type { Load } from './load.ts';
import type { Options } from './options.ts';
import { callsOf, coresOf, partOf, type Work, type WorkName, workOf } from './work.ts';

const MONTH = 30; // days
const WEEK = 7;
const YEAR = 365;
const GB = 1e9; // bytes
const KEY_BYTES = 150; // of a timeline beside its entries: key, list, and what the allocator rounds up
const HINTS = 2; // of a tweet: that it is on its way, and that it is delivered
const RECEIPT_S = 180; // seconds that a receipt is kept at most after the end, see docs/retention.md
const PAGE_GB = 12_500 / GB; // of home, 50 tweets, before compression
const REQUESTS = 3; // to SQS for a message: sent, received, deleted

/** What is asked for, and the figures that it is computed from. */
export type Given = { options: Options; load: Load; known: Known };

/** What the system needs at the busiest moment. */
export type Needs = {
  work: Record<WorkName, Work>;
  /** Cores that are busy. */
  cores: Record<WorkName, number>;
  web: number;
  workers: number;
  /** Redis servers for timelines: as many as work or memory ask for. The masters are as many as the shards. */
  stores: { byWork: number; byMemory: number; masters: number; servers: number; gb: number };
  /** PostgreSQL servers: as many as their cores or the turn at the backlog's row ask for. As it is built, there is one. */
  ledgers: { byCores: number; byTurn: number; count: number; servers: number; gb: number; gbAYear: number };
  queues: number;
  connections: number;
  /** Of one core of each web process, what hearing of every tweet takes. */
  hearing: number;
  messages: { ofDay: number; requestsOfMonth: number };
  outGb: number;
  receiptsGb: number;
  /** Seconds for which a tweet of the largest account keeps all stores busy. */
  largestS: number;
};

/** Sizes every part. */
export function needsOf(given: Given): Needs {
  const { options, load } = given;
  const stores = storesFor(given);
  const work = workFor(given, stores.masters);
  const cores = coresFor(work, load);
  const hearing = (load.tweets * HINTS * of(given, 'hintUs')) / 1e6;
  const web = websFor(given, cores.web, hearing);
  const workers = Math.ceil(cores.workers / options.busy);
  return {
    ...{ work, cores, stores, hearing, web, workers },
    ledgers: ledgersFor(given, cores),
    queues: Math.ceil(cores.queue / options.busy),
    connections: (web + workers) * of(given, 'connections'),
    messages: messagesFor(given),
    outGb: load.pagesOfDay * MONTH * PAGE_GB,
    receiptsGb: receiptsFor(given, stores.masters),
    largestS: (options.largest * work.stores.perDelivery) / stores.masters,
  };
}

const of = ({ known }: Given, name: KnownName): number => known[name].value;

const workFor = (given: Given, shards: number): Needs['work'] =>
  workOf(given.known, {
    remembered: given.options.remembered,
    ...{ shards, smallFollowers: given.load.smallFollowers },
  });

function coresFor(work: Needs['work'], load: Load): Needs['cores'] {
  const { web, workers, ledger, turn, queue, stores } = work;
  return {
    ...{ web: coresOf(web, load), workers: coresOf(workers, load), ledger: coresOf(ledger, load) },
    ...{ turn: coresOf(turn, load), queue: coresOf(queue, load), stores: coresOf(stores, load) },
  };
}

/** When hearing alone takes what a process may use, no number of them is enough. */
const websFor = (given: Given, cores: number, hearing: number): number => {
  const left = given.options.busy - hearing;
  if (left <= 0) return Number.POSITIVE_INFINITY;
  return Math.ceil(Math.max(cores / left, given.load.online / given.options.streams));
};

/** More shards mean more calls of each small tweet, and these more shards: so it is asked again until it stays. */
function storesFor(given: Given): Needs['stores'] {
  const { options, load } = given;
  const bytes = (of(given, 'cap') + of(given, 'slack') / 2) * of(given, 'entryBytes') + KEY_BYTES;
  const gb = (options.dau * bytes) / GB / of(given, 'dropShare');
  const byMemory = gb / options['machine-gb'];
  let masters = Math.max(1, Math.ceil(byMemory));
  for (;;) {
    const byWork = coresOf(workFor(given, masters).stores, load) / options.busy; // a Redis works on one core
    if (byWork <= masters)
      return { byWork, byMemory, masters, servers: masters * (1 + options.replicas), gb };
    masters = Math.ceil(byWork);
  }
}

function ledgersFor(given: Given, cores: Needs['cores']): Needs['ledgers'] {
  const { options, load } = given;
  const byCores = cores.ledger / options.busy / options['ledger-cores'];
  const byTurn = cores.turn / options.busy;
  const count = Math.ceil(Math.max(byCores, byTurn));
  const goes = of(given, 'fanOutBytes') * MONTH + of(given, 'chunkBytes') * WEEK + of(given, 'keyBytes');
  const gbAYear = (load.tweetsOfDay * of(given, 'tweetBytes') * YEAR) / GB;
  const gb = (load.tweetsOfDay * goes) / GB + gbAYear;
  return { byCores, byTurn, count, servers: count * (1 + options.replicas), gb, gbAYear };
}

function messagesFor(given: Given): Needs['messages'] {
  const { options, load } = given;
  const chunks = Math.ceil(options['large-followers'] / of(given, 'chunk'));
  const largeOfDay = (load.largeTweets / load.tweets) * load.tweetsOfDay;
  const large = largeOfDay * (1 + Math.ceil(chunks / of(given, 'chunksAMessage')));
  const ofDay = large + (load.tweetsOfDay - largeOfDay) / of(given, 'tweetsAMessage');
  return { ofDay, requestsOfMonth: ofDay * REQUESTS * MONTH };
}

function receiptsFor(given: Given, shards: number): number {
  const { options, load } = given;
  const chunks = Math.ceil(options['large-followers'] / of(given, 'chunk'));
  const small = (load.tweets - load.largeTweets) * callsOf({ shards, smallFollowers: load.smallFollowers });
  return ((small + load.largeTweets * chunks) * RECEIPT_S * of(given, 'receiptBytes')) / GB;
}

/** The parts of a system of this size, as the model of the queues sees them. */
export function partsOf(
  { options, load }: Given,
  { work, web, workers, ledgers, queues, stores }: Needs,
): Part[] {
  const cores: Needs['cores'] = {
    ...{ web, workers, ledger: ledgers.count * options['ledger-cores'], turn: ledgers.count },
    ...{ queue: queues, stores: stores.masters },
  };
  const names = Object.keys(work) as WorkName[];
  return names.map((name) => partOf(name, { work: work[name], load, cores: cores[name] }));
}
