import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { eventually } from '#testing/eventually.ts';
import { openTaskStage, type TaskStage } from '#testing/task-stage.ts';
import { DUE_IDLE, untilNextLook } from './due-loop.ts';
import { openEngine, type TaskEngine } from './engine.ts';

let stage: TaskStage;
let engine: TaskEngine;

beforeAll(async () => {
  stage = await openTaskStage();
  engine = openEngine(stage.context, { kinds: new Map(), complain: () => {} });
});
afterAll(() => stage.close());

const dueIn = (ms: number) => stage.ask({ dueAt: new Date(Date.now() + ms) });

it('the next look is when the next task is due, if that is before the pause is over', async () => {
  expect(await untilNextLook(engine)).toBe(DUE_IDLE);
  await dueIn(60_000);
  expect(await untilNextLook(engine)).toBe(DUE_IDLE);
  // Again, should its time be over before it was looked for.
  await eventually(async () => {
    await dueIn(DUE_IDLE - 20);
    expect(await untilNextLook(engine)).toBeLessThan(DUE_IDLE);
  });
});

it('the pause is kept while the ledger is away', async () => {
  vi.spyOn(stage.context.pool, 'query').mockRejectedValueOnce(new Error('away'));
  expect(await untilNextLook(engine)).toBe(DUE_IDLE);
});
