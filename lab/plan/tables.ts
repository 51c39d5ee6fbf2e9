import { sumOf } from '#lab/harness/statistics.ts';
import { significant, type Table, whole } from '#lab/harness/table.ts';
import type { Known } from './known.ts';
import { billOf } from './money.ts';
import { grown, narrowOf } from './narrow.ts';
import type { Given, Needs } from './needs.ts';

const NO_NUMBER = '–';
const count = (value: number): string => (Number.isFinite(value) ? whole(Math.round(value)) : NO_NUMBER);
const gb = (value: number): string =>
  value >= 10_000 ? `${count(value / 1_000)} TB` : `${significant(value)} GB`;
const cores = (value: number): string => `${significant(value)} cores`;
const money = (value: number): string => (Number.isFinite(value) ? `$ ${count(value)}` : NO_NUMBER);

/** Each figure that everything is computed from. */
export function sourcesTable(known: Known): Table {
  const rows = Object.values(known).map(({ what, value, unit, from }) => [
    what,
    `${whole(value)} ${unit}`.trim(),
    from,
  ]);
  return { title: 'Computed from', head: ['', 'figure', 'recorded in'], rows };
}

export function loadTable({ options, load }: Given): Table {
  return {
    title: `The busiest moment of a day: ${significant(options.peak)} times its mean`,
    head: ['', 'a second', 'a day'],
    rows: [
      ['tweets', count(load.tweets), count(load.tweetsOfDay)],
      ['of these, to more than a chunk', significant(load.largeTweets), ''],
      ['deliveries', count(load.deliveries), count(load.tweetsOfDay * options.followers)],
      ['pages of home', count(load.pages), count(load.pagesOfDay)],
      ['streams open', count(load.online), ''],
    ],
    notes: [
      'Twitter, 2013: 5,700 tweets/s on average, 143,199/s in one second, 300,000 timelines read/s by 150 million people',
    ],
  };
}

export function needsTable(given: Given, needs: Needs): Table {
  const { options } = given;
  const { cores: busy, stores, ledgers, messages } = needs;
  const row = (part: string, work: string, wanted: string, why: string) => [part, work, wanted, why];
  return {
    title: `What it takes, with at most ${significant(options.busy)} of each part in use`,
    head: ['', 'busy', 'wanted', ''],
    rows: [
      row(
        'web processes',
        cores(busy.web),
        count(needs.web),
        `and each hears ${significant(needs.hearing)} of a core`,
      ),
      row('workers', cores(busy.workers), count(needs.workers), ''),
      row('timeline stores', cores(busy.stores), count(stores.servers), storesWhy(stores)),
      row(
        'memory of the stores',
        '',
        gb(stores.gb * (1 + options.replicas)),
        `receipts ${gb(needs.receiptsGb)}`,
      ),
      row(
        'ledgers',
        cores(busy.ledger),
        count(ledgers.servers),
        `${count(ledgers.count)} without replicas; as built, 1`,
      ),
      row('turn at the backlog’s row', cores(busy.turn), '', 'of 1 for each ledger'),
      row('disk of the ledgers', '', gb(ledgers.gb), `after a year; tweets ${gb(ledgers.gbAYear)} a year`),
      row('connections to PostgreSQL', '', count(needs.connections), ''),
      options.broker === 'bullmq'
        ? row('Redis for the queue', cores(busy.queue), count(needs.queues), 'as built, 1')
        : row(options.broker, '', '', ''),
      row(
        'messages a day',
        '',
        count(messages.ofDay),
        `${count(messages.requestsOfMonth)} requests a month on SQS`,
      ),
      row(
        'a tweet of the largest account',
        `${significant(needs.largestS)} s`,
        '',
        'for which it keeps all stores busy',
      ),
    ],
  };
}

const storesWhy = ({ masters, byWork, byMemory }: Needs['stores']): string =>
  `${count(masters)} masters, by ${byWork > byMemory ? 'work' : 'memory'}; memory alone asks for ${count(Math.ceil(byMemory))}`;

export function billTable(given: Given, needs: Needs): Table {
  const { options } = given;
  const bill = billOf(given, needs);
  const rows = bill.map(({ part, machines, gb: amount, perMonth }) => [
    part,
    machines > 0 ? count(machines) : '',
    amount > 0 ? gb(amount) : '',
    money(perMonth),
  ]);
  const total = sumOf(bill, ({ perMonth }) => perMonth);
  const machines = sumOf(bill, (each) => each.machines);
  return {
    title: 'Machines and money a month',
    head: ['', 'machines', 'amount', 'a month'],
    rows: [...rows, ['all', count(machines), '', money(total)]],
    notes: [
      `machines of ${options['machine-cores']} cores and ${options['machine-gb']} GB at $ ${options['machine-price']} an hour; prices are options, their defaults list prices of 2026 (docs/capacity.md)`,
    ],
  };
}

const FACTORS = [1, 10, 100, 1_000];

/** What is used up first, and how much of everything a larger load takes. */
export function narrowTable(given: Given, needs: Needs): Table {
  const rows = narrowOf(given, needs).map(({ part, fullAt, design }) => [
    part,
    `${significant(fullAt)} ×`,
    whenOf(fullAt),
    design,
  ]);
  return {
    title: 'What is used up first, as it is built',
    head: ['', 'full at', '', 'what follows'],
    rows,
    notes: ['everything grows alike: people, tweets, reads and the largest account'],
  };
}

function whenOf(fullAt: number): string {
  const factor = FACTORS.find((each) => fullAt < each);
  return factor === undefined ? 'later' : factor === 1 ? 'now' : `by ${whole(factor)} ×`;
}

export function growthTable(given: Given): Table {
  const rows = FACTORS.map((factor) => {
    const larger = grown(given, factor);
    const { web, workers, stores, ledgers, queues, receiptsGb } = larger.needs;
    const month = sumOf(billOf(larger.given, larger.needs), ({ perMonth }) => perMonth);
    return [
      `${whole(factor)} ×`,
      ...[web, workers, stores.servers, ledgers.count, queues].map(count),
      gb(receiptsGb),
      money(month),
    ];
  });
  return {
    title: 'The same parts at larger loads, if those that are single could be several',
    head: ['', 'web', 'workers', 'stores', 'ledgers', 'queues', 'receipts', 'a month'],
    rows,
    notes: [
      '–: hearing of every tweet takes more than a web process may use, and no number of them is enough',
    ],
  };
}
