import { expect, test } from 'vitest';
import { after, chunk } from '#app/browser/example-delivery.test-data.ts';
import { linePath, throughput } from './rate-line.tsx';

/** One chunk of 5,000 every 10 ms. */
const steady = Array.from({ length: 100 }, (_, number) =>
  chunk({ number, startedAt: after(number * 10), finishedAt: after(number * 10 + 10) }),
);

test('a steady fan-out has the same rate in every window', () => {
  const measured = throughput(steady);
  expect(measured?.spanMs).toBe(1_000);
  expect(measured?.mean).toBe(500_000);
  expect(measured?.rates.length).toBe(20);
  expect(Math.min(...(measured?.rates ?? []))).toBeGreaterThan(350_000);
});

test('so has one whose chunks end four at a time', () => {
  const fours = steady.map((each, n) => ({ ...each, finishedAt: after((Math.floor(n / 4) + 1) * 40) }));
  const rates = throughput(fours)?.rates ?? [];
  expect(rates).toHaveLength(5);
  expect(Math.min(...rates)).toBeGreaterThan(350_000);
});

test('all that was delivered is in the windows, not more and not less', () => {
  const measured = throughput(steady);
  const sum = (measured?.rates ?? []).reduce(
    (total, rate) => total + (rate * (measured?.windowMs ?? 0)) / 1_000,
    0,
  );
  expect(Math.round(sum)).toBe(500_000);
});

test('chunks that are waiting or failed count as nothing', () => {
  const half = steady.map((each, index) => (index < 50 ? each : { ...each, state: 'failed' as const }));
  expect(throughput(half)?.spanMs).toBe(500);
});

test('fewer than ten chunks make no curve', () => {
  expect(throughput(steady.slice(0, 9))).toBeNull();
});

test('the line spans the width and stands on the bottom at zero', () => {
  expect(linePath([0, 10, 5], { width: 100, height: 20 })).toBe('M0 20L50 0L100 10');
});
