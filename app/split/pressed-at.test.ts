import { expect, test } from 'vitest';
import type { Entry, Progress } from '#app/outbox/outbox.ts';
import { pressedAt } from './pressed-at.ts';

const tweet = { id: 42, author: { id: 1, handle: 'ada', name: 'Ada' }, text: 'Hello', createdAt: '' };
const entry = (pressed: number, progress: Progress): Entry => ({
  key: String(pressed),
  account: 'ada',
  text: 'Hello',
  pressedAt: pressed,
  progress,
});
const accepted = (id: number): Progress => ({ name: 'accepted', tweet: { ...tweet, id }, ms: 38 });

test('an accepted tweet is found by its id, not by its text', () => {
  expect(pressedAt([entry(2_000, accepted(43)), entry(1_000, accepted(42))], tweet)).toBe(1_000);
});

test('a tweet that overtakes its own 202 is found by its text', () => {
  expect(pressedAt([entry(3_000, { name: 'sending' }), entry(1_000, accepted(41))], tweet)).toBe(3_000);
});

test('a tweet from another browser was not pressed here', () => {
  expect(pressedAt([entry(1_000, accepted(41))], tweet)).toBeNull();
});
