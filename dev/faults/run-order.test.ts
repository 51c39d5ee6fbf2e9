import { expect, it } from 'vitest';
import type { ExperimentInfo } from '#core/lab/experiment.ts';
import { completeOrder } from './run-order.ts';

const info = (size: ExperimentInfo['size']): ExperimentInfo => ({
  ...{ id: 'few', title: '', statement: '', question: '', breaks: '', why: '', file: '', decision: null },
  answers: [
    { id: 'a', text: '' },
    { id: 'b', text: '' },
    { id: 'c', text: '' },
  ],
  ...{ size, takes: 1, mustFail: false, place: 'stage', brokers: ['bullmq'] },
  dials: [{ name: 'workers', text: 'workers', least: 1, usual: 2, most: 6 }],
});
const few = info({ of: 'things', least: 5, usual: 10, most: 60 });

it('takes what is usual where the order says nothing', () => {
  expect(completeOrder(few, { experiment: 'few' })).toMatchObject({ size: 10, dials: { workers: 2 } });
});

it.each([
  [{ size: 4 }, 'size: expected 5 to 60, got 4'],
  [{ size: 61 }, 'size: expected 5 to 60, got 61'],
  [{ dials: { workers: 7 } }, 'dials.workers: expected 1 to 6, got 7'],
])('refuses %j and says what was expected', (asked, message) => {
  expect(() => completeOrder(few, { experiment: 'few', ...asked })).toThrow(message);
});

it('has 1 as the least size when the experiment says none', () => {
  expect(
    completeOrder(info({ of: 'things', usual: 10, most: 60 }), { experiment: 'few', size: 1 }).size,
  ).toBe(1);
});
