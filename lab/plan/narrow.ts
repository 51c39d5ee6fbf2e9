import { loadOf } from './load.ts';
import { type Given, type Needs, needsOf } from './needs.ts';

/** A part of which the system has only so much, as it is built: at how many times the load it is used up, and what follows. */
export type Narrow = { part: string; fullAt: number; design: string };

const NODES = 1_000; // of one Redis Cluster: its specification goes no further
const ACCOUNTS = 2 ** 31 - 1; // ids of accounts are int4
const RECEIPTS = 0.1; // of the stores' memory

/** What is used up when everything grows alike, the first first. */
export function narrowOf(
  { options }: Given,
  { cores, ledgers, stores, connections, hearing, ...needs }: Needs,
): Narrow[] {
  const { busy } = options;
  const queue: Narrow = {
    part: 'one Redis for the queue',
    fullAt: busy / cores.queue,
    design: 'RabbitMQ or SQS in its place (BROKER), later a queue for each ledger',
  };
  const others: Narrow[] = [
    {
      part: 'the backlog’s row, at which tweets take turns',
      fullAt: 1 / ledgers.byTurn,
      design: 'ledgers by author, each with its own backlog, bound and outbox',
    },
    {
      part: `one PostgreSQL of ${options['ledger-cores']} cores`,
      fullAt: 1 / ledgers.byCores,
      design: 'pages from replicas and a shared cache of tweets; then ledgers by author',
    },
    {
      part: `${options['ledger-connections']} connections to PostgreSQL`,
      fullAt: options['ledger-connections'] / connections,
      design: 'a pooler in front of it, fewer and larger processes',
    },
    {
      part: 'hearing: each web process hears of every tweet',
      fullAt: busy / hearing,
      design: 'edges: processes that carry streams, and hear only of whom their readers follow',
    },
    {
      part: `one cluster of ${NODES} stores`,
      fullAt: NODES / stores.servers,
      design: 'cells of readers, each with a cluster and workers; a large tweet is planned once a cell',
    },
    {
      part: 'the ids of accounts (int4)',
      fullAt: ACCOUNTS / options.dau,
      design: 'ids of eight bytes, also in packs and messages',
    },
    {
      part: 'receipts, a tenth of the stores’ memory',
      fullAt: (stores.gb * RECEIPTS) / needs.receiptsGb,
      design: 'one receipt for all small tweets of a message, swept by the second',
    },
  ];
  const narrow = options.broker === 'bullmq' ? [queue, ...others] : others;
  return narrow.sort((one, other) => one.fullAt - other.fullAt);
}

/** The needs of so many times as much of everything. */
export function grown(given: Given, factor: number): { given: Given; needs: Needs } {
  const { dau, spike, largest } = given.options;
  const options = {
    ...given.options,
    ...{ dau: dau * factor, spike: spike * factor, largest: largest * factor },
    'tweets-per-day': given.options['tweets-per-day'] * factor,
  };
  const larger = { ...given, options, load: loadOf(options) };
  return { given: larger, needs: needsOf(larger) };
}
