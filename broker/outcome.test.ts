import { expect, test } from 'vitest';
import { seal, unseal } from './envelope.ts';
import { outcomeOf } from './outcome.ts';
import { DeadLetter, RetryLater } from './port.ts';

const first = { redelivered: false, signal: new AbortController().signal };
const message = (marks = {}) => unseal(seal({ body: 'a', ...marks }));
const failing = (error: Error) => () => Promise.reject(error);

test('a message is not handed out before it is due', async () => {
  const due = Date.now() + 60_000;
  const outcome = await outcomeOf(failing(new Error('handed out')), message({ due, starts: 2 }), first);
  expect(outcome).toMatchObject({ kind: 'later', copy: { body: 'a', due, starts: 2 } });
});

test('what was due is handed out as redelivered', async () => {
  const seen: boolean[] = [];
  const handler = async (delivery: { redelivered: boolean }) => void seen.push(delivery.redelivered);
  expect(await outcomeOf(handler, message({ starts: 1, due: 1 }), first)).toEqual({ kind: 'done' });
  expect(seen).toEqual([true]);
});

test('a throw waits longer with every start, a wish to retry later is granted', async () => {
  const now = Date.now();
  const later = await outcomeOf(failing(new RetryLater(5_000, 'busy')), message({ starts: 9 }), first);
  const thrown = await outcomeOf(failing(new Error('no')), message({ starts: 9 }), first);
  expect(later.kind === 'later' && later.copy.due - now).toBeLessThan(6_000);
  expect(thrown.kind === 'later' && thrown.copy.due - now).toBeGreaterThanOrEqual(15_000);
  expect(thrown).toMatchObject({ copy: { starts: 10 } });
});

test('a dead letter keeps its error and starts anew when it is redriven', async () => {
  const outcome = await outcomeOf(failing(new DeadLetter('no such tweet')), message({ starts: 3 }), first);
  expect(outcome).toMatchObject({ kind: 'dead', copy: { body: 'a', error: 'no such tweet' } });
  expect(outcome).not.toHaveProperty('copy.starts');
});

test('a text that is not ours reaches the handler as a body', () => {
  expect(unseal('{"tweetId"')).toMatchObject({ body: '{"tweetId"', starts: 0 });
  expect(unseal('[1]')).toMatchObject({ body: '[1]' });
});
