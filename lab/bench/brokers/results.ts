import type { BrokerName } from '#broker/variables.ts';
import type { Goal } from '#lab/harness/goal.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import { drawBars } from '#lab/harness/plot.ts';
import { median, percentile, type Series, sumOf } from '#lab/harness/statistics.ts';
import { significant, type Table, time, whole } from '#lab/harness/table.ts';
import { TITLES } from './contestant.ts';
import type { MessageFigures } from './messages.ts';
import type { Twice } from './receipts.ts';
import type { Losses, Lost } from './safety-nets.ts';

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

/** A result when only bare messages have been measured. */
export const newResult = (messages: MessageFigures): Result => ({
  ...{ messages, recoveries: [], redeliveries: 0 },
  seconds: { unit: 's', values: [] },
  twice: { with_receipt: 0, without_receipt: 0 },
});

export type Results = Map<BrokerName, Result>;

/**
 * The goals, and the controls. A check that cannot fail proves nothing, so each control must fail without its safety
 * net.
 */
export function goalsFor(names: readonly BrokerName[]): Record<string, Goal> {
  const each = names.flatMap((name): [string, Goal][] => [
    [`${name}_ratio`, { atMost: 1.5 }],
    [`${name}_recovery_s`, { atMost: 15 }],
    [`${name}_missing`, { atMost: 0 }],
    [`${name}_twice`, { atMost: 0 }],
    [`${name}_twice_with_receipt`, { atMost: 0 }],
    [`${name}_twice_without_receipt`, { atLeast: 1 }],
  ]);
  const nets = Object.keys(NETS).flatMap((net): [string, Goal][] => [
    [`lost_${net}_on`, { atMost: 0 }],
    [`lost_${net}_off`, { atLeast: 1 }],
  ]);
  return Object.fromEntries([...each, ...nets]);
}

/** Every figure under `<broker>_<what>`, and those of the safety nets under `lost_<net>_<on or off>`. */
export function figuresOf(results: Results, losses: Losses, followers: number): Record<string, number> {
  const nets = Object.entries(losses).flatMap(([net, { on, off }]): [string, number][] => [
    [`lost_${net}_on`, on.lost],
    [`lost_${net}_off`, off.lost],
  ]);
  return Object.fromEntries([...figuresOfBrokers(results, followers), ...nets]);
}

function figuresOfBrokers(results: Results, followers: number): [string, number][] {
  const fastest = Math.min(...[...results.values()].map(({ seconds }) => median(seconds.values)));
  return [...results].flatMap(([name, result]) =>
    Object.entries(figuresOfOne(result, fastest, followers)).map(([figure, value]): [string, number] => [
      `${name}_${figure}`,
      value,
    ]),
  );
}

function figuresOfOne({ seconds, redeliveries, ...rest }: Result, fastest: number, followers: number) {
  const { recoveries, twice } = rest;
  const { latency, ...bare } = rest.messages;
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
    recovery_redeliveries: sumOf(recoveries, (each) => each.redeliveries),
    missing: sumOf(recoveries, (each) => each.missing),
    twice: sumOf(recoveries, (each) => each.twice),
    twice_with_receipt: twice.with_receipt,
    twice_without_receipt: twice.without_receipt,
  };
}

/** The brokers side by side. */
export function brokerTable(results: Results, sizes: { followers: number }): Table {
  const figures = Object.fromEntries(figuresOfBrokers(results, sizes.followers));
  const row = (title: string, show: (figure: (what: string) => number) => string) => [
    title,
    ...[...results.keys()].map((name) => show((what) => figures[`${name}_${what}`] ?? Number.NaN)),
  ];
  return {
    title: `A tweet to ${whole(sizes.followers)} followers, the brokers in turn, and bare messages`,
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

const NETS: Record<keyof Losses, string> = {
  append_only: 'Redis killed: append-only file',
  confirms: 'RabbitMQ killed: publisher confirms',
  acknowledgement: 'consumer killed: acknowledgement after the work',
};

/** What each safety net is worth: the same fault with it and without. */
export function safetyNetTable(results: Results, losses: Losses): Table {
  const lost = ({ lost, of }: Lost) => `${whole(lost)} of ${whole(of)} lost`;
  const nets = Object.values(
    mapValues(NETS, (title, net) => [title, lost(losses[net].on), lost(losses[net].off)]),
  );
  const receipts = [...results].map(([name, { twice }]) => [
    `${TITLES[name]}, everything delivered twice: receipt`,
    `${whole(twice.with_receipt)} twice`,
    `${whole(twice.without_receipt)} twice`,
  ]);
  return { title: 'Safety nets', head: ['', 'on', 'off'], rows: [...nets, ...receipts] };
}

/**
 * Draws bars for what a fan-out takes, and below them bars for what a bare message takes. Brokers differ much in the
 * second and hardly in the first.
 */
export function draw(results: Results, followers: number): string {
  const bars = (value: (result: Result) => number, show: (value: number) => string) =>
    [...results].map(([name, result]) => ({
      name: TITLES[name],
      value: value(result),
      label: show(value(result)),
    }));
  return drawBars('Three brokers compared', [
    {
      title: `A tweet to ${whole(followers)} followers: seconds, median`,
      bars: bars(
        ({ seconds }) => median(seconds.values),
        (value) => time(value, 's'),
      ),
    },
    {
      title: 'Bare messages taken a second',
      bars: bars(
        ({ messages }) => messages.consumed_per_s,
        (value) => `${significant(value)}/s`,
      ),
    },
    {
      title: 'Publish to handler: milliseconds, median',
      bars: bars(
        ({ messages }) => median(messages.latency.values),
        (value) => time(value, 'ms'),
      ),
    },
  ]);
}
