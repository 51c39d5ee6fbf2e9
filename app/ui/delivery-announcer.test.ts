import { expect, test } from 'vitest';
import { after, delivery } from '#app/browser/example-delivery.test-data.ts';
import { announce, silent } from './delivery-announcer.tsx';

const running = (delivered: number, ms: number) => delivery({ delivered, finishedAt: null, now: after(ms) });

test('a fast delivery is announced once, at its end', () => {
  let last = silent(running(0, 0));
  for (const ms of [400, 800, 1_200]) last = announce(last, running(ms * 600, ms));
  expect(last.text).toBe('');
  last = announce(last, delivery({ now: after(1_600) }));
  expect(last.text).toBe('Delivered 1,000,000 of 1,000,000');
});

test('a slow delivery is announced by quarters, not more often than every 10 s', () => {
  const first = announce(silent(running(0, 0)), running(250_000, 12_000));
  expect(first.text).toBe('25 % delivered');
  expect(announce(first, running(500_000, 15_000))).toBe(first);
  expect(announce(first, running(600_000, 23_000)).text).toBe('50 % delivered');
});

test('a delivery that was over when the page came is not announced', () => {
  expect(announce(silent(delivery()), delivery({ now: after(9_000) })).text).toBe('');
});
