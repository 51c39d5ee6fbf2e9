import { expect, test } from 'vitest';
import type { DeadLetterGroup, DeadTaskView } from '#api/contract.ts';
import { afterDiscard, afterRetry, byError, queuesOf, retryOf } from './dead-letter-groups.ts';

const group = (changed: Partial<DeadLetterGroup>): DeadLetterGroup => ({
  queue: 'delivery',
  error: 'OOM',
  count: 2,
  newestAt: '2026-01-01T00:00:00.000Z',
  example: { tweetId: 1, chunk: 2 },
  ...changed,
});

test('chunks are retried by their error; what the ledger does not know only with its whole queue', () => {
  expect(retryOf(group({}))).toEqual({ queue: 'delivery', error: 'OOM' });
  expect(retryOf(group({ queue: 'fan-out', example: { tweetId: 1 } }))).toBeNull();
  expect(retryOf(group({ example: 'no chunk at all' }))).toBeNull();
  expect(retryOf(group({ error: '' }))).toBeNull();
});

test('a queue is retried as a whole, so its count is that of all its groups', () => {
  const groups = [group({}), group({ queue: 'fan-out', count: 5 }), group({ error: 'WRONGTYPE' })];
  expect(queuesOf(groups, [])).toEqual([
    { queue: 'delivery', count: 4, what: 'all 4 of delivery' },
    { queue: 'fan-out', count: 5, what: 'all 5 of fan-out' },
  ]);
});

const task = (id: number, error: string): DeadTaskView => ({
  ...{ id, error, kind: 'archive', handle: null, attempts: 1, failedAt: '2026-01-01T00:00:00.000Z' },
});

test('tasks are a queue with what the broker has of them, and not counted: only the newest are listed', () => {
  expect(queuesOf([], [task(1, 'OOM')])).toEqual([{ queue: 'task', count: 0, what: 'all tasks' }]);
  expect(queuesOf([group({ queue: 'task' })], [task(1, 'OOM')])).toEqual([
    { queue: 'task', count: 2, what: 'all tasks' },
  ]);
  expect(queuesOf([group({ queue: 'task' })], [])).toEqual([
    { queue: 'task', count: 2, what: 'all 2 of task' },
  ]);
});

test('tasks are grouped by their error, in the order of the newest of each', () => {
  expect(byError([task(4, 'OOM'), task(3, ''), task(2, 'OOM')])).toEqual([
    { error: 'OOM', tasks: [task(4, 'OOM'), task(2, 'OOM')] },
    { error: '', tasks: [task(3, '')] },
  ]);
});

test('it is said what was retried or discarded, and when nothing was', () => {
  expect(afterRetry({ chunks: 2, messages: 0, tasks: 0 })).toBe('Another chance for 2 chunks.');
  expect(afterRetry({ chunks: 1, messages: 1, tasks: 0 })).toBe('Another chance for 1 chunk and 1 job.');
  expect(afterRetry({ chunks: 0, messages: 0, tasks: 0 })).toBe('Nothing was left to retry.');
  expect(afterRetry({ chunks: 0, messages: 0, tasks: 1 })).toBe('Another chance for 1 task.');
  expect(afterDiscard({ messages: 3, tasks: 0 })).toBe('Discarded 3 jobs for good.');
  expect(afterDiscard({ messages: 0, tasks: 0 })).toBe('Nothing was left to discard.');
});
