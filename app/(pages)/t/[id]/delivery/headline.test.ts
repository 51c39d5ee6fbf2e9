import { expect, test } from 'vitest';
import type { AuditView } from '#api/contract.ts';
import { after, delivery } from '#app/browser/example-delivery.test-data.ts';
import { headline } from './headline.tsx';

const audit: AuditView = {
  tweetId: 42,
  expected: 1_000_000,
  present: 1_000_000,
  cold: 0,
  gone: 0,
  ...{ pulled: 0, sampled: 0 },
  missing: 0,
  twice: 0,
  examples: { missing: [], twice: [] },
  ms: 900,
  checkedAt: after(5_000),
};

test('an audited delivery says missing, twice, redeliveries and how long it took', () => {
  expect(headline(delivery({ redeliveries: 312 }), audit).join(' · ')).toBe(
    '1,000,000 of 1,000,000 · 0 missing · 0 twice · 312 redeliveries ignored · 1.6 s',
  );
});

test('a delivery that nobody audited claims neither missing nor twice', () => {
  expect(headline(delivery(), null)).toEqual(['1,000,000 of 1,000,000', 'not audited yet', '1.6 s']);
});

test('cold and gone timelines are counted apart, not as delivered', () => {
  expect(headline(delivery({ delivered: 999_989, cold: 10, gone: 1 }), null).slice(0, 3)).toEqual([
    '999,989 of 1,000,000',
    '10 cold',
    '1 gone',
  ]);
});

test('a delivery on its way shows its rate since a worker took it', () => {
  const running = delivery({
    state: 'delivering',
    delivered: 421_000,
    finishedAt: null,
    startedAt: after(0),
    now: after(500),
  });
  expect(headline(running, null)).toEqual(['421,000 of 1,000,000', '842,000/s', '500 ms']);
});
