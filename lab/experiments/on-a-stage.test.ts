import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BrokerName } from '#broker/variables.ts';
import type { Dials } from '#core/lab/experiment.ts';
import type { RunReport } from '#core/lab/messages.ts';
import { requireBrokerServer } from '#dev/broker.ts';
import { installRabbitmq } from '#dev/rabbitmq.ts';
import { expireLeases } from '#lab/faults/messages.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import { listed, ON_A_STAGE } from './experiments.ts';
import { LANES_NEEDS } from './one-lane.ts';
import { LOADED } from './overloaded.ts';
import { type OwnStage, openOwnStage, type StageNeeds } from './own-stage.ts';
import { playOn } from './play-on-stage.ts';

const PATIENT = { timeout: 90_000 };

/** A stage with several chunks and one worker, seeded in a fraction of a second. */
const SMALL = { followers: 2_000, chunkSize: 100, workers: ['A'] };

/** Null beside an answer: on a busy machine this one may say nothing. */
type Short = { size: number; answer: string; or?: string | null | (string | null)[]; dials?: Dials };

/** What each does in its short form, and the answer that it must give. Those with the same needs share a stage. */
const SHORT: {
  needs: StageNeeds;
  broker?: BrokerName;
  runs: Record<string, Short>;
}[] = [
  {
    needs: { changes: ['handed out twice'] },
    broker: 'sqs',
    runs: {
      'delivered-twice': { size: 5, answer: 'once' },
      'hosted-queue': { size: 10, answer: 'delivery', dials: { eachWayMs: 100 } },
    },
  },
  {
    needs: { changes: ['handed out twice', 'without receipt'] },
    runs: { 'without-receipt': { size: 5, answer: 'twice' } },
  },
  {
    needs: { ...LANES_NEEDS, changes: ['one lane'], followers: 20_000 },
    runs: { 'one-lane': { size: 10, answer: 'after', or: 'mixed' } },
  },
  {
    needs: { ...LOADED, appendOnly: false },
    runs: {
      'queue-in-memory': { size: 5, answer: 'again' },
      'no-limit': { size: 2, answer: 'longer' },
      // While tests keep the machine busy, a delivery may take longer than its rate promised.
      'with-limit': { size: 2, answer: 'promised', or: ['longer', null] },
      // In two seconds few clients come back, and the machine is not the same for both loads. What the counts say is tested in
      // judged-by-counts.test.ts, and that one load leaves nobody in the line of the next in load.test.ts.
      'backoff-jitter': { size: 2, answer: 'same', or: ['more', 'fewer', null] },
      'littles-law': { size: 2, answer: 'follows', or: null },
    },
  },
  {
    broker: 'rabbitmq',
    needs: { threeNodes: true },
    runs: { 'rabbitmq-nodes': { size: 5, answer: 'waits' } },
  },
  {
    needs: { memoryMb: { bullmq: 8 } }, // the others hardly need any
    runs: {
      'more-than-memory': { size: 100, answer: 'refuses' },
      'queue-on-disk': { size: 5, answer: 'kept' },
      'two-lanes': { size: 10, answer: 'before' },
      'slow-postgres': { size: 15, answer: 'both', dials: { eachWayMs: 40 } },
      // Too few to kill anything half-way. The same race on the running system does that: experiments.test.ts.
      'race-on-a-stage': {
        size: 500,
        answer: 'few',
        or: ['thousands', 'many'],
        dials: { workers: 1, postgresMs: 5 },
      },
      'broker-cut-off': { size: 1, answer: 'kept' },
      'poison-tweet': { size: 5, answer: 'aside' },
      'crash-publish': { size: 1, answer: 'once' },
      'crash-held': { size: 1, answer: 'once' },
      'crash-handed-out': { size: 1, answer: 'once' },
      'crash-effect': { size: 1, answer: 'once' },
      'crash-acknowledged': { size: 1, answer: 'once' },
      'crash-gone': { size: 1, answer: 'once' },
    },
  },
];

test('every experiment on a stage is tested with an answer that it offers', async () => {
  const answers = new Map(SHORT.flatMap(({ runs }) => Object.entries(runs)));
  expect(Object.keys(ON_A_STAGE).sort()).toEqual([...answers.keys()].sort());
  for (const info of await listed())
    if (info.place === 'stage')
      expect(info.answers.map(({ id }) => id)).toContain(answers.get(info.id)?.answer);
});

/**
 * Without a broker's server its experiments are left out. A pipeline runs them anyway: it must not silently test less.
 */
const PLAYABLE = SHORT.filter(({ broker = 'bullmq' }) => process.env.CI || isInstalled(broker));

const stages = new Map<number, Promise<OwnStage>>();

/** The stage of a group, which is built only once. Undefined when there is no such group. */
function stageOf(number: number): Promise<OwnStage> | undefined {
  const group = PLAYABLE[number];
  if (group && !stages.has(number)) {
    const { needs, broker = 'bullmq' } = group;
    if (broker === 'rabbitmq') installRabbitmq();
    stages.set(number, openOwnStage({ ...SMALL, ...needs }, { broker, log: console.log }));
  }
  return stages.get(number);
}

afterAll(async () => {
  for (const opened of await Promise.allSettled(stages.values()))
    if (opened.status === 'fulfilled') await opened.value.close();
}, 60_000);

describe.each([...PLAYABLE.entries()])('stage %i', (number, { needs, broker = 'bullmq', runs }) => {
  let stage: OwnStage;
  beforeAll(async () => {
    stage = (await stageOf(number)) ?? expect.unreachable();
    // The next one is built while these experiments run, because they wait more than they compute.
    stageOf(number + 1)?.catch(() => {}); // its own group hears of it
  }, 180_000);
  afterAll(() => stage?.close());

  test.each(Object.entries(runs))('%s in short finds what it has to find', PATIENT, async (id, short) => {
    const experiment = await ON_A_STAGE[id]?.();
    if (!experiment) throw new Error(`Expected an experiment, got ${id}`);
    expect(experiment.info.brokers).toContain(broker);
    expect(experiment.needs?.changes).toEqual(needs.changes);
    const reports: RunReport[] = [];
    const hurrying = new AbortController();
    const report = (each: RunReport) => {
      reports.push(each);
      if (each.run === 'wait' && each.wait) void hurry(stage, hurrying.signal);
    };
    const order = { seed: 7, size: short.size, dials: short.dials ?? {} };
    const verdict = await playOn(stage, { experiment, order, report });
    hurrying.abort();
    expect(verdict, JSON.stringify(verdict)).toMatchObject({ passed: true });
    expect([short.answer, short.or].flat(), JSON.stringify(verdict)).toContain(verdict.answer);
    expect(reports.some(({ run }) => run === 'stage')).toBe(true);
  });
});

/** Shortens what takes long by design: leases end at once, and a failed chunk counts as having failed seven times. */
async function hurry(stage: BreakableStage, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await expireLeases(stage);
    await stage.pool.query('UPDATE chunk SET failures = 7 WHERE failures BETWEEN 1 AND 6');
    await sleep(200, undefined, { signal }).catch(() => {});
  }
}

function isInstalled(broker: BrokerName): boolean {
  try {
    requireBrokerServer(broker);
    return true;
  } catch {
    return false;
  }
}
