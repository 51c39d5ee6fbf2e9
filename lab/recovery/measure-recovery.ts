import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { BrokerName } from '#broker/variables.ts';
import { BROKERS } from '#broker/variables.ts';
import { SECOND } from '#core/durations.ts';
import type { Log } from '#dev/log.ts';
import { installRabbitmq } from '#dev/rabbitmq.ts';
import { untilSettled } from '#lab/check/settled.ts';
import { populate } from '#lab/clients/population.ts';
import { signIn } from '#lab/clients/session.ts';
import { crashPostgres, type Heal, kill, restart } from '#lab/faults/outages.ts';
import { median } from '#lab/harness/statistics.ts';
import { layOut, time } from '#lab/harness/table.ts';
import { type BreakableStage, openBreakableStage } from '#lab/stage/breakable-stage.ts';
import { killWorker } from './killed-worker.ts';
import { untilServedAgain } from './served-again.ts';
import { type Pair, Streams } from './streams.ts';

/** How long something took each time, and how long it may take, in ms. */
export type Recovery = { what: string; ms: number[]; goalMs: number };

export type RecoveryOptions = {
  broker: BrokerName;
  /** How often each outage is made. */
  times: number;
  web: 'next' | 'api';
  folder: string;
  log: Log;
};

const CHUNK = 100; // followers
const FOLLOWERS = 20 * CHUNK;
const CHUNK_GOAL = 10 * SECOND;
const SERVER_GOAL = 5 * SECOND;
const OUTAGE = 3 * SECOND; // long enough for every client to wait its longest between two tries

/** Kills a worker, takes each server away, and measures how long it takes until everything works again. */
export async function measureRecovery(options: RecoveryOptions): Promise<Recovery[]> {
  const died = (name: string, how: string) => {
    throw new Error(`${name} ended by itself: ${how}`);
  };
  const sizes = { workers: ['A', 'B'], chunkSize: CHUNK, maxBacklog: 100 * FOLLOWERS };
  if (options.broker === 'rabbitmq') installRabbitmq();
  const stage = await openBreakableStage({ ...options, ...sizes, logDir: options.folder, died });
  try {
    const pair = await preparePair(stage);
    const results = [await measureKilledWorker(stage, pair, options)];
    for (const [what, cause] of Object.entries(OUTAGES))
      results.push(...(await measureReturn({ stage, pair, what, cause }, options)));
    return results;
  } finally {
    await stage.close();
  }
}

/** Takes a server away. The result brings it back. */
type Cause = (stage: BreakableStage) => Promise<Heal>;

const OUTAGES: Record<string, Cause> = {
  'Postgres restarted': ({ servers }) => restart(servers.postgres),
  'Postgres crashed': (stage) => crashPostgres(stage),
  'queue killed': ({ servers }) => kill(servers.queue),
  'timelines restarted': ({ servers }) => restart(servers.timelines),
  'timelines killed': ({ servers }) => kill(servers.timelines),
};

async function preparePair(stage: BreakableStage): Promise<Pair> {
  const people = await populate(stage, { audiences: [FOLLOWERS], actors: 1 });
  await untilSettled(stage.store, 30_000);
  const [[author], [follower]] = [people.authors, people.actors];
  if (!author || !follower) throw new Error('Expected an author and a follower');
  const { url } = stage.web;
  return { author: await signIn(url, author), follower: await signIn(url, follower) };
}

async function measureKilledWorker(
  stage: BreakableStage,
  { author }: Pair,
  { times, log }: RecoveryOptions,
): Promise<Recovery> {
  const ms: number[] = [];
  for (let n = 0; n < times; n++) ms.push(await killWorker(stage, author));
  log(`a killed worker's chunks run again after ${ms.map(Math.round).join(', ')} ms`);
  return { what: 'worker killed: its chunks run again', ms, goalMs: CHUNK_GOAL };
}

type Outage = { stage: BreakableStage; pair: Pair; what: string; cause: Cause };

async function measureReturn(outage: Outage, { times, log }: RecoveryOptions): Promise<Recovery[]> {
  const results = new Map<string, number[]>();
  for (let n = 0; n < times; n++)
    for (const [who, ms] of Object.entries(await goAndReturn(outage)))
      results.set(who, [...(results.get(who) ?? []), ms]);
  const found = [...results].map(([who, ms]) => ({
    ...{ what: `${outage.what}: ${who}`, ms },
    goalMs: SERVER_GOAL,
  }));
  for (const { what, ms } of found) log(`${what} after ${ms.map(Math.round).join(', ')} ms`);
  return found;
}

async function goAndReturn({ stage, pair, cause }: Outage): Promise<Record<string, number>> {
  const streams = new Streams(pair);
  try {
    await streams.opened();
    const bringBack = await cause(stage);
    await sleep(OUTAGE);
    await bringBack();
    return await untilServedAgain(stage, pair.author, streams);
  } finally {
    await streams.close();
  }
}

/** What docs/figures holds about one broker. */
export const brokerRecovery = z.object({
  broker: z.enum(BROKERS),
  recoveries: z.array(
    z.object({ what: z.string(), medianMs: z.number(), longestMs: z.number(), goalMs: z.number() }),
  ),
});

export type BrokerRecovery = z.infer<typeof brokerRecovery>;

/** Median and longest of what was measured. */
export const summary = ({ what, ms, goalMs }: Recovery): BrokerRecovery['recoveries'][number] => ({
  ...{ what, goalMs },
  ...{ medianMs: median(ms), longestMs: Math.max(...ms) },
});

/** Prints how soon everything works again. */
export function printRecovery({ broker, recoveries }: BrokerRecovery): void {
  const rows = recoveries.map(({ what, medianMs, longestMs, goalMs }) => [
    what,
    ...[medianMs, longestMs, goalMs].map((ms) => time(ms, 'ms')),
  ]);
  const head = ['', 'median', 'longest', 'goal'];
  console.log(`\n${layOut({ title: `Recovery (${broker})`, head, rows })}`);
}
