import { expect, test } from 'vitest';
import type { TaskView } from '#api/contract.ts';
import { bytesInWords, stateOf, timingOf, tookOf } from '#app/ui/task-words.ts';
import { mergeTasks, scheduledTweets } from './task-list.ts';

const NOON = '2026-11-24T12:00:00.000Z';

const task = (change: Partial<TaskView>): TaskView => ({
  ...{
    members: [],
    id: 1,
    kind: 'archive',
    data: {},
    accountId: 1,
    state: 'waiting',
    priority: 'normal',
    dueAt: NOON,
  },
  ...{ attempts: 0, failures: 0, worker: null, progress: null, result: null, error: null },
  ...{ cancelRequested: false, createdAt: NOON, startedAt: null, finishedAt: null, expiresAt: null },
  ...{ parentId: null, step: 0, children: 0, childrenDone: 0, childrenFailed: 0, now: NOON },
  ...change,
});

test('what is heard of a task replaces what was known, newest tasks first', () => {
  const known = [task({ id: 2 }), task({ id: 1 })];
  const heard = [task({ id: 3 }), task({ id: 1, state: 'running', now: '2026-11-24T12:00:01.000Z' })];
  expect(mergeTasks(known, heard).map(({ id, state }) => `${id} ${state}`)).toEqual([
    '3 waiting',
    '2 waiting',
    '1 running',
  ]);
});

test('what was read earlier does not replace what is known already', () => {
  const known = [task({ state: 'succeeded', now: '2026-11-24T12:00:02.000Z' })];
  expect(mergeTasks(known, [task({ state: 'running', now: NOON })])[0]?.state).toBe('succeeded');
});

test('tweets that wait for their time are in the order of their times', () => {
  const tweets = [
    task({ id: 3, kind: 'tweet', dueAt: '2026-11-24T14:00:00.000Z' }),
    task({ id: 2, kind: 'tweet', dueAt: '2026-11-24T13:00:00.000Z' }),
    task({ id: 1, kind: 'tweet', state: 'succeeded' }),
    task({ id: 4 }),
  ];
  expect(scheduledTweets(tweets).map(({ id }) => id)).toEqual([2, 3]);
});

test('a state is said in words', () => {
  expect(stateOf(task({ dueAt: '2026-11-24T13:00:00.000Z' }))).toBe('scheduled');
  expect(stateOf(task({}))).toBe('waiting');
  expect(stateOf(task({ error: 'x', attempts: 1 }))).toBe('waiting to be tried again');
  expect(stateOf(task({ state: 'running', cancelRequested: true }))).toBe('stopping');
  expect(stateOf(task({ state: 'failed' }))).toBe('failed: a dead letter');
  expect(stateOf(task({ state: 'succeeded' }))).toBe('done');
});

test('figures have units', () => {
  expect(tookOf(task({ startedAt: NOON, finishedAt: '2026-11-24T12:00:01.500Z' }))).toBe('1.5 s');
  expect(tookOf(task({ startedAt: NOON }))).toBeNull();
  expect([bytesInWords(900), bytesInWords(10_240_000)]).toEqual(['1 KB', '10.2 MB']);
  const schedule = { name: 's', kind: 'trends', data: {}, accountId: null, enabled: true };
  const times = { nextAt: NOON, lastAt: null, lastTaskId: null, skipped: 0, timeZone: 'UTC' };
  expect(timingOf({ ...schedule, ...times, cron: null, everyMs: 30_000 })).toBe('every 30 s');
  expect(timingOf({ ...schedule, ...times, cron: '*/5 * * * *', everyMs: null })).toBe('*/5 * * * * in UTC');
});
