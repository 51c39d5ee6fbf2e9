import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BrokerName } from '#broker/variables.ts';
import type { RunReport } from '#core/lab/messages.ts';
import { expireLeases } from '#lab/faults/messages.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import { ON_A_STAGE } from './experiments.ts';
import { openOwnStage, type StageNeeds } from './own-stage.ts';
import { playOn } from './play-on-stage.ts';

const PATIENT = { timeout: 90_000 };

/** Several chunks, and a seed that takes a fraction of a second. */
const SMALL = { followers: 2_000, chunkSize: 100 };

/** What each does in its short form, and the answer that it must give. Those with the same needs share a stage. */
const SHORT: {
  broker?: BrokerName;
  needs: StageNeeds;
  runs: Record<string, { size: number; answer: string; or?: string }>;
}[] = [
  {
    needs: { changes: ['handed out twice'] },
    runs: { 'delivered-twice': { size: 5, answer: 'once' } },
  },
  {
    needs: { changes: ['handed out twice', 'without receipt'] },
    runs: { 'without-receipt': { size: 5, answer: 'twice' } },
  },
  {
    needs: { chunkSize: 4_000 },
    runs: {
      'no-limit': { size: 2, answer: 'longer' },
      // On a machine as busy as that of the tests a delivery may take longer than its rate promised.
      'with-limit': { size: 2, answer: 'promised', or: 'longer' },
      'backoff-jitter': { size: 2, answer: 'same' },
      'littles-law': { size: 2, answer: 'follows' },
    },
  },
  {
    needs: { memoryMb: { bullmq: 24, rabbitmq: 144 } },
    runs: { 'more-than-memory': { size: 100, answer: 'refuses' } },
  },
  {
    broker: 'rabbitmq',
    needs: { threeNodes: true },
    runs: { 'rabbitmq-nodes': { size: 5, answer: 'waits' } },
  },
];

test('every experiment on a stage is tested with an answer that it offers', () => {
  const answers = new Map(SHORT.flatMap(({ runs }) => Object.entries(runs)));
  expect(ON_A_STAGE.map(({ info }) => info.id).sort()).toEqual([...answers.keys()].sort());
  for (const { info } of ON_A_STAGE)
    expect(info.answers.map(({ id }) => id)).toContain(answers.get(info.id)?.answer);
});

describe.each(SHORT)('$needs', ({ broker = 'bullmq', needs, runs }) => {
  let stage: BreakableStage;
  beforeAll(async () => {
    stage = await openOwnStage({ ...SMALL, ...needs }, { broker, log: console.log });
  }, 60_000);
  afterAll(() => stage.close());

  test.each(Object.entries(runs))(
    '%s in short finds what it has to find',
    PATIENT,
    async (id, { size, answer, or }) => {
      const experiment = ON_A_STAGE.find(({ info }) => info.id === id);
      if (!experiment) throw new Error(`Expected an experiment, got ${id}`);
      expect(experiment.needs ?? {}).toMatchObject(needs);
      const reports: RunReport[] = [];
      const report = (each: RunReport) => {
        reports.push(each);
        // What takes long by design need not take long here.
        if (each.run === 'wait' && each.wait) void expireLeases(stage);
      };
      const verdict = await playOn(stage, { experiment, order: { seed: 7, size }, report });
      expect(verdict, JSON.stringify(verdict)).toMatchObject({ passed: true });
      expect([answer, or]).toContain(verdict.answer);
      expect(reports.some(({ run }) => run === 'stage')).toBe(true);
    },
  );
});
