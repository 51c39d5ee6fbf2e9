import type { BrokerName } from '#broker/variables.ts';
import type { Goal } from '#lab/run/goal.ts';
import { median, percentile, type Series } from '#lab/run/statistics.ts';
import { significant, type Table, time } from '#lab/run/table.ts';
import { TITLES } from './contestant.ts';
import type { MessageFigures } from './messages.ts';
import type { Lost } from './nets.ts';
import type { Twice } from './receipts.ts';

/** What a SIGKILL of a worker in the middle of a fan-out did. */
export type Recovery = { seconds: number; redeliveries: number; missing: number; twice: number };

/** What one broker did. */
export type Result = {
  seconds: Series;
  redeliveries: number;
  messages: MessageFigures;
  recoveries: Recovery[];
  twice: Twice;
};

/** Before anything but bare messages is measured. */
export const newResult = (messages: MessageFigures): Result => ({
  seconds: { unit: 's', values: [] },
  redeliveries: 0,
  messages,
  recoveries: [],
  twice: { with_receipt: 0, without_receipt: 0 },
});

/** What was lost with each net and without it. */
export type Broken = Record<'append_only' | 'confirms' | 'acknowledgement', { on: Lost; off: Lost }>;

export type Results = Map<BrokerName, Result>;

/** The goals, and the controls: a check that cannot fail proves nothing, so without its net each must. */
export function goalsFor(names: readonly BrokerName[]): Record<string, Goal> {
  const each = names.flatMap((name): [string, Goal][] => [
    [`${name}_ratio`, { atMost: 1.5 }],
    [`${name}_recovery_s`, { atMost: 15 }],
    [`${name}_missing`, { atMost: 0 }],
    [`${name}_twice`, { atMost: 0 }],
    [`${name}_twice_with_receipt`, { atMost: 0 }],
    [`${name}_twice_without_receipt`, { atLeast: 1 }],
  ]);
  return {
    ...Object.fromEntries(each),
    lost_append_only_on: { atMost: 0 },
    lost_append_only_off: { atLeast: 1 },
    lost_confirms_on: { atMost: 0 },
    lost_confirms_off: { atLeast: 1 },
    lost_acknowledgement_on: { atMost: 0 },
    lost_acknowledgement_off: { atLeast: 1 },
  };
}

/** Every figure under `<broker>_<what>`, and those of the nets under `lost_<net>_<on or off>`. */
export function figuresOf(results: Results, broken: Broken, followers: number): Record<string, number> {
  const fastest = Math.min(...[...results.values()].map(({ seconds }) => median(seconds.values)));
  const brokers = [...results].flatMap(([name, result]) =>
    Object.entries(figuresOfOne(result, fastest, followers)).map(
      ([figure, value]) => [`${name}_${figure}`, value] as const,
    ),
  );
  const nets = Object.entries(broken).flatMap(([net, { on, off }]) => [
    [`lost_${net}_on`, on.lost] as const,
    [`lost_${net}_off`, off.lost] as const,
  ]);
  return Object.fromEntries([...brokers, ...nets]);
}

function figuresOfOne(
  { seconds, redeliveries, messages, ...rest }: Result,
  fastest: number,
  followers: number,
) {
  const { latency, ...bare } = messages;
  const { recoveries, twice } = rest;
  const total = (count: (each: Recovery) => number) => recoveries.reduce((sum, each) => sum + count(each), 0);
  const middle = median(seconds.values);
  return {
    seconds: middle,
    ratio: middle / fastest,
    deliveries_per_s: Math.round(followers / middle),
    redeliveries,
    ...bare,
    latency_p50_ms: median(latency.values),
    latency_p99_ms: percentile(latency.values, 99),
    recovery_s: Math.max(...recoveries.map((each) => each.seconds)),
    recovery_redeliveries: total((each) => each.redeliveries),
    missing: total((each) => each.missing),
    twice: total((each) => each.twice),
    twice_with_receipt: twice.with_receipt,
    twice_without_receipt: twice.without_receipt,
  };
}

/** The brokers side by side. */
export function brokerTable(results: Results, sizes: { followers: number }): Table {
  const figures = figuresOf(results, NOTHING_BROKEN, sizes.followers);
  const row = (title: string, show: (figure: (what: string) => number) => string) => [
    title,
    ...[...results.keys()].map((name) => show((what) => figures[`${name}_${what}`] ?? Number.NaN)),
  ];
  return {
    title: `A tweet to ${sizes.followers.toLocaleString('en')} followers, the brokers in turn, and bare messages`,
    head: ['', ...[...results.keys()].map((name) => TITLES[name])],
    rows: [
      row('fan-out, median', (of) => time(of('seconds'), 's')),
      row('× the fastest', (of) => significant(of('ratio'))),
      row('deliveries/s', (of) => significant(of('deliveries_per_s'))),
      row('redeliveries in these runs', (of) => String(of('redeliveries'))),
      row('messages published/s', (of) => significant(of('published_per_s'))),
      row('messages taken/s', (of) => significant(of('consumed_per_s'))),
      row('publish to handler, p50', (of) => time(of('latency_p50_ms'), 'ms')),
      row('publish to handler, p99', (of) => time(of('latency_p99_ms'), 'ms')),
      row('memory of the server, empty', (of) => `${of('memory_idle_mb')} MB`),
      row('memory, all messages waiting', (of) => `${of('memory_full_mb')} MB`),
      row('worker killed: done after, worst', (of) => time(of('recovery_s'), 's')),
      row('worker killed: redeliveries', (of) => String(of('recovery_redeliveries'))),
      row('worker killed: missing, twice', (of) => `${of('missing')}, ${of('twice')}`),
    ],
    notes: ['SQS is fauxqs, a stand-in for Amazon’s on this machine: its latency is not Amazon’s'],
  };
}

const NOTHING: Lost = { of: 0, lost: 0 };
const NOTHING_BROKEN: Broken = {
  append_only: { on: NOTHING, off: NOTHING },
  confirms: { on: NOTHING, off: NOTHING },
  acknowledgement: { on: NOTHING, off: NOTHING },
};

const NETS: Record<keyof Broken, string> = {
  append_only: 'Redis killed: append-only file',
  confirms: 'RabbitMQ killed: publisher confirms',
  acknowledgement: 'consumer killed: acknowledgement after the work',
};

/** What each safety net is worth: the same fault with it and without. */
export function netTable(results: Results, broken: Broken): Table {
  const lost = ({ lost, of }: Lost) => `${lost.toLocaleString('en')} of ${of.toLocaleString('en')} lost`;
  const nets = Object.entries(broken).map(([net, { on, off }]) => [
    NETS[net as keyof Broken],
    lost(on),
    lost(off),
  ]);
  const receipts = [...results].map(([name, { twice }]) => [
    `${TITLES[name]}, everything delivered twice: receipt`,
    `${twice.with_receipt.toLocaleString('en')} twice`,
    `${twice.without_receipt.toLocaleString('en')} twice`,
  ]);
  return { title: 'Safety nets', head: ['', 'on', 'off'], rows: [...nets, ...receipts] };
}
