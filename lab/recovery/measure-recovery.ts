import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerName } from '#broker/variables.ts';
import type { Log } from '#dev/log.ts';
import { signIn } from '../chaos/load/call.ts';
import { writePeople } from '../chaos/people.ts';
import { openStage, type Stage } from '../chaos/stage/stage.ts';
import { untilSettled } from '../check/settled.ts';
import type { Heal } from '../faults/kinds.ts';
import { crashPostgres } from '../faults/postgres.ts';
import { kill, restart } from '../faults/processes.ts';
import { killWorker } from './killed-worker.ts';
import { untilServedAgain } from './served-again.ts';
import { type Pair, Streams } from './streams.ts';

/** How long something took each time, in ms, and how long it may. */
export type Recovery = { what: string; ms: number[]; goalMs: number };

export type RecoveryOptions = {
  broker: BrokerName;
  /** Times that each is measured. */
  times: number;
  web: 'next' | 'api';
  folder: string;
  log: Log;
};

const CHUNK = 100; // followers
const FOLLOWERS = 20 * CHUNK;
const CHUNK_GOAL = 10_000; // ms
const SERVER_GOAL = 5_000; // ms
const OUTAGE = 3_000; // ms; long enough for every client to wait its longest between two tries

/** Kills a worker and every server, and measures how long it takes until all is as before. */
export async function measureRecovery(options: RecoveryOptions): Promise<Recovery[]> {
  const died = (name: string, how: string) => {
    throw new Error(`${name} ended by itself: ${how}`);
  };
  const stage = await openStage({
    ...options,
    workers: ['A', 'B'],
    chunkSize: CHUNK,
    maxBacklog: 100 * FOLLOWERS,
    logDir: options.folder,
    died,
  });
  try {
    const pair = await preparePair(stage);
    const results = [await measureKilledWorker(stage, pair, options)];
    for (const [what, fall] of Object.entries(FALLS))
      results.push(...(await measureReturn({ stage, pair, what, fall }, options)));
    return results;
  } finally {
    await stage.close();
  }
}

/** How a server goes away. */
type Fall = (stage: Stage) => Promise<Heal>;

const FALLS: Record<string, Fall> = {
  'Postgres restarted': ({ servers }) => restart(servers.postgres),
  'Postgres crashed': (stage) => crashPostgres(stage),
  'queue killed': ({ servers }) => kill(servers.queue),
  'timelines restarted': ({ servers }) => restart(servers.timelines),
  'timelines killed': ({ servers }) => kill(servers.timelines),
};

async function preparePair({ pool, store, web }: Stage): Promise<Pair> {
  const people = await writePeople(pool, store, { audiences: [FOLLOWERS], actors: 1 });
  await untilSettled(store, 30_000);
  const [[author], [follower]] = [people.authors, people.actors];
  if (!author || !follower) throw new Error('Expected an author and a follower');
  return { author: await signIn(web.url, author), follower: await signIn(web.url, follower) };
}

async function measureKilledWorker(
  stage: Stage,
  pair: Pair,
  { times, log }: RecoveryOptions,
): Promise<Recovery> {
  const ms: number[] = [];
  for (let n = 0; n < times; n++) ms.push(await killWorker(stage, pair.author));
  log(`a killed worker's chunks run again after ${ms.map(Math.round).join(', ')} ms`);
  return { what: 'worker killed: its chunks run again', ms, goalMs: CHUNK_GOAL };
}

type Return = { stage: Stage; pair: Pair; what: string; fall: Fall };

async function measureReturn(
  { stage, pair, what, fall }: Return,
  { times, log }: RecoveryOptions,
): Promise<Recovery[]> {
  const results = new Map<string, number[]>();
  for (let n = 0; n < times; n++) {
    for (const [who, ms] of Object.entries(await fallAndReturn(stage, pair, fall)))
      results.set(who, [...(results.get(who) ?? []), ms]);
  }
  const found = [...results].map(([who, ms]) => ({ what: `${what}: ${who}`, ms, goalMs: SERVER_GOAL }));
  for (const { what, ms } of found) log(`${what} after ${ms.map(Math.round).join(', ')} ms`);
  return found;
}

async function fallAndReturn(stage: Stage, pair: Pair, fall: Fall): Promise<Record<string, number>> {
  const streams = new Streams(pair);
  try {
    await streams.opened();
    const back = await fall(stage);
    await sleep(OUTAGE);
    await back();
    return await untilServedAgain(stage, pair.author, streams);
  } finally {
    await streams.close();
  }
}
